package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Commits that come in the middle of the closing of a store, or of the dropping of a dataset. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CloseAndDropTest {

  private final SimHeap medium = new SimHeap(64, 0x77L, Durability.POWER);
  private final HookedHeap heap = new HookedHeap(medium);
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final List<Thread> others = new ArrayList<>();
  private Hotpot hotpot;
  private Dataset bank;

  @BeforeEach
  void open() {
    hotpot = InFlightTest.open(heap);
    bank = hotpot.dataset("bank");
  }

  /** Runs work on another thread until it ends or has appended to the log. */
  private void untilAppended(Partition partition, Runnable work) {
    long tail = partition.log.tail();
    Thread other =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    work.run();
                  } catch (RuntimeException | Error e) {
                    failure.set(e);
                  }
                });
    others.add(other);
    while (other.isAlive() && partition.log.tail() == tail) {
      Thread.onSpinWait();
    }
  }

  @Test
  void aCommitDuringTheCloseIsRefusedOrKept() throws InterruptedException {
    Ref<String> a = bank.transact(tx -> tx.allocate("before"));
    Partition partition = hotpot.partitionOf(bank);
    Write write = new Write(partition, a.id(), Write.Kind.UPDATE, hotpot.encode("after"), "after");
    long tail = partition.log.tail();
    heap.duringNextDrain(() -> onceBeyond(partition, tail, write));
    hotpot.close();
    others.getFirst().join();
    assertThat(failure.get()).isInstanceOf(StoreClosed.class);
    try (Hotpot opened = InFlightTest.open(medium.afterKill())) {
      assertThat(opened.recovery().damages()).isEmpty();
      assertThat(opened.dataset("bank").<String>read(tx -> tx.get(a))).isEqualTo("before");
    }
  }

  /** Commits as soon as the checkpoint of the close has been appended. */
  private void onceBeyond(Partition partition, long tail, Write write) {
    if (partition.log.tail() == tail) {
      heap.duringNextDrain(() -> onceBeyond(partition, tail, write));
      return;
    }
    untilAppended(
        partition,
        () -> hotpot.committer().commit(this, new ReadSet(), new ArrayList<>(List.of(write))));
  }

  @Test
  void aCommitInFlightInADatasetThatIsDroppedEnds() throws InterruptedException {
    Dataset second = hotpot.dataset("second");
    Ref<String> a = bank.transact(tx -> tx.allocate("a"));
    Ref<String> b = second.transact(tx -> tx.allocate("b"));
    Partition partition = hotpot.partitionOf(second);
    Runnable both =
        () ->
            hotpot.run(
                tx -> {
                  tx.put(a, "a2");
                  tx.put(b, "b2");
                });
    heap.duringNextDrain(() -> heap.duringNextDrain(() -> untilAppended(partition, both)));
    hotpot.drop("second");
    others.getFirst().join();
    assertThat(failure.get()).isNull();
    bank.run(tx -> tx.update(a, s -> s + "!"));
    assertThat(bank.<String>read(tx -> tx.get(a))).isEqualTo("a2!");
    hotpot.close();
  }

  @Test
  void whoIsReadingADatasetThatIsDroppedEnds() {
    Ref<String> a = bank.transact(tx -> tx.allocate("a"));
    Partition partition = hotpot.partitionOf(bank);
    hotpot.drop("bank");
    assertThatThrownBy(() -> SnapshotReader.find(partition, a.id(), Long.MAX_VALUE, () -> {}))
        .isInstanceOf(ObjectNotFound.class);
    hotpot.close();
  }
}
