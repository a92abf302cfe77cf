package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** The comparison of what workers told with what the next ones found. */
class ToldAndFoundTest {

  private final ToldAndFound told = new ToldAndFound();

  private void hear(String... lines) {
    for (String line : lines) {
      assertThat(told.hear(line, "here")).as(line).isTrue();
    }
  }

  @Test
  void whatWasAcknowledgedAndOneMoreMayBeThere() {
    hear("found 0 0 0", "found 1 0 0", "total 8000", "damages 0");
    hear("counted 0 1", "counted 1 1", "counted 0 2");
    hear("found 0 2 2", "found 1 2 2", "total 8000", "damages 0");
    hear("counted 0 3", "counted 1 3");
    hear("found 0 3 3", "found 1 3 3");
    assertThat(told.commits()).isEqualTo(5);
    assertThat(told.foundUnacknowledged()).isEqualTo(1);
    assertThat(told.answers()).isEqualTo(2);
  }

  @Test
  void aLineThatWasCutOffAcknowledgesNothing() {
    for (int i = 1; i <= 12; i++) {
      hear("counted 0 " + i);
    }
    hear("counted 0 1", "counted 0", "counted");
    hear("found 0 12 12");
  }

  @Test
  void lostTransactionsAreFound() {
    hear("counted 0 1", "counted 0 2");
    assertThatThrownBy(() -> told.hear("found 0 1 1", "here"))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("here: counter 0, acknowledged [2, 0]");
  }

  @Test
  void whatIsFoundOnceIsThereForEver() {
    hear("counted 1 1", "found 1 2 2");
    assertThatThrownBy(() -> told.hear("found 1 1 1", "here")).isInstanceOf(AssertionError.class);
  }

  @Test
  void moreThanOneTransactionThatNobodyHeardOfIsFound() {
    hear("counted 0 1");
    assertThatThrownBy(() -> told.hear("found 0 3 3", "here")).isInstanceOf(AssertionError.class);
  }

  @Test
  void halfATransactionIsFound() {
    hear("counted 0 1");
    assertThatThrownBy(() -> told.hear("found 0 2 1", "here")).isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> told.hear("total 7999", "here")).isInstanceOf(AssertionError.class);
  }

  @Test
  void damageIsFound() {
    assertThatThrownBy(() -> told.hear("damages 1", "here")).isInstanceOf(AssertionError.class);
  }

  @Test
  void whatWorkersDoNotSayIsNoLine() {
    assertThat(told.hear("Exception in thread main", "here")).isFalse();
  }
}
