package io.hotpot.store;

import org.jspecify.annotations.Nullable;

/**
 * A simulated heap that lets a test do something at the moment when a commit is in flight: appended
 * and locked, and not yet durable.
 */
final class HookedHeap implements Heap {

  private final Heap heap;
  private volatile @Nullable Runnable duringDrain;
  private volatile @Nullable RuntimeException refusal;
  private volatile int growthsLeft = Integer.MAX_VALUE;
  private volatile Runnable afterGrowth = () -> {};

  private final java.util.Map<Integer, ChunkMemory> chunks =
      new java.util.concurrent.ConcurrentHashMap<>();
  private volatile @Nullable Error duringStore;
  private volatile int storesBefore;

  HookedHeap(int maxChunks) {
    this(new SimHeap(maxChunks, 0x77L, Durability.POWER));
  }

  HookedHeap(Heap heap) {
    this.heap = heap;
  }

  /** Runs once, on the thread that makes a group of commits durable, while it holds no lock. */
  void duringNextDrain(Runnable action) {
    duringDrain = action;
  }

  /** Throws in place of the next store to a chunk. */
  void failNextStore(Error how) {
    failStoreAfter(0, how);
  }

  /** Lets some stores to chunks through, and throws in place of the one after them. */
  void failStoreAfter(int stores, Error how) {
    storesBefore = stores;
    duringStore = how;
  }

  /** Lets all stores through from now on. Returns whether an error was still to come. */
  boolean failNoMore() {
    boolean pending = duringStore != null;
    duringStore = null;
    return pending;
  }

  private ChunkMemory hooked(ChunkMemory memory) {
    return new ChunkMemory(
        memory.index(),
        memory.segment(),
        (offset, source, from, length) -> {
          Error error = duringStore;
          if (error != null && storesBefore-- <= 0) {
            duringStore = null;
            throw error;
          }
          memory.put(offset, source, from, length);
        });
  }

  /** From now on the medium refuses to make anything durable. */
  void refuseDrains(RuntimeException how) {
    refusal = how;
  }

  /** Runs when the heap has grown, before anybody knows. */
  void afterGrowth(Runnable action) {
    afterGrowth = action;
  }

  /** Lets the heap grow so many times, then finds the medium full. */
  void growthsLeft(int growths) {
    growthsLeft = growths;
  }

  @Override
  public void drain() {
    Runnable action = duringDrain;
    if (action != null) {
      duringDrain = null;
      action.run();
    }
    RuntimeException refused = refusal;
    if (refused != null) {
      throw refused;
    }
    heap.drain();
  }

  @Override
  public HeapInfo info() {
    return heap.info();
  }

  @Override
  public long storeId() {
    return heap.storeId();
  }

  @Override
  public int chunks() {
    return heap.chunks();
  }

  @Override
  public int maxChunks() {
    return heap.maxChunks();
  }

  @Override
  public int grow() {
    if (growthsLeft-- <= 0) {
      growthsLeft = 0;
      throw new HeapFull("the medium has no room for another chunk");
    }
    int index = heap.grow();
    afterGrowth.run();
    return index;
  }

  @Override
  public ChunkMemory chunk(int index) {
    return chunks.computeIfAbsent(index, i -> hooked(heap.chunk(i)));
  }

  @Override
  public long label(int index) {
    return heap.label(index);
  }

  @Override
  public void label(int index, long label) {
    heap.label(index, label);
  }

  @Override
  public long register(int number) {
    return heap.register(number);
  }

  @Override
  public void register(int number, long value) {
    heap.register(number, value);
  }

  @Override
  public void flush(int index, int offset, int lengthBytes) {
    heap.flush(index, offset, lengthBytes);
  }

  @Override
  public void close() {
    heap.close();
  }

  @Override
  public boolean hasRefused() {
    return refusal != null || heap.hasRefused();
  }
}
