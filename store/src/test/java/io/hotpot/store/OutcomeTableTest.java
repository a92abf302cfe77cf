package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.TransactionId;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is remembered of transactions, and for how long. */
class OutcomeTableTest {

  private static final int MORE = 10;

  private final OutcomeTable table = new OutcomeTable();

  private static TransactionId id(int incarnation, long sequence) {
    return new TransactionId(3, incarnation, sequence);
  }

  private void add(int incarnation, long sequence) {
    table.add(
        id(incarnation, sequence), new OutcomeTable.Ended(Outcome.COMMIT, sequence, 8 * sequence));
  }

  @Test
  void ofAnIncarnationThatIsOverABoundedNumberIsKept() {
    int all = OutcomeTable.MAX_EXCLUDED + MORE;
    for (int i = 1; i <= all; i++) {
      add(1, i);
    }
    table.mustLearn(id(1, 2), List.of(9));
    assertThat(table.size()).as("its committer may ask for all").isEqualTo(all);
    table.excluded(3, 1);
    assertThat(table.size()).isEqualTo(OutcomeTable.MAX_EXCLUDED);
    assertThat(table.find(id(1, 1))).isNull();
    assertThat(table.isBelowSettled(id(1, 1))).as("expired, not unknown").isTrue();
    assertThat(table.find(id(1, 2))).as("a participant must learn it").isNotNull();
    assertThat(table.find(id(1, all))).isNotNull();
    add(2, 1);
    assertThat(table.find(id(2, 1))).isNotNull();
  }

  @Test
  void whatItsCommitterDoesNotNeedIsForgottenUnlessAParticipantMustLearnIt() {
    add(1, 1);
    add(1, 2);
    table.mustLearn(id(1, 1), List.of(8, 9));
    table.settledBelow(id(1, 3), 3);
    assertThat(table.find(id(1, 2))).isNull();
    table.learned(id(1, 1), 8);
    assertThat(table.find(id(1, 1))).isNotNull();
    table.learned(id(1, 1), 9);
    assertThat(table.find(id(1, 1))).isNull();
  }

  @Test
  void whatNeverCameOfAnIncarnationThatIsOverIsToldFromWhatIsForgotten() {
    add(1, 5);
    table.settledBelow(id(1, 6), 4);
    assertThat(table.neverCame(id(1, 7))).as("it may come still").isFalse();
    table.excluded(3, 1);
    assertThat(table.neverCame(id(1, 3))).as("its committer needed it no more").isFalse();
    assertThat(table.neverCame(id(1, 5))).isFalse();
    assertThat(table.neverCame(id(1, 7))).isTrue();
    assertThat(table.neverCame(new TransactionId(4, 1, 7))).as("of another node").isFalse();
    OutcomeTable other = new OutcomeTable();
    other.takeOver(table.ledger(0));
    assertThat(other.ledger(0)).isEqualTo(table.ledger(0));
    assertThat(other.neverCame(id(1, 3))).isFalse();
    assertThat(other.neverCame(id(1, 7))).isTrue();

    for (int i = 1; i <= OutcomeTable.MAX_EXCLUDED; i++) {
      add(1, 10 + i);
    }
    assertThat(table.neverCame(id(1, 7))).as("the oldest outcome was given up").isFalse();
    OutcomeTable third = new OutcomeTable();
    third.takeOver(table.ledger(0));
    assertThat(third.neverCame(id(1, 7))).isFalse();
  }

  @Test
  void ofEarlierIncarnationsABoundedNumberOfFloorsIsKept() {
    for (int i = 1; i <= OutcomeTable.MAX_FLOORS + 2; i++) {
      table.settledBelow(id(i, 9), 9);
    }
    assertThat(table.neverCame(id(1, 9))).isFalse();
    assertThat(table.neverCame(id(2, 8))).isFalse();
    assertThat(table.neverCame(id(2, 9))).isTrue();
  }

  @Test
  void aLedgerSaysAllOfIt() {
    add(1, 1);
    table.add(id(1, 2), new OutcomeTable.Ended(Outcome.ABORT, 0, 80));
    table.mustLearn(id(1, 1), List.of(9));
    table.decidedPrepare(id(1, 1), Outcome.COMMIT, 800);
    table.decidedPrepare(id(1, 2), Outcome.ABORT, 80);
    table.settledBelow(id(1, 1), 1);
    Ledger ledger = table.ledger(400);
    OutcomeTable other = new OutcomeTable();
    other.takeOver(ledger);
    assertThat(other.ledger(400)).isEqualTo(ledger);
    assertThat(other.ofDecidedPrepare(id(1, 1))).isEqualTo(Outcome.COMMIT);
    assertThat(other.ofDecidedPrepare(id(1, 2))).as("it is not replayed").isNull();
    assertThat(other.isBelowSettled(id(1, 0))).isTrue();
  }
}
