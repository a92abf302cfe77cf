package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What others may do while a commit is appended but not yet durable. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class InFlightTest {

  private final SimHeap medium = new SimHeap(64, 0x77L, Durability.POWER);
  private final HookedHeap heap = new HookedHeap(medium);
  private final List<Thread> others = new ArrayList<>();
  private Hotpot hotpot;
  private Dataset bank;

  @BeforeEach
  void open() {
    hotpot = open(heap);
    bank = hotpot.dataset("bank");
    // Takes the log's first chunk, so that the next drain is that of a commit.
    bank.run(tx -> tx.allocate("first"));
  }

  static Hotpot open(Heap heap) {
    return Hotpot.open(
        heap,
        HotpotOptions.defaults().withBackground(false).withMaxBytes(256L << 20),
        SystemSeams.all());
  }

  @AfterEach
  void close() throws InterruptedException {
    for (Thread other : others) {
      other.join();
    }
    hotpot.close();
  }

  private Partition partition(Dataset dataset) {
    return hotpot.partitionOf(dataset);
  }

  /** Runs work on a thread of its own until it ends or has appended to the dataset's log. */
  private AtomicReference<Throwable> untilAppended(Dataset dataset, Runnable work) {
    long tail = partition(dataset).log.tail();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread other = Thread.ofPlatform().start(() -> runNoting(work, failure));
    others.add(other);
    while (other.isAlive() && partition(dataset).log.tail() == tail) {
      Thread.onSpinWait();
    }
    return failure;
  }

  private static void runNoting(Runnable work, AtomicReference<Throwable> failure) {
    try {
      work.run();
    } catch (RuntimeException | Error e) {
      failure.set(e);
    }
  }

  private void commit(Dataset home, TransactionAction work) {
    try (Transaction tx = home.begin()) {
      work.run(tx);
      tx.commit();
    }
  }

  @Test
  void twoFirstRootsOfADatasetAreBothKept() throws InterruptedException {
    Ref<String> a = bank.transact(tx -> tx.allocate("a"));
    AtomicReference<Throwable> other = new AtomicReference<>();
    heap.duringNextDrain(
        () ->
            untilAppended(
                bank, () -> runNoting(() -> commit(bank, tx -> tx.root("other", a)), other)));
    bank.run(tx -> tx.root("one", a));
    others.getFirst().join();
    assertThat(other.get()).isInstanceOf(ConflictException.class);
    bank.run(tx -> tx.root("other", a));
    assertThat(bank.<java.util.Set<String>>read(tx -> tx.allRoots(bank).keySet()))
        .containsExactly("one", "other");
  }

  @Test
  void anObjectThatIsBeingCreatedCountsAsChangedToWhoFoundItAbsent() throws InterruptedException {
    Ref<String> y = bank.transact(tx -> tx.allocate("y"));
    AtomicReference<Throwable> other = new AtomicReference<>();
    try (Transaction creator = bank.begin()) {
      assertThat(creator.get(y)).isEqualTo("y");
      Ref<String> x = creator.allocate("x");
      heap.duringNextDrain(
          () ->
              untilAppended(
                  bank,
                  () ->
                      runNoting(
                          () ->
                              commit(
                                  bank,
                                  tx -> {
                                    assertThat(tx.find(x)).isEmpty();
                                    tx.put(y, "changed");
                                  }),
                          other)));
      creator.commit();
    }
    others.getFirst().join();
    assertThat(other.get())
        .as("each of the two must come before the other")
        .isInstanceOf(ConflictException.class);
  }

  @Test
  void whoSeesHalfOfACommitWaitsForTheObjectsThatItCreates() {
    Dataset second = hotpot.dataset("second");
    second.run(tx -> tx.allocate("first"));
    Ref<Ref<?>> a = bank.transact(tx -> tx.allocate(Ref.fromId(0)));
    List<Boolean> waits = new ArrayList<>();
    try (Transaction tx = hotpot.begin()) {
      Ref<String> x = tx.allocate(second, "x");
      tx.put(a, x);
      heap.duringNextDrain(
          () ->
              waits.add(HandleWord.isPrepared(partition(second).table.get(ObjectId.slot(x.id())))));
      tx.commit();
      assertThat(second.<String>read(r -> r.get(x))).isEqualTo("x");
    }
    assertThat(waits).containsExactly(true);
  }

  @Test
  void aBlindWriteToAnObjectThatIsBeingCreatedConflicts() throws InterruptedException {
    AtomicReference<Throwable> other = new AtomicReference<>();
    try (Transaction creator = bank.begin()) {
      Ref<String> x = creator.allocate("x");
      heap.duringNextDrain(
          () ->
              untilAppended(
                  bank, () -> runNoting(() -> commit(bank, tx -> tx.put(x, "y")), other)));
      creator.commit();
    }
    others.getFirst().join();
    assertThat(other.get()).isInstanceOf(ConflictException.class);
  }

  /**
   * The second commit follows the first one, which has read what it replaces. Whoever sees the
   * second must not miss the first, although that lies in a later dataset.
   */
  @Test
  void commitsOfSeveralDatasetsBecomeVisibleInTheOrderOfTheirStamps() throws InterruptedException {
    Dataset second = hotpot.dataset("second");
    Ref<String> x = bank.transact(tx -> tx.allocate("old"));
    Ref<String> y = second.transact(tx -> tx.allocate("old"));
    Partition later = partition(second);
    CountDownLatch durable = new CountDownLatch(1);
    CountDownLatch held = new CountDownLatch(1);
    heap.duringNextDrain(
        () -> {
          untilAppended(
              second,
              () ->
                  hotpot.run(
                      tx -> {
                        assertThat(tx.get(x)).isEqualTo("old");
                        tx.put(y, "first");
                      }));
          untilAppended(bank, () -> bank.run(tx -> tx.put(x, "second")));
          heap.duringNextDrain(
              () -> {
                durable.countDown();
                awaitQuietly(held);
              });
        });
    bank.run(tx -> tx.allocate("leads the round in which both are appended"));
    durable.await();
    // Publication gets no further than to the second dataset.
    later.commitLock.lock();
    try {
      held.countDown();
      while (!later.commitLock.hasQueuedThreads()) {
        Thread.onSpinWait();
      }
      String seen = bank.read(tx -> tx.get(x));
      assertThat(seen).isEqualTo("old");
    } finally {
      later.commitLock.unlock();
    }
    for (Thread other : others) {
      other.join();
    }
    List<String> both = hotpot.read(tx -> List.of(tx.get(x), tx.get(y)));
    assertThat(both).containsExactly("second", "first");
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whoHasAcquiredAnObjectConflictsWithNoCommitInFlight() throws InterruptedException {
    Ref<String> a = bank.transact(tx -> tx.allocate("a"));
    AtomicReference<Throwable> other = new AtomicReference<>();
    heap.duringNextDrain(
        () -> {
          Runnable work =
              () ->
                  commit(
                      bank,
                      tx -> {
                        tx.acquire(a);
                        tx.update(a, value -> value + "c");
                      });
          Thread thread = Thread.ofPlatform().start(() -> runNoting(work, other));
          others.add(thread);
          // Until it has failed, or waits for this commit.
          while (thread.isAlive() && thread.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
          }
        });
    bank.run(tx -> tx.update(a, value -> value + "b"));
    for (Thread thread : others) {
      thread.join();
    }
    assertThat(other.get()).isNull();
    assertThat(bank.<String>read(tx -> tx.get(a))).isEqualTo("abc");
  }

  @Test
  void theSlotOfACommitThatAnErrorLeftInFlightIsNobodyElses() {
    heap.duringNextDrain(
        () -> {
          throw new PowerLoss();
        });
    List<Ref<String>> created = new ArrayList<>();
    assertThatThrownBy(() -> bank.run(tx -> created.add(tx.allocate("in flight"))))
        .isInstanceOf(PowerLoss.class);
    // Its thread has left it alone; the next one that commits publishes it.
    Ref<String> next = bank.transact(tx -> tx.allocate("next"));
    Ref<String> third = bank.transact(tx -> tx.allocate("third"));
    assertThat(bank.<String>read(tx -> tx.get(created.getFirst()))).isEqualTo("in flight");
    assertThat(bank.<String>read(tx -> tx.get(next))).isEqualTo("next");
    assertThat(bank.<String>read(tx -> tx.get(third))).isEqualTo("third");
  }
}
