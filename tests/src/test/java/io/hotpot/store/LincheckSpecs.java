package io.hotpot.store;

import io.hotpot.store.spi.Threads;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;

/**
 * Single classes of the store as Lincheck sees them: operations that threads call in any order, and
 * whose answers must be those of some order one after the other. Lincheck takes the class itself,
 * used by one thread, as the specification.
 */
public final class LincheckSpecs {

  private static final int MAX_THREADS = 4;
  private static final SimHeap HEAP = new SimHeap(8, 0x11L, Durability.POWER);
  private static final Threads THREADS = new SystemThreads();
  private static final ChunkPool POOL = new ChunkPool(HEAP, THREADS);
  private static final ObjectCache NO_CACHE = new ObjectCache(0);

  private LincheckSpecs() {}

  private static Partition partition(Snapshots snapshots) {
    return new Partition(
        1,
        TransactionMode.MRMW,
        1,
        HEAP,
        POOL,
        new ChunkTable(),
        NO_CACHE,
        NO_CODEC,
        snapshots,
        THREADS);
  }

  /** Nothing is decoded here: what is checked lies below values. */
  private static final ValueCodec NO_CODEC =
      new StoreCodec(
          TypeRegistry.Numbers.written(schema -> {}), HotpotOptions.defaults(), new Events());

  /**
   * Slots of the handle table: taken from the free list or the end of the table, and given back.
   */
  public static class Slots {

    private final Partition partition = partition(new Snapshots());
    private final List<ArrayDeque<Long>> mine = new ArrayList<>();

    /** The next but one slot needs another page of the table. */
    public Slots() {
      partition.table.ensure(HandleTable.PAGE_SLOTS);
      partition.resume(1, HandleTable.PAGE_SLOTS - 1, 0);
      for (int i = 0; i < MAX_THREADS; i++) {
        mine.add(new ArrayDeque<>());
      }
      long one = partition.slots.allocate();
      partition.slots.release(ObjectId.slot(one), ObjectId.generation(one));
    }

    @Operation
    public long allocate(@Param(gen = ThreadIdGen.class) int thread) {
      long id = partition.slots.allocate();
      mine.get(thread).push(id);
      return id;
    }

    @Operation
    public boolean release(@Param(gen = ThreadIdGen.class) int thread) {
      Long id = mine.get(thread).poll();
      if (id == null) {
        return false;
      }
      partition.slots.release(ObjectId.slot(id), ObjectId.generation(id));
      return true;
    }

    /** What a reader sees of a slot: unused, free, or reserved. */
    @Operation
    public long look() {
      return partition.table.get(HandleTable.PAGE_SLOTS);
    }
  }

  /** Commits that wait for one another: whoever leads drains for all and wakes them. */
  public static class Groups {

    private final Partition partition = partition(new Snapshots());
    private final GroupCommit groupCommit =
        new GroupCommit(HEAP, () -> List.of(partition), new Events(), THREADS);

    /** Appends a commit that writes nothing, and waits until it is durable and published. */
    @Operation
    public long commit() {
      InFlightCommit commit;
      partition.commitLock.lock();
      try {
        long begin = partition.log.tail();
        long end = begin + 8;
        long stamp = partition.lastStamp() + 1;
        partition.lastStamp(stamp);
        partition.log.resume(null, 0, 0, end);
        commit =
            new InFlightCommit(
                stamp, List.of(new InFlightCommit.Part(partition, new WriteSet(), begin, end)));
        partition.publication.enqueue(commit);
      } finally {
        partition.commitLock.unlock();
      }
      groupCommit.await(commit);
      return commit.stamp;
    }

    @Operation
    public long published() {
      return partition.publishedStamp();
    }

    /** As the cleaner and a checkpoint do. */
    @Operation
    public void drainAll() {
      groupCommit.drainAll();
    }
  }

  /** The open snapshots. */
  @Param(name = "ticket", gen = IntGen.class, conf = "1:3")
  public static class Registry {

    private final Snapshots snapshots = new Snapshots();

    @Operation
    public long open() {
      return snapshots.open();
    }

    @Operation
    public void stamp(@Param(name = "ticket") int ticket) {
      snapshots.stamped(ticket, 10L * ticket);
    }

    @Operation
    public void close(@Param(name = "ticket") int ticket) {
      snapshots.close(ticket);
    }

    @Operation
    public boolean abandonOldest() {
      return snapshots.abandonOldest();
    }

    @Operation
    public boolean noneBefore(@Param(name = "ticket") int ticket) {
      return snapshots.noneBefore(10L * ticket);
    }

    @Operation
    public boolean allClosedBefore(@Param(name = "ticket") int ticket) {
      return snapshots.allClosedBefore(ticket);
    }
  }

  /** Locks of an object each; of several, one that is refused may have been held for a moment. */
  @Param(name = "id", gen = IntGen.class, conf = "1:2")
  public static class Locks {

    private final ExclusiveLocks locks = new ExclusiveLocks(THREADS);
    private final List<Object> owners = new ArrayList<>();

    public Locks() {
      for (int i = 0; i < MAX_THREADS; i++) {
        owners.add(new Object());
      }
    }

    @Operation
    public long acquire(@Param(gen = ThreadIdGen.class) int thread, @Param(name = "id") int id) {
      return locks.acquire(owners.get(thread), new long[] {id}, 1);
    }

    @Operation
    public boolean heldByOther(
        @Param(gen = ThreadIdGen.class) int thread, @Param(name = "id") int id) {
      return locks.heldByOther(id, owners.get(thread));
    }

    @Operation
    public void release(@Param(gen = ThreadIdGen.class) int thread, @Param(name = "id") int id) {
      locks.release(owners.get(thread), List.of((long) id));
    }
  }

  /**
   * One object beside its place in the cache. The newest version, which the handle table and the
   * log hold in a store, is a reference here.
   */
  public static class CachedReads {

    private static final int OBJECT = 1;
    private final ObjectCache cache = new ObjectCache(1 << 16);
    private final AtomicReference<Version> newest = new AtomicReference<>(version(0));
    private final ReentrantLock commitLock = new ReentrantLock();

    static Version version(int value) {
      return new Version(OBJECT, 8L * value, value, 16 + value, value, true);
    }

    boolean isCurrent(Version cached, Version now) {
      return cached.address() == now.address();
    }

    @Operation
    public int read() {
      Version now = newest.get();
      Version cached = cache.get(OBJECT);
      if (cached != null && isCurrent(cached, now)) {
        return (int) cached.value();
      }
      if (newest.get() == now) {
        cache.fill(OBJECT, now);
      }
      return (int) now.value();
    }

    @Operation
    public int write() {
      commitLock.lock();
      try {
        int value = (int) newest.get().value() + 1;
        ObjectCache.Entry entry = cache.peek(OBJECT);
        Version version = version(value);
        newest.set(version);
        if (entry != null) {
          cache.replace(OBJECT, entry, version);
        }
        return value;
      } finally {
        commitLock.unlock();
      }
    }

    @Operation
    public void evict() {
      cache.remove(OBJECT);
    }
  }

  /** A reader that believes the cache. */
  public static class BelievingReads extends CachedReads {
    @Override
    boolean isCurrent(Version cached, Version now) {
      return true;
    }
  }
}
