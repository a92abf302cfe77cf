package io.hotpot.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.replication.Owners.Route;
import io.hotpot.replication.PlaceTable.Place;
import io.hotpot.replication.RemoteMemory.Key;
import org.junit.jupiter.api.Test;

final class PlaceTableTest {

  private static final int PARTITION = 3;

  private final PlaceTable table = new PlaceTable(3);

  private static long object(int slot) {
    return ((long) PARTITION << 46) + slot;
  }

  private static Place place(int sequence) {
    Key memory = new Key(1, LogAddress.CHUNK_BYTES, 2);
    return new Place(new Route(1, 1, 1), LogAddress.of(sequence, 128), memory, 5, 40);
  }

  @Test
  void aPlaceOutlivesItsCopyUntilItIsForgotten() {
    assertThat(table.isLeftBy(object(1))).as("nothing is kept").isFalse();
    table.put(object(1), place(7));
    table.put(object(2), place(7));
    table.put(object(3), place(8));
    assertThat(table.isLeftBy(object(1))).isTrue();

    assertThat(table.of(object(1))).isEqualTo(place(7));
    assertThat(table.forget(PARTITION + 1, 7)).isEmpty();
    assertThat(table.forget(PARTITION, 7)).as("without a copy").containsExactly(object(1));
    assertThat(table.of(object(1))).isNull();
    assertThat(table.of(object(2))).isNull();
    assertThat(table.of(object(3))).isNotNull();
  }

  @Test
  void theOldestMakeRoom() {
    for (int i = 1; i <= 5; i++) {
      table.put(object(i), place(i));
    }
    table.isLeftBy(object(1));
    table.isLeftBy(object(2));
    table.isCopied(object(1));

    assertThat(table.takeSurplus()).containsExactly(object(2));
    assertThat(table.takeSurplus()).isEmpty();
    assertThat(table.of(object(1))).isNull();
    assertThat(table.of(object(3))).isNotNull();
  }

  @Test
  void aPlaceLiesInItsChunk() {
    assertThat(place(1).isPossible()).isTrue();
    Key small = new Key(1, 167, 2);
    assertThat(new Place(new Route(1, 1, 1), LogAddress.of(1, 128), small, 5, 40).isPossible())
        .isFalse();
    assertThat(new Place(new Route(1, 1, 1), 128, small, 5, Integer.MAX_VALUE).isPossible())
        .isFalse();
    assertThat(new Place(new Route(1, 1, 1), 128, small, 5, 0).isPossible()).isFalse();
  }
}
