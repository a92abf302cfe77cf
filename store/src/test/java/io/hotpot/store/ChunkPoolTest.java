package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Chunks that are made ready ahead of who takes them. */
class ChunkPoolTest {

  private static final int MOST = 8;

  private final SimHeap heap = new SimHeap(MOST, 0x77L, Durability.PROCESS);
  private final ChunkPool pool = new ChunkPool(heap, new SystemThreads());

  private LogChunk take(int sequence) {
    return pool.take(1, sequence, ChunkPool.Purpose.CLEANING);
  }

  @Test
  void whatIsReadyIsTakenWithoutGrowing() {
    assertThat(pool.growAhead(2)).isEqualTo(2);
    assertThat(pool.growAhead(2)).isEqualTo(2);
    assertThat(heap.chunks()).isEqualTo(2);

    take(0);
    take(1);
    assertThat(heap.chunks()).isEqualTo(2);
    take(2);
    assertThat(heap.chunks()).isEqualTo(3);
  }

  @Test
  void theHeapGrowsToItsMaximumOnly() {
    take(0);
    assertThat(pool.growAhead(100)).isEqualTo(MOST - 1);
    assertThat(heap.chunks()).isEqualTo(MOST);
  }

  @Test
  void aChunkThatIsJustBeingMadeIsCounted() {
    HookedHeap growing = new HookedHeap(heap);
    ChunkPool ahead = new ChunkPool(growing, new SystemThreads());
    growing.afterGrowth(
        () -> {
          assertThat(ahead.available()).isEqualTo(MOST);
          assertThat(ahead.inUse()).isZero();
        });

    assertThat(ahead.growAhead(MOST)).isEqualTo(MOST);
  }

  @Test
  void whoNeedsTheLastChunkWaitsUntilItIsMade() throws InterruptedException {
    HookedHeap growing = new HookedHeap(heap);
    ChunkPool ahead = new ChunkPool(growing, new SystemThreads());
    for (int i = 0; i < MOST - 1; i++) {
      ahead.take(1, i, ChunkPool.Purpose.CLEANING);
    }
    AtomicReference<LogChunk> taken = new AtomicReference<>();
    Thread taker =
        Thread.ofPlatform()
            .unstarted(() -> taken.set(ahead.take(1, MOST, ChunkPool.Purpose.CLEANING)));
    growing.afterGrowth(
        () -> {
          growing.afterGrowth(() -> {});
          taker.start();
          while (taker.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
          }
        });
    ahead.growAhead(1);
    taker.join();

    assertThat(taken.get()).isNotNull();
  }

  @Test
  void aMediumWithoutRoomLeavesWhatThereIs() {
    pool.growAhead(1);
    heap.refuseGrowth(true);

    assertThat(pool.growAhead(3)).isEqualTo(1);
    take(0);
    assertThatThrownBy(() -> take(1)).isInstanceOf(HeapFull.class);

    heap.refuseGrowth(false);
    take(1);
  }
}
