package io.hotpot.store;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Lines to which clients on all nodes append numbers, none of them twice: what was acknowledged is
 * there once, what was not at most once, and a line only grows at its end.
 */
final class ClusterLines {

  record Line(String text) {}

  private final List<Ref<Line>> lines = new ArrayList<>();

  /** The longest text that anybody has been shown so far, by line. */
  private final List<String> shown = new ArrayList<>();

  private final List<Set<String>> acknowledged = new ArrayList<>();
  private int numbers;

  void open(Dataset home) {
    lines.add(home.transact(tx -> tx.allocate(new Line(""))));
    shown.add("");
    acknowledged.add(new HashSet<>());
  }

  void append(Hotpot store, SplittableRandom own) {
    int line = own.nextInt(lines.size());
    String number = String.valueOf(++numbers);
    try {
      store.run(
          tx -> tx.put(lines.get(line), new Line(tx.get(lines.get(line)).text() + " " + number)));
      acknowledged.get(line).add(number);
    } catch (ConflictException | NotAMember | NotEnoughReplicas | CommitOutcomeUnknown e) {
      // It may be there or not, but not twice.
    }
  }

  /**
   * @return false if the node could not tell at the moment
   * @throws AssertionError if a line is not what it must be
   */
  boolean look(String where, Hotpot store) {
    for (int line = 0; line < lines.size(); line++) {
      Ref<Line> ref = lines.get(line);
      String before = shown.get(line);
      Set<String> mustBeThere = Set.copyOf(acknowledged.get(line));
      String text;
      try {
        text = store.read(tx -> tx.get(ref).text());
      } catch (ConflictException | NotAMember | NotEnoughReplicas e) {
        return false;
      }
      check(where, text, before, mustBeThere);
      if (text.length() > shown.get(line).length()) {
        shown.set(line, text);
      }
    }
    return true;
  }

  private static void check(String where, String text, String before, Set<String> mustBeThere) {
    List<String> numbers = text.isEmpty() ? List.of() : List.of(text.substring(1).split(" "));
    Set<String> distinct = new HashSet<>(numbers);
    if (distinct.size() != numbers.size()) {
      throw new AssertionError("something was appended twice, read at " + where + ":" + text);
    }
    if (!text.startsWith(before)) {
      throw new AssertionError(
          "a line is no longer what it was, read at " + where + ":" + text + "; before:" + before);
    }
    if (!distinct.containsAll(mustBeThere)) {
      throw new AssertionError(
          "what was acknowledged is missing, read at " + where + ":" + text + "; " + mustBeThere);
    }
  }
}
