package io.hotpot.store;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;

/**
 * A heap in memory that loses what was not flushed: for tests of crash safety.
 *
 * <p>It follows x86 with persistent memory: stores go to cache lines of 64 bytes; at a power loss
 * every line keeps an arbitrary prefix of its own stores since the last fence that covered it; a
 * line that was flushed and fenced is durable. Aligned stores of 8 bytes are atomic, larger ones
 * tear between those. Labels and registers are atomic and durable when the call returns, and either
 * old or new if power is lost in the call.
 *
 * <p>Everything that reaches the medium is a numbered event, and power can be lost at any of them.
 *
 * <p>Thread-safety: all methods from any thread; with one thread, runs repeat exactly.
 */
final class SimHeap implements Heap {

  static final int LINE_BYTES = 64;

  /** One atomic store of up to 8 bytes. */
  private record Piece(int offset, byte[] bytes) {}

  /** A line that is not known to be durable: what is durable of it, and the stores since. */
  private static final class Line {
    final byte[] durable = new byte[LINE_BYTES];
    final List<Piece> stores = new ArrayList<>();
    int flushed;
  }

  /**
   * Memory of heaps that are of no use any more, for those to come: a simulation has thousands of
   * heaps that write the first bytes of a few chunks, and clearing 4 MiB for each took most of its
   * time.
   *
   * <p>Thread-safety: all methods from any thread.
   */
  static final class Spare {
    private static final int MAX_FREE = 40;
    private final Queue<byte[]> free = new ConcurrentLinkedQueue<>();

    private byte[] take() {
      byte[] bytes = free.poll();
      return bytes == null ? new byte[CHUNK_BYTES] : bytes;
    }

    private void give(byte[] bytes, int touchedTo) {
      if (free.size() < MAX_FREE) {
        Arrays.fill(bytes, 0, touchedTo, (byte) 0);
        free.add(bytes);
      }
    }
  }

  private final class SimChunk implements ChunkMemory.StoreObserver {
    final byte[] bytes = spare.take();
    final Map<Integer, Line> dirty = new TreeMap<>();
    final TreeSet<Integer> flushing = new TreeSet<>();
    final ChunkMemory memory;
    int touchedTo;
    long label;

    SimChunk(int index) {
      memory = new ChunkMemory(index, MemorySegment.ofArray(bytes), this);
    }

    @Override
    public void store(int offset, byte[] source, int sourceOffset, int lengthBytes) {
      if (offset < 0 || lengthBytes < 0 || offset + (long) lengthBytes > CHUNK_BYTES) {
        throw new IndexOutOfBoundsException(
            "store outside of a chunk - offset=" + offset + ", length=" + lengthBytes);
      }
      beforeWork.run();
      put(offset, source, sourceOffset, lengthBytes);
    }

    private void put(int offset, byte[] source, int sourceOffset, int lengthBytes) {
      lock.lock();
      try {
        int done = 0;
        while (done < lengthBytes) {
          int at = offset + done;
          int run = Math.min(lengthBytes - done, 8 - (at & 7));
          event();
          if (isThereForGood(at, source, sourceOffset + done, run)) {
            done += run;
            continue;
          }
          Line line = line(at);
          byte[] piece = Arrays.copyOfRange(source, sourceOffset + done, sourceOffset + done + run);
          line.stores.add(new Piece(at, piece));
          System.arraycopy(piece, 0, bytes, at, run);
          touchedTo = Math.max(touchedTo, at + run);
          done += run;
        }
      } finally {
        lock.unlock();
      }
    }

    /**
     * Whether a store changes nothing that a power loss could undo: a chunk may be copied whole,
     * and most of it is zero.
     */
    private boolean isThereForGood(int offset, byte[] source, int sourceOffset, int lengthBytes) {
      return !dirty.containsKey(offset & -LINE_BYTES)
          && Arrays.equals(
              bytes,
              offset,
              offset + lengthBytes,
              source,
              sourceOffset,
              sourceOffset + lengthBytes);
    }

    private Line line(int offset) {
      int start = offset & -LINE_BYTES;
      return dirty.computeIfAbsent(
          start,
          s -> {
            Line line = new Line();
            System.arraycopy(bytes, s, line.durable, 0, LINE_BYTES);
            return line;
          });
    }

