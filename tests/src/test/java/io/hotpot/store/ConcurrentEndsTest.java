package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A store that is closed, a dataset that is dropped, and a thread that is interrupted, while others
 * commit, read and clean: nobody hangs, everybody is told, and what was acknowledged is there.
 */
@Timeout(120)
class ConcurrentEndsTest {

  private static final int ROUNDS = 6;
  private static final int THREADS = 4;

  @TempDir Path directory;
  private final ConcurrentLinkedQueue<Throwable> unexpected = new ConcurrentLinkedQueue<>();

  private Hotpot open(Durability durability) {
    return Hotpot.open(
        directory.resolve("store"),
        HotpotOptions.defaults().withDurability(durability).withMaxBytes(256L << 20));
  }

  private Thread start(Runnable work) {
    return Thread.ofPlatform()
        .uncaughtExceptionHandler((thread, e) -> unexpected.add(e))
        .start(work);
  }

  /** Counts in two datasets at once until the store or one of the datasets is gone. */
  private static void count(
      Hotpot store, List<Ref<Long>> refs, AtomicLong acknowledged, CountDownLatch begun) {
    try {
      while (true) {
        long next = acknowledged.get() + 1;
        store.run(tx -> refs.forEach(ref -> tx.put(ref, next)));
        acknowledged.set(next);
        begun.countDown();
      }
    } catch (StoreClosed | MisuseException | ObjectNotFound end) {
      begun.countDown();
    }
  }

  private static List<Ref<Long>> pair(Hotpot store) {
    return List.of(
        store.dataset("kept").transact(tx -> tx.allocate(0L)),
        store.dataset("other").transact(tx -> tx.allocate(0L)));
  }

  @ParameterizedTest
  @EnumSource(Durability.class)
  void closingWhileOthersCommit(Durability durability) throws InterruptedException {
    for (int round = 0; round < ROUNDS; round++) {
      List<List<Ref<Long>>> refs = new ArrayList<>();
      List<AtomicLong> acknowledged = new ArrayList<>();
      List<Thread> threads = new ArrayList<>();
      CountDownLatch begun = new CountDownLatch(50);
      Hotpot store = open(durability);
      for (int i = 0; i < THREADS; i++) {
        List<Ref<Long>> mine = pair(store);
        AtomicLong count = new AtomicLong();
        refs.add(mine);
        acknowledged.add(count);
        threads.add(start(() -> count(store, mine, count, begun)));
      }
      threads.add(start(() -> cleanUntilClosed(store)));
      threads.add(start(() -> readUntilClosed(store, refs.getFirst())));
      begun.await();
      store.close();
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(unexpected).isEmpty();
      try (Hotpot again = open(durability)) {
        assertThat(again.recovery().damages()).isEmpty();
        assertThat(again.recovery().clean()).isTrue();
        assertThat(again.check()).isEmpty();
        for (int i = 0; i < THREADS; i++) {
          List<Ref<Long>> mine = refs.get(i);
          long left = again.read(tx -> tx.get(mine.get(0)));
          assertThat(again.<Long>read(tx -> tx.get(mine.get(1)))).isEqualTo(left);
          assertThat(left).isBetween(acknowledged.get(i).get(), acknowledged.get(i).get() + 1);
        }
      }
    }
  }

