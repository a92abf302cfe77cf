package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** The comparison of what two workers told with what either of them found. */
class PairBooksTest {

  private final PairBooks books = new PairBooks();

  private void hear(int guest, String... lines) {
    for (String line : lines) {
      assertThat(books.hear(guest, line, "here")).as(line).isTrue();
    }
  }

  /** All files are looked at, and once more. */
  private void poll(int guest, String... lines) {
    hear(guest, lines);
    books.heardAll();
    books.heardAll();
  }

  private void assertFails(int guest, String line, String message) {
    assertThatThrownBy(() -> books.hear(guest, line, "here"))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(message);
  }

  @Test
  void allThatWasAcknowledgedBeforeTheLookIsFound() {
    poll(0, "counted 0 1", "counted 0 2", "counted 1 1");
    poll(1, "found 0 1 1", "looked");
    poll(1, "found 0 2 2", "found 1 1 1", "looked");
    assertThat(books.commits()).isEqualTo(3);
    assertThat(books.commitsOfKind()).containsExactly(2, 1, 0);
    assertThat(books.looks()).isEqualTo(2);
  }

  /** The first look after an acknowledgement may have begun before it; the second one has not. */
  @Test
  void lostTransactionsAreFound() {
    poll(1, "found 0 0 0", "looked");
    poll(0, "counted 0 1", "counted 0 2");
    poll(1, "found 0 0 0", "looked");
    assertFails(1, "found 0 1 1", "acknowledged before it looked: [2, 0, 0, 0, 0, 0]");
  }

  /** While the files are looked at, one guest goes on, and so the other one. */
  @Test
  void whatWasAcknowledgedWhileTheLinesOfOthersWereHeardNeedNotBeFound() {
    hear(1, "found 0 0 0", "looked");
    hear(0, "counted 0 1");
    books.heardAll();
    hear(1, "found 0 0 0", "looked", "found 0 0 0", "looked");
  }

  @Test
  void lostTransactionsAreFoundByTheSurvivor() {
    poll(0, "counted 2 1");
    books.killed(0);
    poll(1, "found 2 1 1", "looked");
    assertFails(1, "found 2 0 0", "found before");
  }

  @Test
  void lostTransactionsAreFoundByOneThatBegins() {
    poll(0, "counted 0 1", "counted 3 1");
    books.killed(1);
    poll(0, "counted 0 2");
    books.begins(1);
    assertFails(1, "found 0 1 1", "acknowledged before it looked");
    hear(1, "found 0 2 2");
    assertFails(1, "found 3 0 0", "acknowledged before it looked");
  }

  @Test
  void whatIsHalfThereIsFound() {
    assertFails(0, "found 1 4 3", "both halves");
  }

  @Test
  void oneMoreOfTheDeadMayBeThereAndNotTwo() {
    poll(1, "counted 3 1");
    books.killed(1);
    poll(0, "found 3 2 2", "looked");
    assertThat(books.foundUnacknowledged()).isEqualTo(1);
    assertFails(0, "found 3 3 3", "acknowledged by the dead 2");
    books.begins(1);
    assertFails(1, "counted 3 4", "counter 3 after 2");
    hear(1, "counted 3 3");
    assertThat(books.commits()).isEqualTo(2);
  }

  @Test
  void aFailedCommitMayHaveBeenMade() {
    hear(0, "counted 0 1", "failed 0 CommitOutcomeUnknown", "counted 0 3");
    assertThat(books.foundUnacknowledged()).isEqualTo(1);
    assertThat(books.failed()).isEqualTo(1);
    assertFails(0, "counted 0 5", "counter 0 after 3");
  }

  @Test
  void whatWasAcknowledgedTwiceIsFound() {
    hear(0, "counted 0 1");
    assertFails(0, "counted 0 1", "counter 0 after 1");
  }

  @Test
  void damagesAreFound() {
    hear(0, "damages 0");
    assertFails(0, "damages 1", "damages");
  }

  @Test
  void otherLinesAreNotTakenIn() {
    assertThat(books.hear(0, "joined 1", "here")).isFalse();
  }
}
