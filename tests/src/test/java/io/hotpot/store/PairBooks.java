package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What two {@link PowerPairWorker}s have told of their commits, against what either of them finds,
 * also while the other one is dead: all that was acknowledged before it looked, at most one
 * transaction more for each thread that was killed and for each commit that failed, whole ones
 * only.
 *
 * <p>Thread-safety: one thread.
 */
final class PairBooks {

  /** A look that begins now is not yet told: only the one after it began after this moment. */
  private static final int LOOKS_BEHIND = 2;

  /**
   * What was acknowledged at some moment.
   *
   * @param looks of a guest that were told of until then
   */
  private record Moment(int looks, long[] acknowledged) {}

  private final long[] acknowledged = new long[PowerPairWorker.COUNTERS];

  /** As they were when all was heard the last time. */
  private long[] before = acknowledged.clone();

  /** So many commits more may have been made, and nobody was told. */
  private final long[] untold = new long[PowerPairWorker.COUNTERS];

  private final boolean[] isDead = new boolean[PowerPairWorker.GUESTS];
  private final int[] looks = new int[PowerPairWorker.GUESTS];
  private final List<List<Moment>> moments = new ArrayList<>();
  private final long[][] lastFound = new long[PowerPairWorker.GUESTS][PowerPairWorker.COUNTERS];
  private final long[] commitsOfKind = new long[PowerPairWorker.KINDS];
  private long foundUnacknowledged;
  private long failed;
  private long allLooks;

  PairBooks() {
    for (int guest = 0; guest < PowerPairWorker.GUESTS; guest++) {
      moments.add(new ArrayList<>());
      begins(guest);
    }
  }

  /** A guest begins a life. */
  void begins(int guest) {
    isDead[guest] = false;
    looks[guest] = 0;
    moments.get(guest).clear();
    moments.get(guest).add(new Moment(1 - LOOKS_BEHIND, acknowledged.clone()));
  }

  /** All that a guest has told until it was killed was heard. */
  void killed(int guest) {
    isDead[guest] = true;
    for (int counter = 0; counter < acknowledged.length; counter++) {
      untold[counter] += PowerPairWorker.guestOf(counter) == guest ? 1 : 0;
    }
  }

  /**
   * All that guests have told until now was heard, of one after the other: only what had been
   * acknowledged before the first one's was heard is older than what each tells next.
   */
  void heardAll() {
    for (int guest = 0; guest < PowerPairWorker.GUESTS; guest++) {
      int until = looks[guest];
      List<Moment> mine = moments.get(guest);
      mine.removeIf(moment -> moment.looks == until || moment.looks < until - LOOKS_BEHIND);
      mine.add(new Moment(until, before));
    }
    before = acknowledged.clone();
  }

  /**
   * Takes a line of a worker's in.
   *
   * @return whether it is one that is about commits
   * @throws AssertionError if something was lost or is not whole
   */
  boolean hear(int guest, String line, String where) {
    String[] words = line.split(" ");
    switch (words[0]) {
      case "counted" -> counted(Integer.parseInt(words[1]), Long.parseLong(words[2]), where);
      case "failed" -> {
        untold[Integer.parseInt(words[1])]++;
        failed++;
      }
      case "found" ->
          found(
              guest,
              Integer.parseInt(words[1]),
              Long.parseLong(words[2]),
              Long.parseLong(words[3]),
              where);
      case "looked" -> {
        looks[guest]++;
        allLooks++;
      }
      case "damages" -> assertThat(words[1]).as(where + ": damages").isEqualTo("0");
      default -> {
        return false;
      }
    }
    return true;
  }

  private void counted(int counter, long value, String where) {
    assertThat(value)
        .as(where + ": counter " + counter + " after " + acknowledged[counter])
        .isBetween(acknowledged[counter] + 1, acknowledged[counter] + 1 + untold[counter]);
    found(counter, value - 1);
    acknowledged[counter] = value;
    commitsOfKind[PowerPairWorker.kindOf(counter)]++;
  }

  /** A commit that was not acknowledged is there all the same, perhaps. */
  private void found(int counter, long value) {
    long more = value - acknowledged[counter];
    untold[counter] -= more;
    foundUnacknowledged += more;
    acknowledged[counter] = value;
  }

  private void found(int guest, int counter, long left, long right, String where) {
    String what = where + ": counter " + counter;
    assertThat(left).as(what + ", both halves").isEqualTo(right);
    assertThat(left).as(what + ", found before").isGreaterThanOrEqualTo(lastFound[guest][counter]);
    assertThat(left)
        .as(what + ", acknowledged before it looked: " + Arrays.toString(floor(guest)))
        .isGreaterThanOrEqualTo(floor(guest)[counter]);
    lastFound[guest][counter] = left;
    if (isDead[PowerPairWorker.guestOf(counter)]) {
      assertThat(left)
          .as(what + ", acknowledged by the dead " + acknowledged[counter])
          .isLessThanOrEqualTo(acknowledged[counter] + untold[counter]);
      if (left > acknowledged[counter]) {
        found(counter, left);
      }
    }
  }

  /** What had been acknowledged before a guest began the look that it tells of now. */
  private long[] floor(int guest) {
    int latest = looks[guest] + 1 - LOOKS_BEHIND;
    return moments.get(guest).stream()
        .filter(moment -> moment.looks <= latest)
        .reduce((_, later) -> later)
        .map(Moment::acknowledged)
        .orElseGet(() -> new long[PowerPairWorker.COUNTERS]);
  }

  /** How far a counter has come. */
  long acknowledged(int counter) {
    return acknowledged[counter];
  }

  /** How often a guest has looked in this life. */
  int looks(int guest) {
    return looks[guest];
  }

  /** How often guests have looked in all. */
  long looks() {
    return allLooks;
  }

  /** How many commits were acknowledged, by the kinds of counters. */
  long[] commitsOfKind() {
    return commitsOfKind.clone();
  }

  long commits() {
    return Arrays.stream(commitsOfKind).sum();
  }

  /** How many commits were there that nobody had acknowledged. */
  long foundUnacknowledged() {
    return foundUnacknowledged;
  }

  /** How many commits were told to have failed; whether they were made is not known of all. */
  long failed() {
    return failed;
  }
}