  /** A transaction whose work returns when the store has just written that it is closed. */
  @ParameterizedTest
  @EnumSource(Durability.class)
  void aCommitThatComesAtTheEndOfAClose(Durability durability) throws InterruptedException {
    AtomicReference<Runnable> beforeRegister = new AtomicReference<>(() -> {});
    SimHeap medium = new SimHeap(16, 0x33L, Durability.POWER);
    Heap heap = new HookedHeap(medium, () -> beforeRegister.getAndSet(() -> {}).run(), () -> {});
    HotpotOptions options =
        HotpotOptions.defaults()
            .withBackground(false)
            .withDurability(durability)
            .withMaxBytes(64L << 20);
    Hotpot store = Hotpot.open(heap, options, SystemSeams.all());
    Dataset dataset = store.dataset("d");
    Ref<Long> ref = dataset.transact(tx -> tx.allocate(0L));
    CountDownLatch inWork = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    AtomicReference<Throwable> told = new AtomicReference<>();
    Thread late =
        Thread.ofPlatform()
            .uncaughtExceptionHandler((thread, e) -> told.set(e))
            .start(
                () ->
                    dataset.run(
                        tx -> {
                          tx.put(ref, 1L);
                          inWork.countDown();
                          await(go);
                        }));
    inWork.await();
    beforeRegister.set(
        () -> {
          go.countDown();
          join(late);
        });
    store.close();
    assertThat(told.get()).isInstanceOf(StoreClosed.class).hasMessageContaining("nothing");
    try (Hotpot again = Hotpot.open(medium.afterKill(), options, SystemSeams.all())) {
      assertThat(again.recovery().damages()).isEmpty();
      assertThat(again.recovery().clean()).isTrue();
      assertThat(again.<Long>read(tx -> tx.get(ref))).isEqualTo(0L);
    }
  }

  /** The chunk that a commit was appended to is closed and cleaned before it is published. */
  @Test
  void theCleanerKeepsWhatIsNotPublishedYet() {
    AtomicReference<Runnable> beforeDrain = new AtomicReference<>(() -> {});
    SimHeap medium = new SimHeap(16, 0x34L, Durability.POWER);
    Heap heap = new HookedHeap(medium, () -> {}, () -> beforeDrain.getAndSet(() -> {}).run());
    HotpotOptions options =
        HotpotOptions.defaults().withBackground(false).withCacheBytes(0).withMaxBytes(64L << 20);
    try (Hotpot store = Hotpot.open(heap, options, SystemSeams.all())) {
      Dataset dataset = store.dataset("d");
      Ref<Long> ref = dataset.transact(tx -> tx.allocate(0L));
      AtomicReference<Thread> cleaning = new AtomicReference<>();
      beforeDrain.set(
          () -> {
            // The commit below has been appended, and leads its group.
            Partition partition = store.partitionOf(dataset);
            partition.commitLock.lock();
            try {
              partition.log.closeCurrent();
            } finally {
              partition.commitLock.unlock();
            }
            Thread cleaner = start(store::compact);
            cleaning.set(cleaner);
            // It comes to wait for the group commit: there is nobody else that it could wait for.
            while (cleaner.getState() != Thread.State.TIMED_WAITING) {
              Thread.onSpinWait();
            }
          });
      dataset.run(tx -> tx.put(ref, 1L));
      join(cleaning.get());
      assertThat(unexpected).isEmpty();
      assertThat(store.counters().get("cleanedChunks")).isPositive();
      assertThat(store.<Long>read(tx -> tx.get(ref))).isEqualTo(1L);
      assertThat(store.check()).isEmpty();
    }
    try (Hotpot again = Hotpot.open(medium.afterKill(), options, SystemSeams.all())) {
      assertThat(again.<Long>read(tx -> tx.get(ref(again)))).isEqualTo(1L);
    }
  }

