package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A snapshot is a cut: it holds no commit without those that ended before that one began. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SnapshotCutTest {

  private static final long MS = 1_700_000_000_000L;

  private Runnable onClock = () -> {};

  private Hotpot open() {
    return Hotpot.open(
        new SimHeap(64, 0x77L, Durability.PROCESS),
        HotpotOptions.defaults().withBackground(false).withMaxBytes(256L << 20),
        SystemSeams.dated(this::nowMs));
  }

  /** The clock stands still: all happens within a millisecond. */
  private long nowMs() {
    Runnable action = onClock;
    onClock = () -> {};
    action.run();
    return MS;
  }

  @Test
  void commitsInTwoDatasetsAreSeenInTheOrderInWhichTheyHappened() throws InterruptedException {
    try (Hotpot hotpot = open()) {
      Dataset first = hotpot.dataset("first");
      Dataset second = hotpot.dataset("second");
      Ref<Integer> b = second.transact(tx -> tx.allocate(0));
      Ref<Integer> a = first.transact(tx -> tx.allocate(0));
      for (int i = 0; i < 10; i++) {
        first.run(tx -> tx.put(a, 0));
      }
      Thread other =
          Thread.ofPlatform()
              .unstarted(
                  () -> {
                    first.run(tx -> tx.put(a, 1));
                    first.run(tx -> tx.put(a, 2));
                    second.run(tx -> tx.put(b, 2));
                  });
      // In the middle of taking the snapshot, for as long as it lets others commit.
      onClock =
          () -> {
            other.start();
            while (other.getState() == Thread.State.NEW
                || other.getState() == Thread.State.RUNNABLE) {
              Thread.onSpinWait();
            }
          };
      try (Snapshot snapshot = hotpot.snapshot()) {
        other.join();
        boolean seesLast = snapshot.get(b) == 2;
        assertThat(snapshot.get(a) == 2).isEqualTo(seesLast);
      }
    }
  }

  @Test
  void aDatasetCreatedAfterTheSnapshotIsNotInIt() {
    try (Hotpot hotpot = open()) {
      Dataset first = hotpot.dataset("first");
      Ref<Integer> a = first.transact(tx -> tx.allocate(0));
      for (int i = 0; i < 10; i++) {
        first.run(tx -> tx.put(a, 0));
      }
      try (Snapshot snapshot = hotpot.snapshot()) {
        Ref<Integer> later = hotpot.dataset("later").transact(tx -> tx.allocate(1));
        assertThat(snapshot.find(later)).isEqualTo(Optional.empty());
      }
    }
  }
}
