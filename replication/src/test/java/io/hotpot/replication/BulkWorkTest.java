package io.hotpot.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is done for nodes that catch up, beside commits and without any. */
class BulkWorkTest {

  private static final int PEER = 2;
  private static final int PARTITION = 7;

  private final LonelyNode node = new LonelyNode();
  private final BulkWork bulk = new BulkWork(node);
  private final List<Integer> done = new ArrayList<>();

  /** A piece that takes two thirds of a turn. */
  private boolean add(int number) {
    return bulk.add(
        PEER,
        PARTITION,
        () -> {
          done.add(number);
          node.nowNs += BulkWork.TURN_NS * 2 / 3;
        });
  }

  private void addFrom(int first, int count) {
    for (int i = 0; i < count; i++) {
      add(first + i);
    }
  }

  @Test
  void withoutCommitsAllIsDoneAtOnceAndInOrder() {
    addFrom(1, 5);
    node.pass(0);

    assertThat(done).containsExactly(1, 2, 3, 4, 5);
  }

  @Test
  void besideCommitsATurnIsFollowedByAPause() {
    bulk.committed();
    addFrom(1, 5);
    node.pass(0);
    assertThat(done).containsExactly(1, 2);

    node.pass(BulkWork.PAUSE_NS / 2);
    assertThat(done).hasSize(2);
    node.pass(BulkWork.PAUSE_NS);
    assertThat(done).containsExactly(1, 2, 3, 4);
  }

  @Test
  void thePauseHoldsForWhatComesInIt() {
    bulk.committed();
    addFrom(1, 2);
    node.pass(0);
    add(3);
    node.pass(0);
    assertThat(done).containsExactly(1, 2);

    node.pass(2 * BulkWork.PAUSE_NS);
    assertThat(done).containsExactly(1, 2, 3);
  }

  @Test
  void whenCommitsEndItGoesOnAtFullSpeed() {
    bulk.committed();
    node.pass(BulkWork.RECENT_NS);
    addFrom(1, 5);
    node.pass(0);

    assertThat(done).hasSize(5);
  }

  @Test
  void aPeerThatAsksForTooMuchIsRefusedAndOthersAreNot() {
    for (int i = 0; i <= BulkWork.MOST_WAITING; i++) {
      assertThat(add(i)).as("piece %d", i).isTrue(); // the first one is done at once
    }
    assertThat(add(-1)).isFalse();
    assertThat(bulk.add(PEER + 1, PARTITION, () -> done.add(-2))).isTrue();
    assertThat(bulk.add(PEER, PARTITION + 1, () -> done.add(-3))).isTrue();

    node.pass(0);
    assertThat(done).hasSize(BulkWork.MOST_WAITING + 3).doesNotContain(-1);
    assertThat(add(7)).isTrue();
  }
}
