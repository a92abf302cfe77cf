package io.hotpot.store;

/**
 * The persistent memory of one node, carved into chunks of {@link #CHUNK_BYTES}, the unit of
 * allocation, replication placement and registration for remote access (architecture §5).
 *
 * <p>A heap knows nothing of logs and objects. For each chunk it keeps one <em>label</em>, a 64-bit
 * word that the log layer gives meaning to (which partition and place in its log the chunk holds;
 * zero: free), and it keeps {@link #REGISTERS} further words for the store as a whole. Labels and
 * registers are written failure-atomically and are durable when the writing method returns; a new
 * heap has them all zero.
 *
 * <p>Thread-safety: {@link #chunk}, {@link #flush} and {@link #drain} may be called from any
 * thread. {@link #grow}, {@link #label(int, long)} and {@link #register(int, long)} are serialised
 * inside. After {@link #close} every method except {@code close} throws {@link StoreClosed}, also
 * for accesses through a {@link ChunkMemory} obtained earlier: never a crash of the JVM.
 */
interface Heap extends AutoCloseable {

  /** Usable bytes of one chunk: exactly 4 MiB. */
  int CHUNK_BYTES = 4 << 20;

  /** Number of durable 64-bit words that the heap keeps for the store as a whole. */
  int REGISTERS = 8;

  /** What this heap is and what it promises. */
  HeapInfo info();

  /** A random number given to the store when its heap was created. It seeds every checksum. */
  long storeId();

  /** The number of chunks that exist now; they are numbered from 0. */
  int chunks();

  /** The number of chunks that the heap may grow to. */
  int maxChunks();

  /**
   * Adds one chunk with label 0, failure-atomically, and makes its memory ready to be written
   * without further allocation by the medium (blocks allocated and written once). Slow: not to be
   * called on the commit path.
   *
   * @return the new chunk's index
   * @throws HeapFull at the configured maximum, or when the medium has no room
   */
  int grow();

  /** The memory of a chunk. The same object is returned at each call for one index. */
  ChunkMemory chunk(int index);

  long label(int index);

  /** Sets a chunk's label, atomically and durably. */
  void label(int index, long label);

  long register(int number);

  /** Sets a register, atomically and durably. */
  void register(int number, long value);

  /** Starts to make the range durable; {@link #drain} completes it. */
  void flush(int index, int offset, int lengthBytes);

  /**
   * Returns when everything flushed by any thread before this call is as durable as {@link
   * HeapInfo#durability} says. May be called by several threads at once.
   *
   * @throws HotpotException when the medium reports an error; then nothing may be assumed durable
   */
  void drain();

  /** Whether the medium has refused to make something durable since the heap was opened. */
  boolean hasRefused();

  @Override
  void close();
}
