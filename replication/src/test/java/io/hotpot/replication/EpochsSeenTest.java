package io.hotpot.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Who has said that it holds nothing of earlier epochs is remembered as long as it matters. */
class EpochsSeenTest {

  private static final Peer TWO = new Peer(2, 1);
  private static final Peer FOUR = new Peer(4, 7);

  private final EpochsSeen seen = new EpochsSeen();
  private final Configuration known = LonelyNode.configuration(1, 1);

  /** The word was said once, and this node hears of partition and member only later. */
  @Test
  void whatALaterConfigurationIsAboutOutlivesThoseInBetween() {
    seen.seen(TWO, 9, 1);
    seen.seen(FOUR, 2, 2);

    seen.forget(known, LonelyNode.configuration(2, 1));

    assertThat(seen.hasSeen(TWO, 9, 1)).isTrue();
    assertThat(seen.hasSeen(FOUR, 2, 2)).isTrue();
  }

  @Test
  void whoHasLeftAndWhatIsGoneIsForgotten() {
    seen.seen(TWO, 2, 1);
    seen.seen(TWO, 3, 1);
    seen.seen(new Peer(3, 1), 2, 1);
    Map<Integer, Configuration.Node> nodes = new HashMap<>(known.nodes());
    Map<Integer, Configuration.PartitionInfo> partitions = new HashMap<>(known.partitions());
    nodes.remove(3);
    partitions.remove(3);

    seen.forget(
        known,
        new Configuration(2, known.clusterId(), nodes, known.datasets(), partitions));

    assertThat(seen.hasSeen(TWO, 2, 1)).isTrue();
    assertThat(seen.hasSeen(TWO, 3, 1)).isFalse();
    assertThat(seen.hasSeen(new Peer(3, 1), 2, 1)).isFalse();
  }
}
