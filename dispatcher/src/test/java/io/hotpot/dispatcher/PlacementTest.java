package io.hotpot.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PlacementTest {

  private static final long MIB = 1 << 20;

  private final TestCluster cluster = new TestCluster();
  private final Placement placement = new Placement();

  private int first() {
    return placement.candidates(cluster.state.configuration(), 0).getFirst();
  }

  @Test
  void theNodeWithMostRoomComesFirst() {
    cluster.nodes(3);
    placement.reported(1, 100 * MIB);
    placement.reported(2, 300 * MIB);
    placement.reported(3, 200 * MIB);
    assertThat(placement.candidates(cluster.state.configuration(), 0)).containsExactly(2, 3, 1);
    assertThat(placement.candidates(cluster.state.configuration(), 1)).containsExactly(1, 2, 3);
  }

  @Test
  void whoWasGivenACopyDoesNotGetTheNextBeforeItsReportsShowIt() {
    cluster.nodes(2);
    placement.reported(1, 100 * MIB);
    placement.reported(2, 100 * MIB);
    assertThat(first()).isEqualTo(1);
    placement.give(1);
    assertThat(first()).isEqualTo(2);
    placement.reported(1, 100 * MIB);
    assertThat(first()).as("its report may have been on its way").isEqualTo(2);
    placement.reported(1, 100 * MIB);
    assertThat(first()).isEqualTo(1);
  }

  @Test
  void aNodeIsNotRefusedForWhatItWillHold() {
    cluster.nodes(1);
    placement.reported(1, 20 * MIB);
    placement.give(1);
    assertThat(first()).isEqualTo(1);
  }

  @Test
  void aNodeWithoutRoomIsNone() {
    cluster.nodes(2);
    placement.reported(1, Placement.LEAST_ROOM_BYTES - 1);
    placement.reported(2, Placement.LEAST_ROOM_BYTES);
    assertThat(placement.candidates(cluster.state.configuration(), 1)).containsExactly(2);
  }
}
