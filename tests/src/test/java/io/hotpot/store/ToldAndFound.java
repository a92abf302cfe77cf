package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;

/**
 * What {@link KillWorker}s have told of one store until they were killed, against what the next one
 * found: all that was acknowledged, at most one transaction more for each thread, whole ones only.
 *
 * <p>Thread-safety: one thread.
 */
final class ToldAndFound {

  private final long[] acknowledged = new long[KillWorker.COUNTERS];
  private long commits;
  private long foundUnacknowledged;
  private int answers;

  /**
   * Takes a line of a worker's in.
   *
   * @param where says for a failure which worker it was
   * @return whether it is a line that workers write
   * @throws AssertionError if something was lost or is not whole
   */
  boolean hear(String line, String where) {
    String[] words = line.split(" ");
    switch (words[0]) {
      case "found" -> found(words, where);
      case "total" ->
          assertThat(Integer.parseInt(words[1]))
              .as(where + ": money")
              .isEqualTo(KillWorker.ACCOUNTS * KillWorker.DEPOSIT);
      case "damages" -> {
        assertThat(words[1]).as(where + ": damages").isEqualTo("0");
        answers++;
      }
      case "counted" -> {
        // The last line may have been cut off in the middle by the kill.
        if (words.length == 3 && !words[2].isEmpty()) {
          int number = Integer.parseInt(words[1]);
          long value = Long.parseLong(words[2]);
          if (value == acknowledged[number] + 1) {
            acknowledged[number] = value;
          }
          commits++;
        }
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private void found(String[] words, String where) {
    int number = Integer.parseInt(words[1]);
    long left = Long.parseLong(words[2]);
    long right = Long.parseLong(words[3]);
    assertThat(left).as(where + ": both halves of counter " + number).isEqualTo(right);
    assertThat(left)
        .as(where + ": counter " + number + ", acknowledged " + Arrays.toString(acknowledged))
        .isBetween(acknowledged[number], acknowledged[number] + 1);
    foundUnacknowledged += left - acknowledged[number];
    acknowledged[number] = left;
  }

  /** How many commits were acknowledged. */
  long commits() {
    return commits;
  }

  /** How many commits were found that had not been acknowledged: at most one a thread and kill. */
  long foundUnacknowledged() {
    return foundUnacknowledged;
  }

  /** How many workers came to tell all that they found. */
  int answers() {
    return answers;
  }
}
