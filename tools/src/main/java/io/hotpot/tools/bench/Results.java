package io.hotpot.tools.bench;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/** What was measured, of Hotpot and of its peers, and why what is missing is missing. */
final class Results {

  /**
   * All values of a measure of one store.
   *
   * @param values one a round
   * @param reason why there are none; empty if there are
   * @param isFailure whether that is an error
   */
  record Cell(List<Double> values, String reason, boolean isFailure) {

    static Cell none(String reason) {
      return new Cell(List.of(), reason, false);
    }

    /** The value in the middle; the upper one of two. */
    OptionalDouble median() {
      return values.isEmpty()
          ? OptionalDouble.empty()
          : OptionalDouble.of(values.stream().sorted().toList().get(values.size() / 2));
    }

    double least() {
      return values.stream().mapToDouble(v -> v).min().orElse(0);
    }

    double most() {
      return values.stream().mapToDouble(v -> v).max().orElse(0);
    }
  }

  private static final Cell NOT_RUN = Cell.none("it was not asked for");

  private final Map<String, Map<Measure, Cell>> cells = new LinkedHashMap<>();
  private final Map<String, String> skipped = new LinkedHashMap<>();
  private final List<PeerKind> peers;

  Results(List<PeerKind> peers) {
    this.peers = List.copyOf(peers);
    cells.put(Subject.HOTPOT, new EnumMap<>(Measure.class));
    for (PeerKind peer : peers) {
      Map<Measure, Cell> row = new EnumMap<>(Measure.class);
      peer.unfit().forEach((measure, reason) -> row.put(measure, Cell.none(reason)));
      cells.put(peer.name(), row);
    }
  }

  List<PeerKind> peers() {
    return peers;
  }

  void add(String subject, Measure measure, Outcome outcome) {
    switch (outcome) {
      case Outcome.Measured(String result) -> addValue(subject, measure, result);
      case Outcome.Skipped(String reason) -> skipped.put(subject, reason);
      case Outcome.Failed(String reason) ->
          row(subject).put(measure, new Cell(List.of(), reason, true));
    }
  }

  private void addValue(String subject, Measure measure, String result) {
    List<Double> values = new ArrayList<>(cell(subject, measure).values());
    values.add(Double.parseDouble(result));
    row(subject).put(measure, new Cell(List.copyOf(values), "", false));
  }

  /** False if trying (again) would be in vain. */
  boolean isOpen(String subject, Measure measure) {
    Cell cell = cell(subject, measure);
    return !skipped.containsKey(subject) && (cell.equals(NOT_RUN) || cell.reason().isEmpty());
  }

  Cell cell(String subject, Measure measure) {
    return row(subject).getOrDefault(measure, NOT_RUN);
  }

  /** The median of Hotpot's own values. */
  OptionalDouble own(Measure measure) {
    return cell(Subject.HOTPOT, measure).median();
  }

  /** The measures that Hotpot has run, in the order of their declaration. */
  Set<Measure> measures() {
    return row(Subject.HOTPOT).keySet();
  }

  /** Why a peer could not run at all; empty if it could. */
  String skipped(PeerKind peer) {
    return skipped.getOrDefault(peer.name(), "");
  }

  /** The least median among the transactional peers. */
  OptionalDouble bestPeer(Measure measure) {
    return peers.stream()
        .filter(PeerKind::isTransactional)
        .map(peer -> cell(peer.name(), measure).median())
        .filter(OptionalDouble::isPresent)
        .mapToDouble(OptionalDouble::getAsDouble)
        .min();
  }

  /** What failed, each as "store, measure: reason". */
  List<String> failures() {
    List<String> failures = new ArrayList<>();
    cells.forEach(
        (subject, row) ->
            row.forEach(
                (measure, cell) -> {
                  if (cell.isFailure()) {
                    failures.add(subject + ", " + measure + ": " + cell.reason());
                  }
                }));
    return failures;
  }

  private Map<Measure, Cell> row(String subject) {
    Map<Measure, Cell> row = cells.get(subject);
    if (row == null) {
      throw new IllegalArgumentException("not measured: " + subject);
    }
    return row;
  }
}
