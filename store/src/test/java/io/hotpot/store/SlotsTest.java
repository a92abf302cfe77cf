package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** No reference that was handed out and never committed may name a later object. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SlotsTest {

  private final HookedHeap heap = new HookedHeap(64);
  private Hotpot hotpot;

  @BeforeEach
  void open() {
    hotpot = InFlightTest.open(heap);
  }

  @Test
  void aCheckpointThatIsNotYetDurableForgetsNoSlotsThatWereGivenBack() {
    Partition partition = hotpot.partitionOf(hotpot.dataset("bank"));
    long first = partition.slots.allocate();
    long id = first;
    int highest = 0;
    for (int i = 0;
        i < 3 * BurnedSlots.MAX_BURNED && ObjectId.slot(id) == ObjectId.slot(first);
        i++) {
      highest = ObjectId.generation(id);
      partition.slots.release(ObjectId.slot(id), highest);
      if (i == BurnedSlots.MAX_BURNED / 2) {
        partition.slots.checkpointBegins();
      }
      id = partition.slots.allocate();
    }
    assertThat(highest)
        .as("generations that a crash takes back")
        .isLessThan(ObjectId.generation(first) + BurnedSlots.MAX_BURNED);
  }

  @Test
  void generationsNeverRunOverIntoTheNumberOfThePartition() {
    Partition partition = hotpot.partitionOf(hotpot.dataset("bank"));
    partition.resume(1, 5, ObjectId.MAX_GENERATION + 1);
    assertThatThrownBy(partition.slots::allocate).isInstanceOf(HeapFull.class);
  }

  @Test
  void aDatasetThatFoundNoRoomCanBeCreatedLater() {
    heap.growthsLeft(0);
    assertThatThrownBy(() -> hotpot.dataset("bank")).isInstanceOf(HeapFull.class);
    heap.growthsLeft(Integer.MAX_VALUE);
    assertThat(hotpot.dataset("bank").name()).isEqualTo("bank");
  }
}
