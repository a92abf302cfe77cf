package io.hotpot.tools.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Runs measures, each in a JVM and a folder of its own, round after round. */
final class MeasureRunner {

  /** Is told what runs next. */
  @FunctionalInterface
  interface Watcher {
    void next(int round, String subject, Measure measure);
  }

  private final Path base;
  private final int scale;
  private final ChildJvm children;

  /**
   * @param base where the stores are made, and deleted
   * @param scale how much work: 20 is all of it
   */
  MeasureRunner(Path base, int scale) {
    this.base = base;
    this.scale = scale;
    this.children = new ChildJvm(base.resolve("tmp"));
  }

  /** In each round every measure is run of Hotpot and then, if they share it, of the peers. */
  void run(int rounds, List<Measure> measures, List<PeerKind> peers, Results results, Watcher watch)
      throws IOException, InterruptedException {
    for (int round = 1; round <= rounds; round++) {
      for (Measure measure : measures) {
        once(round, Subject.HOTPOT, measure, Map.of(), results, watch);
        for (PeerKind peer : measure.isShared() ? peers : List.<PeerKind>of()) {
          Map<String, String> environment = peer.environment(measure.isSynced());
          once(round, peer.name(), measure, environment, results, watch);
        }
      }
    }
  }

  private void once(
      int round,
      String subject,
      Measure measure,
      Map<String, String> environment,
      Results results,
      Watcher watch)
      throws IOException, InterruptedException {
    if (results.isOpen(subject, measure)) {
      watch.next(round, subject, measure);
      results.add(subject, measure, once(subject, measure, environment));
    }
  }

  private Outcome once(String subject, Measure measure, Map<String, String> environment)
      throws IOException, InterruptedException {
    Path directory = base.resolve("measured");
    try {
      if (measure.preparation() != null) {
        Outcome prepared = child(subject, measure, directory, environment, "prepare");
        if (!(prepared instanceof Outcome.Measured)) {
          return prepared;
        }
      }
      return child(subject, measure, directory, environment, "run");
    } finally {
      ChildJvm.delete(directory);
      ChildJvm.delete(base.resolve("tmp"));
    }
  }

  private Outcome child(
      String subject, Measure measure, Path directory, Map<String, String> environment, String what)
      throws IOException, InterruptedException {
    return children.run(
        measure.isSmall() && what.equals("run") ? "256m" : "2g",
        environment,
        BenchChild.class.getName(),
        subject,
        measure.name(),
        directory.toString(),
        Integer.toString(scale),
        what);
  }
}
