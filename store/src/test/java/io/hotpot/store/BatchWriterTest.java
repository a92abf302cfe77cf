package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What fits a batch is known before anything is written. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BatchWriterTest {

  private final Hotpot hotpot = InFlightTest.open(new SimHeap(64, 0x77L, Durability.POWER));
  private final Partition partition = hotpot.partitionOf(hotpot.dataset("bank"));

  /** A transaction over datasets of which one gets the largest object there can be. */
  private void checkRoom(int datasets) {
    byte[] payload = new byte[BatchFormat.MAX_PAYLOAD_BYTES];
    Write large =
        new Write(partition, partition.slots.allocate(), Write.Kind.INSERT, payload, null);
    List<WriteSet> parts = new ArrayList<>(Collections.nCopies(datasets - 1, new WriteSet()));
    parts.add(WriteSet.of(large));
    BatchWriter.checkRoom(Collections.nCopies(datasets, partition), parts);
  }

  @Test
  void theLargestObjectFitsBesideTheListOfManyDatasets() {
    assertThatCode(() -> checkRoom(1024)).doesNotThrowAnyException();
  }

  @Test
  void datasetsSoManyThatAnObjectDoesNotFitBesideTheirListAreRefused() {
    long tail = partition.log.tail();
    assertThatThrownBy(() -> checkRoom(1025))
        .isInstanceOf(MisuseException.class)
        .hasMessageContaining("1025 datasets")
        .hasMessageContaining("nothing was written");
    assertThat(partition.log.tail()).isEqualTo(tail);
  }
}