    void fence() {
      for (int start : flushing) {
        Line line = dirty.get(start);
        if (line == null) {
          continue;
        }
        for (Piece piece : line.stores.subList(0, line.flushed)) {
          System.arraycopy(piece.bytes, 0, line.durable, piece.offset - start, piece.bytes.length);
        }
        line.stores.subList(0, line.flushed).clear();
        line.flushed = 0;
        if (line.stores.isEmpty()) {
          dirty.remove(start);
        }
      }
      flushing.clear();
    }

    /** One of the images that a power loss may leave. */
    void copyTo(SimChunk target, RandomGenerator random, double keep) {
      System.arraycopy(bytes, 0, target.bytes, 0, touchedTo);
      target.touchedTo = touchedTo;
      target.label = label;
      dirty.forEach(
          (start, line) -> {
            System.arraycopy(line.durable, 0, target.bytes, start, LINE_BYTES);
            int kept = 0;
            if (keep >= 1) {
              kept = line.stores.size();
            } else if (keep > 0) {
              kept = random.nextInt(line.stores.size() + 1);
            }
            for (Piece piece : line.stores.subList(0, kept)) {
              System.arraycopy(piece.bytes, 0, target.bytes, piece.offset, piece.bytes.length);
            }
          });
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final long storeId;
  private final int maxChunks;
  private final Durability durability;
  private final Spare spare;
  private final List<SimChunk> chunks = new ArrayList<>();
  private final long[] registers = new long[REGISTERS];
  private long events;
  private long crashAt = Long.MAX_VALUE;
  private long durabilityCalls;
  private long refuseFrom = Long.MAX_VALUE;
  private boolean refusesGrowth;
  private boolean crashed;
  private boolean closed;
  private Runnable beforeWork = () -> {};

  SimHeap(int maxChunks, long storeId, Durability durability) {
    this(maxChunks, storeId, durability, new Spare());
  }

  SimHeap(int maxChunks, long storeId, Durability durability, Spare spare) {
    this.maxChunks = maxChunks;
    this.storeId = storeId;
    this.durability = durability;
    this.spare = spare;
  }

  /** Nobody uses this heap any more: its memory is for others. */
  void giveBack() {
    chunks.forEach(chunk -> spare.give(chunk.bytes, chunk.touchedTo));
    chunks.clear();
  }

  /** Loses power at the event with this number, counted from 0. */
  void crashAt(long event) {
    crashAt = event;
  }

  /**
   * Runs before every call that writes or makes durable, without a lock: where a simulation lets
   * others run.
   */
  void beforeWork(Runnable hook) {
    beforeWork = hook;
  }

  /** The number of events so far. */
  long events() {
    return events;
  }

  /**
   * Refuses, from the call with this number on (counted from 0), to make anything durable: what was
   * flushed since may be kept or not. Reads go on.
   */
  void refuseFrom(long call) {
    refuseFrom = call;
  }

  /** The number of calls so far that make something durable. */
  long durabilityCalls() {
    return durabilityCalls;
  }

  /** The medium has no room for more chunks than there are. */
  void refuseGrowth(boolean refuse) {
    refusesGrowth = refuse;
  }

  private void makesDurable() {
    if (durabilityCalls++ >= refuseFrom) {
      throw new CorruptException("the simulated heap could not be written: input/output error");
    }
  }

  private void event() {
    if (crashed || events == crashAt) {
      crashed = true;
      throw new PowerLoss();
    }
    events++;
  }

  /** A heap as the machine finds it when power is back. */
  SimHeap afterPowerLoss(RandomGenerator random) {
    double[] biases = {0, 0.5, 0.5, 1};
    return copy(random, biases[random.nextInt(biases.length)]);
  }

  /** A heap as the next process finds it when this one was killed: nothing is lost. */
  SimHeap afterKill() {
    return copy(new java.util.SplittableRandom(0), 1);
  }

  private SimHeap copy(RandomGenerator random, double keep) {
    SimHeap copy = new SimHeap(maxChunks, storeId, durability, spare);
    for (SimChunk chunk : chunks) {
      SimChunk target = copy.new SimChunk(chunk.memory.index());
      chunk.copyTo(target, random, keep);
      copy.chunks.add(target);
    }
    System.arraycopy(registers, 0, copy.registers, 0, REGISTERS);
    return copy;
  }

  /**
   * What a device of the network writes to a chunk's memory: as a store of the program, and as
   * little durable.
   *
   * @param memory of a chunk of this heap
   */
  void deviceWrites(MemorySegment memory, int offset, byte[] source) {
    for (SimChunk chunk : chunks) {
      if (chunk.memory.segment().asOverlappingSlice(memory).isPresent()) {
        chunk.put(offset, source, 0, source.length);
        return;
      }
    }
    throw new IllegalArgumentException("memory of another heap");
  }

  /** Everything beyond is zero. */
  int usedBytes(int index) {
    return chunks.get(index).touchedTo;
  }

  /** Damages the medium: no store of the program, and durable at once. */
  void corrupt(int index, int offset, byte[] bytes) {
    SimChunk chunk = chunks.get(index);
    System.arraycopy(bytes, 0, chunk.bytes, offset, bytes.length);
    for (int i = 0; i < bytes.length; i++) {
      Line line = chunk.dirty.get((offset + i) & -LINE_BYTES);
      if (line != null) {
        line.durable[(offset + i) & (LINE_BYTES - 1)] = bytes[i];
      }
    }
    chunk.touchedTo = Math.max(chunk.touchedTo, offset + bytes.length);
  }

  @Override
  public HeapInfo info() {
    return new HeapInfo(
        "simulated", "simulated heap", durability, "simulated fence", "it was asked for");
  }

  @Override
  public long storeId() {
    return storeId;
  }

  @Override
  public int chunks() {
    lock.lock();
    try {
      return chunks.size();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public int maxChunks() {
    return maxChunks;
  }

  @Override
  public int grow() {
    beforeWork.run();
    lock.lock();
    try {
      checkOpen();
      if (refusesGrowth) {
        throw new HeapFull("the medium has no room for another chunk of the simulated heap");
      }
      if (chunks.size() == maxChunks) {
        throw new HeapFull("the simulated heap has reached " + maxChunks + " chunks");
      }
      event();
      chunks.add(new SimChunk(chunks.size()));
      return chunks.size() - 1;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public ChunkMemory chunk(int index) {
    lock.lock();
    try {
      return chunks.get(index).memory;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long label(int index) {
    lock.lock();
    try {
      return chunks.get(index).label;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void label(int index, long label) {
    beforeWork.run();
    lock.lock();
    try {
      checkOpen();
      event();
      makesDurable();
      chunks.get(index).label = label;
      event();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long register(int number) {
    return registers[number];
  }

  @Override
  public void register(int number, long value) {
    beforeWork.run();
    lock.lock();
    try {
      checkOpen();
      event();
      makesDurable();
      registers[number] = value;
      event();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void flush(int index, int offset, int lengthBytes) {
    beforeWork.run();
    lock.lock();
    try {
      checkOpen();
      event();
      makesDurable();
      SimChunk chunk = chunks.get(index);
      int end = offset + lengthBytes;
      for (int start = offset & -LINE_BYTES; start < end; start += LINE_BYTES) {
        Line line = chunk.dirty.get(start);
        if (line != null) {
          line.flushed = line.stores.size();
          chunk.flushing.add(start);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void drain() {
    beforeWork.run();
    lock.lock();
    try {
      checkOpen();
      event();
      makesDurable();
      chunks.forEach(SimChunk::fence);
    } finally {
      lock.unlock();
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new StoreClosed("the simulated heap is closed");
    }
  }

  /** What is dirty differs from what is durable only by the stores that are remembered. */
  void checkInvariants() {
    for (SimChunk chunk : chunks) {
      chunk.dirty.forEach(
          (start, line) -> {
            byte[] replayed = line.durable.clone();
            for (Piece piece : line.stores) {
              System.arraycopy(piece.bytes, 0, replayed, piece.offset - start, piece.bytes.length);
            }
            if (!Arrays.equals(replayed, 0, LINE_BYTES, chunk.bytes, start, start + LINE_BYTES)) {
              throw new IllegalStateException(
                  "line " + start + " of chunk " + chunk.memory.index() + " is not its stores");
            }
          });
    }
  }

  @Override
  public boolean hasRefused() {
    lock.lock();
    try {
      return durabilityCalls > refuseFrom;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    chunks.forEach(chunk -> chunk.memory.loans.end());
    closed = true;
  }

  /** As the next process finds it after a close; events go on being counted. */
  void reopen() {
    closed = false;
  }
}
