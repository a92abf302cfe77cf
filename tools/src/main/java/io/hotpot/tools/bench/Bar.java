package io.hotpot.tools.bench;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * A figure that the project wants to reach, computed from what one run has measured.
 *
 * @param aside what a reader should know beside it; may be empty
 */
record Bar(String name, double value, double limit, boolean atMost, String aside) {

  String wanted() {
    return (atMost ? "<= " : ">= ") + limit;
  }

  boolean isMet() {
    return atMost ? value <= limit : value >= limit;
  }

  /** On a line of a report. */
  void print(PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "%-60s %8.2f   %-8s %-8s%s%n",
        name,
        value,
        wanted(),
        isMet() ? "met" : "NOT MET",
        aside.isEmpty() ? "" : "(" + aside + ")");
  }

  Map<String, Object> toMap() {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("bar", name);
    row.put("value", value);
    row.put("wanted", wanted());
    row.put("met", isMet());
    if (!aside.isEmpty()) {
      row.put("aside", aside);
    }
    return row;
  }

  /** All bars for which there is a value. */
  static List<Bar> of(Results results) {
    Bars bars = new Bars(results);
    bars.inAppends("a commit, in raw appends to a log", Measure.COMMIT, 8);
    bars.inAppends("a commit of ten, in raw appends to a log", Measure.COMMIT_TEN, 25);
    bars.own("a hot read, ns", Measure.READ, 150, true);
    bars.ratio("reads of two threads, by those of one", 2, Measure.READ, Measure.READ_TWO, 1.8);
    bars.ratio(
        "rate of durable commits, by that of fdatasync", 1, Measure.RAW_FLUSH, Measure.POWER, 0.9);
    bars.ratio(
        "rate of 64 durable committers, by that of one", 1, Measure.POWER, Measure.POWER_MANY, 20);
    bars.own("chunks in use, by live bytes", Measure.SPACE, 1.5, true);
    bars.ratio(
        "overwrites beside the cleaner, by those without",
        1,
        Measure.OVERWRITE_UNCLEANED,
        Measure.OVERWRITE,
        0.5);
    bars.own("bytes beyond the value, for an object", Measure.OVERHEAD, 48, true);
    bars.own("opening after a clean close, ms", Measure.OPEN_CLEAN, 1000, true);
    bars.own("opening after a crash, GB/s", Measure.OPEN_CRASHED, 1, false);
    bars.byPeer("rate of commits, by the fastest transactional peer's", Measure.COMMIT, 3);
    bars.byPeer("rate of hot reads, by the fastest peer's that decodes", Measure.READ, 2);
    return bars.made;
  }

  /** Adds a bar if what it takes was measured. */
  private static final class Bars {
    private final Results results;
    private final List<Bar> made = new ArrayList<>();

    Bars(Results results) {
      this.results = results;
    }

    void own(String name, Measure measure, double limit, boolean atMost) {
      results.own(measure).ifPresent(v -> made.add(new Bar(name, v, limit, atMost, "")));
    }

    /** At least so many times as fast. */
    void ratio(String name, double factor, Measure over, Measure under, double limit) {
      OptionalDouble above = results.own(over);
      OptionalDouble below = results.own(under);
      if (above.isPresent() && below.isPresent()) {
        double value = factor * above.getAsDouble() / below.getAsDouble();
        made.add(new Bar(name, value, limit, false, ""));
      }
    }

    void inAppends(String name, Measure measure, double limit) {
      OptionalDouble commit = results.own(measure);
      OptionalDouble log = results.own(Measure.RAW_LOG);
      if (commit.isPresent() && log.isPresent()) {
        OptionalDouble warm = results.own(Measure.RAW_WARM);
        String aside =
            warm.isEmpty()
                ? ""
                : String.format(
                    Locale.ROOT, "%.1f warm appends", commit.getAsDouble() / warm.getAsDouble());
        made.add(new Bar(name, commit.getAsDouble() / log.getAsDouble(), limit, true, aside));
      }
    }

    void byPeer(String name, Measure measure, double limit) {
      OptionalDouble own = results.own(measure);
      OptionalDouble peer = results.bestPeer(measure);
      if (own.isPresent() && peer.isPresent()) {
        made.add(new Bar(name, peer.getAsDouble() / own.getAsDouble(), limit, false, ""));
      }
    }
  }
}
