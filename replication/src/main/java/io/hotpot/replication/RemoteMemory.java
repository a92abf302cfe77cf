package io.hotpot.replication;

import java.lang.foreign.MemorySegment;

/**
 * One-sided access to the registered memory of other nodes (docs/RDMA.md): none of their code runs.
 *
 * <p>Thread-safety: {@link #register} and {@link Registration#close} from any thread; they may
 * block for the device, so not on the loop. Everything else on the node's loop, where answers come
 * too.
 */
public interface RemoteMemory {

  /** Bytes that one read brings at most. */
  int MAX_READ = 16 << 10;

  /** What others may do with registered memory. */
  enum Access {
    READ,
    WRITE
  }

  /**
   * By what another node reaches a stretch of memory here.
   *
   * @param address of its first byte, as the device counts
   * @param lengthBytes of the stretch
   * @param key that the device gave out for it
   */
  record Key(long address, int lengthBytes, int key) {}

  /** Memory that the device knows. */
  interface Registration extends AutoCloseable {

    /** What to tell those who may reach it. */
    Key key();

    /** Takes the key back. When this returns, nothing lands there any more. More than once. */
    @Override
    void close();
  }

  /** What became of a read. */
  interface Reader {

    /** All bytes have come; they are the reader's until this returns. */
    void read(MemorySegment bytes);

    /** The key is not valid any more, or the session has ended. */
    void failed(String reason);
  }

  /** The device does not take this memory; the message says why, for an operator. */
  final class NotRegistered extends Exception {
    private static final long serialVersionUID = 1L;

    public NotRegistered(String message) {
      super(message);
    }
  }

  /**
   * Makes memory known to the device, for the uses here and for what others may do with it.
   *
   * @throws NotRegistered if the device refuses: memory of this kind, or more of it
   */
  Registration register(MemorySegment memory, Access access) throws NotRegistered;

  /** Whether the present session with a node carries one-sided access. */
  boolean reaches(int nodeId);

  /**
   * How many bytes are worth a write. Fewer go at less cost with the message that tells of them: it
   * is sent anyhow, and the other end's copy takes less than a request of its own. From any thread.
   */
  int leastWriteBytes();

  /**
   * Writes to another node's memory. It lands before any message is received that is sent to the
   * node after this; if it fails, the session ends.
   *
   * @param offset in the other's memory
   * @param from memory registered here, of which the range must stay as it is until a later message
   *     of the session was answered
   * @return false if nothing was written: there is no session, or it carries no one-sided access
   */
  boolean write(int nodeId, Key to, int offset, Registration from, int fromOffset, int lengthBytes);

  /**
   * Reads another node's memory, at most {@value #MAX_READ} bytes.
   *
   * @return false if nothing will come: as above, or too many reads are under way, or it is too
   *     long
   */
  boolean read(int nodeId, Key from, int offset, int lengthBytes, Reader reader);
}
