package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the cleaner moves, and what recovery makes of it when the process is killed afterwards. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CleanerTest {

  private static final String LARGE = "x".repeat(1 << 20);

  private final SimHeap medium = new SimHeap(64, 0x77L, Durability.POWER);
  private final HookedHeap heap = new HookedHeap(medium);
  private Hotpot hotpot;
  private Dataset bank;

  @BeforeEach
  void open() {
    hotpot = InFlightTest.open(heap);
    bank = hotpot.dataset("bank");
  }

  private Partition partition() {
    return hotpot.partitionOf(bank);
  }

  private Ref<String> insert(String value) {
    return bank.transact(tx -> tx.allocate(value));
  }

  private void closeChunk() {
    partition().commitLock.lock();
    try {
      partition().log.closeCurrent();
    } finally {
      partition().commitLock.unlock();
    }
  }

  private Optional<String> afterKill(Ref<String> ref) {
    try (Hotpot opened = InFlightTest.open(medium.afterKill())) {
      return opened.dataset("bank").read(tx -> tx.find(ref));
    }
  }

  @Test
  void aChunkWithACommitInFlightIsNotReleased() throws InterruptedException {
    insert("small");
    List<Thread> cleaners = new ArrayList<>();
    try (Transaction tx = bank.begin()) {
      Ref<String> large = tx.allocate(LARGE);
      heap.duringNextDrain(
          () -> {
            closeChunk();
            Thread cleaner = Thread.ofPlatform().start(() -> hotpot.compact());
            cleaners.add(cleaner);
            // Until it has moved what it found, and waits for this drain.
            while (cleaner.getState() == Thread.State.RUNNABLE
                || cleaner.getState() == Thread.State.NEW) {
              Thread.onSpinWait();
            }
          });
      tx.commit();
      cleaners.getFirst().join();
      long word = partition().table.get(ObjectId.slot(large.id()));
      assertThat(partition().chunks.get(Address.sequence(HandleWord.address(word))))
          .as("the chunk in which the object lies")
          .isNotNull();
      assertThat(afterKill(large)).contains(LARGE);
    }
  }

  @Test
  void anObjectInASlotThatTheCheckpointKnewAsFreeSurvivesItsMove() {
    Ref<String> first = insert("first");
    insert("stays");
    bank.run(tx -> tx.delete(first));
    hotpot.checkpointer().write(partition());
    closeChunk();
    Ref<String> second = insert("second");
    assertThat(ObjectId.slot(second.id())).isEqualTo(ObjectId.slot(first.id()));
    closeChunk();
    assertThat(hotpot.compact()).isPositive();
    assertThat(afterKill(second)).contains("second");
  }

  @Test
  void anObjectInASlotThatWasReservedAtTheCheckpointSurvivesItsMove() {
    insert("stays");
    Ref<String> created;
    try (Transaction tx = bank.begin()) {
      created = tx.allocate("created");
      hotpot.checkpointer().write(partition());
      closeChunk();
      tx.commit();
    }
    closeChunk();
    assertThat(hotpot.compact()).isPositive();
    assertThat(afterKill(created)).contains("created");
  }

  @Test
  void aDeletionThatWasNeverCommittedIsNotMovedIntoTheLog() {
    Ref<String> kept = insert("kept");
    List<Integer> large = List.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    heap.growthsLeft(1);
    assertThatThrownBy(
            () ->
                bank.run(
                    tx -> {
                      tx.delete(kept);
                      large.forEach(i -> tx.allocate(LARGE + i));
                    }))
        .isInstanceOf(HeapFull.class);
    heap.growthsLeft(Integer.MAX_VALUE);
    assertThat(bank.<String>read(tx -> tx.get(kept))).isEqualTo("kept");
    closeChunk();
    hotpot.compact();
    assertThat(afterKill(kept)).contains("kept");
  }
}