  @SuppressWarnings("unchecked")
  private static Ref<Long> ref(Hotpot store) {
    return (Ref<Long>) store.dataset("d").refs().iterator().next();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void cleanUntilClosed(Hotpot store) {
    try {
      while (true) {
        store.compact();
      }
    } catch (StoreClosed end) {
      // As it should be.
    }
  }

  private static void readUntilClosed(Hotpot store, List<Ref<Long>> refs) {
    try {
      while (true) {
        try (Snapshot snapshot = store.snapshot()) {
          assertThat(snapshot.get(refs.get(0))).isEqualTo(snapshot.get(refs.get(1)));
        }
        store.read(tx -> refs.stream().map(tx::get).toList());
      }
    } catch (StoreClosed end) {
      // As it should be.
    }
  }

  @ParameterizedTest
  @EnumSource(Durability.class)
  void droppingWhileOthersCommitAndRead(Durability durability) throws InterruptedException {
    try (Hotpot store = open(durability)) {
      for (int round = 0; round < ROUNDS; round++) {
        List<Thread> threads = new ArrayList<>();
        CountDownLatch begun = new CountDownLatch(50);
        List<List<Ref<Long>>> refs = new ArrayList<>();
        List<AtomicLong> acknowledged = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
          List<Ref<Long>> mine = pair(store);
          AtomicLong count = new AtomicLong();
          refs.add(mine);
          acknowledged.add(count);
          threads.add(start(() -> count(store, mine, count, begun)));
        }
        Dataset other = store.dataset("other");
        threads.add(start(() -> readUntilDropped(store, other, refs.getFirst().get(1))));
        threads.add(start(() -> snapshotUntilDropped(store, refs.getFirst().get(1))));
        begun.await();
        store.drop("other");
        for (Thread thread : threads) {
          thread.join();
        }
        assertThat(unexpected).isEmpty();
        for (int i = 0; i < THREADS; i++) {
          Ref<Long> kept = refs.get(i).getFirst();
          assertThat(store.<Long>read(tx -> tx.get(kept))).isEqualTo(acknowledged.get(i).get());
        }
      }
      assertThat(store.check()).isEmpty();
    }
  }

  private static void readUntilDropped(Hotpot store, Dataset dataset, Ref<Long> ref) {
    try {
      while (true) {
        store.read(tx -> tx.get(ref));
        dataset.refs().forEach(found -> assertThat(store.datasetOf(found)).isNotNull());
        assertThat(store.sizeOf(ref)).isPositive();
      }
    } catch (ObjectNotFound | MisuseException end) {
      // As it should be.
    }
  }

  private static void snapshotUntilDropped(Hotpot store, Ref<Long> ref) {
    try {
      while (true) {
        try (Snapshot snapshot = store.snapshot()) {
          snapshot.get(ref);
          snapshot.get(ref);
        }
      }
    } catch (ObjectNotFound end) {
      // As it should be.
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = HotpotOptions.HeapKind.class,
      names = {"MAPPED", "LLPL"})
  void anInterruptLosesNothing(HotpotOptions.HeapKind kind) throws InterruptedException {
    HotpotOptions options =
        HotpotOptions.defaults().withHeap(kind).withBackground(false).withMaxBytes(256L << 20);
    List<Ref<String>> refs = new ArrayList<>();
    String filling = "x".repeat(50_000);
    try (Hotpot store = Hotpot.open(directory.resolve(kind.text()), options)) {
      List<Dataset> datasets = List.of(store.dataset("a"), store.dataset("b"), store.dataset("c"));
      AtomicLong commits = new AtomicLong();
      Thread committer =
          start(
              () -> {
                // Grows through several chunks, interrupted before and during every commit.
                for (int i = 0; i < 120; i++) {
                  Thread.currentThread().interrupt();
                  store.run(tx -> datasets.forEach(d -> refs.add(tx.allocate(d, filling))));
                  assertThat(Thread.interrupted()).isTrue();
                  commits.incrementAndGet();
                }
              });
      while (committer.isAlive()) {
        committer.interrupt();
        Thread.onSpinWait();
      }
      assertThat(unexpected).isEmpty();
      assertThat(commits.get()).isEqualTo(120);
      Thread.currentThread().interrupt();
      store.compact();
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    try (Hotpot again = Hotpot.open(directory.resolve(kind.text()), options)) {
      assertThat(again.recovery().damages()).isEmpty();
      assertThat(refs).hasSize(360);
      List<String> found = again.read(tx -> refs.stream().map(tx::get).distinct().toList());
      assertThat(found).containsExactly(filling);
    }
  }
}
