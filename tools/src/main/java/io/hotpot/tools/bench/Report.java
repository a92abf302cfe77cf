package io.hotpot.tools.bench;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/** Shows results: as tables for people, as a tree for JSON. */
final class Report {

  private static final int SETTING_COLUMN = 14;

  private final String medium;
  private final Results results;
  private final List<Bar> bars;

  Report(String medium, Results results) {
    this.medium = medium;
    this.results = results;
    this.bars = Bar.of(results);
  }

  // ---- for people

  void print(PrintWriter out) {
    out.printf("medium: %s, %d processors%n%n", medium, Runtime.getRuntime().availableProcessors());
    printOwn(out);
    if (!results.peers().isEmpty()) {
      out.println();
      printPeers(out);
    }
    out.println();
    bars.forEach(bar -> bar.print(out));
  }

  private void printOwn(PrintWriter out) {
    for (Measure measure : results.measures()) {
      Results.Cell cell = results.cell(Subject.HOTPOT, measure);
      if (cell.median().isEmpty()) {
        out.printf("%-88s failed%n", measure.description);
        continue;
      }
      out.printf(
          Locale.ROOT,
          "%-88s %,11.1f %-5s  (%,.1f .. %,.1f)%n",
          measure.description,
          cell.median().getAsDouble(),
          measure.unit,
          cell.least(),
          cell.most());
    }
  }

  /** The shared measures that were run: each is a column. */
  private List<Measure> columns() {
    return results.measures().stream().filter(Measure::isShared).toList();
  }

  private void printPeers(PrintWriter out) {
    List<Measure> columns = columns();
    out.printf("%-14s", "");
    columns.forEach(measure -> out.printf(" %9s", heading(measure)));
    out.println();
    printRow(out, Subject.HOTPOT);
    for (PeerKind peer : results.peers()) {
      if (results.skipped(peer).isEmpty()) {
        printRow(out, peer.name());
      } else {
        out.printf("%-14s skipped: %s%n", peer.name(), results.skipped(peer));
      }
    }
    out.printf("%-14s", "best / Hotpot");
    for (Measure measure : columns) {
      OptionalDouble ratio = bestByOwn(measure);
      out.print(
          ratio.isPresent()
              ? String.format(Locale.ROOT, " %9.2f", ratio.getAsDouble())
              : String.format(" %9s", "-"));
    }
    out.println();
    printNotes(out);
  }

  private void printRow(PrintWriter out, String subject) {
    out.printf("%-14s", subject);
    for (Measure measure : columns()) {
      Results.Cell cell = results.cell(subject, measure);
      out.printf(
          " %9s",
          cell.median().isPresent()
              ? shown(measure, cell.median().getAsDouble())
              : cell.isFailure() ? "failed" : "-");
    }
    out.println();
  }

  /** Times in microseconds: what is measured here spans five orders of magnitude. */
  private static String shown(Measure measure, double value) {
    double number = measure.unit.equals("ns") ? value / 1000 : value;
    return String.format(
        Locale.ROOT, number < 10 ? "%,.2f" : number < 1000 ? "%,.1f" : "%,.0f", number);
  }

  private void printNotes(PrintWriter out) {
    out.println();
    out.println(
        "Times in microseconds, opening in milliseconds, space as bytes taken by bytes live.");
    out.println(
        "best / Hotpot: the fastest transactional peer's figure by Hotpot's; above 1 Hotpot is better.");
    for (PeerKind peer : results.peers()) {
      out.printf("%-" + SETTING_COLUMN + "s%s%n", peer.name(), peer.setting());
      reasons(peer).forEach((reason, which) -> out.printf("%14s%s: %s%n", "", which, reason));
    }
  }

  /** Why a peer lacks figures: the reason, and the columns that share it. */
  private Map<String, String> reasons(PeerKind peer) {
    Map<String, String> reasons = new TreeMap<>();
    for (Measure measure : columns()) {
      Results.Cell cell = results.cell(peer.name(), measure);
      if (!cell.reason().isEmpty() && results.skipped(peer).isEmpty()) {
        reasons.merge(cell.reason(), "- " + heading(measure), (a, b) -> a + ", " + b.substring(2));
      }
    }
    return reasons;
  }

  private static String heading(Measure measure) {
    return switch (measure) {
      case COMMIT -> "commit";
      case COMMIT_TEN -> "of ten";
      case POWER -> "synced";
      case POWER_TEN -> "of ten, s";
      case POWER_MANY -> "64, s";
      case READ -> "read";
      case READ_TWO -> "2 readers";
      case SPACE_TEN -> "space";
      case OPEN_READ -> "open";
      case RAW_WARM,
          RAW_LOG,
          RAW_FLUSH,
          POWER_MANY_PLATFORM,
          SPACE,
          OVERWRITE,
          OVERWRITE_UNCLEANED,
          OVERHEAD,
          OPEN_CLEAN,
          OPEN_CRASHED ->
          measure.name();
    };
  }

  private OptionalDouble bestByOwn(Measure measure) {
    OptionalDouble own = results.own(measure);
    OptionalDouble best = results.bestPeer(measure);
    return own.isPresent() && best.isPresent()
        ? OptionalDouble.of(best.getAsDouble() / own.getAsDouble())
        : OptionalDouble.empty();
  }

  // ---- for programs

  Map<String, Object> toMap() {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("medium", medium);
    report.put("processors", Runtime.getRuntime().availableProcessors());
    Map<String, Object> measured = new LinkedHashMap<>();
    for (Measure measure : results.measures()) {
      measured.put(measure.name(), toMap(measure, results.cell(Subject.HOTPOT, measure)));
    }
    report.put("measures", measured);
    if (!results.peers().isEmpty()) {
      report.put("peers", results.peers().stream().map(this::toMap).toList());
      report.put("bestPeerByHotpot", ratios());
    }
    report.put("bars", bars.stream().map(Bar::toMap).toList());
    return report;
  }

  private Map<String, Object> toMap(PeerKind peer) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("name", peer.name());
    row.put("setting", peer.setting());
    row.put("transactional", peer.isTransactional());
    if (!results.skipped(peer).isEmpty()) {
      row.put("skipped", results.skipped(peer));
      return row;
    }
    Map<String, Object> measured = new LinkedHashMap<>();
    for (Measure measure : columns()) {
      measured.put(measure.name(), toMap(measure, results.cell(peer.name(), measure)));
    }
    row.put("measures", measured);
    return row;
  }

  private static Map<String, Object> toMap(Measure measure, Results.Cell cell) {
    Map<String, Object> row = new LinkedHashMap<>();
    if (cell.median().isEmpty()) {
      row.put(cell.isFailure() ? "failed" : "none", cell.reason());
      return row;
    }
    row.put("median", cell.median().getAsDouble());
    row.put("unit", measure.unit);
    row.put("all", cell.values());
    return row;
  }

  private Map<String, Object> ratios() {
    Map<String, Object> ratios = new LinkedHashMap<>();
    for (Measure measure : columns()) {
      bestByOwn(measure).ifPresent(ratio -> ratios.put(measure.name(), ratio));
    }
    return ratios;
  }
}
