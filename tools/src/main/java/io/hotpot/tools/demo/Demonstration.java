package io.hotpot.tools.demo;

import io.hotpot.store.Dataset;
import io.hotpot.store.DatasetStats;
import io.hotpot.store.Hotpot;
import io.hotpot.store.HotpotOptions;
import io.hotpot.tools.ExitCode;
import io.hotpot.tools.Failure;
import io.hotpot.tools.Interruption;
import io.hotpot.tools.ProgressLine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One run of the demo: load under kills, then ask, then compare. */
final class Demonstration {

  private final Path store;
  private final List<String> modules;
  private final Narrator narrator;
  private final Interruption interruption;
  private final Consumer<@Nullable LoaderProcess> watcher;
  private final long begin = System.nanoTime();
  private final Map<String, Object> report = new LinkedHashMap<>();
  private final List<Object> openings = new ArrayList<>();
  private int packages;
  private int lost;

  /** What the child processes have acknowledged so far. */
  private int storedPackages;

  private int linkedPackages;
  private int storedClasses;
  private int linkedClasses;

  /**
   * @param watcher is told which child process is running
   */
  Demonstration(
      Path store,
      List<String> modules,
      Narrator narrator,
      Interruption interruption,
      Consumer<@Nullable LoaderProcess> watcher) {
    this.store = store;
    this.modules = modules;
    this.narrator = narrator;
    this.interruption = interruption;
    this.watcher = watcher;
  }

  /** What was measured. */
  Map<String, Object> report() {
    return report;
  }

  /** Returns whether nothing was lost and every answer is exact. */
  boolean run(int kills) {
    int classes = 0;
    for (String module : ClassFiles.modules(modules)) {
      for (List<Path> files : ClassFiles.packages(module).values()) {
        packages++;
        classes += files.size();
      }
    }
    narrator.introduction(classes, packages, kills, store);
    for (int kill = 1; kill <= kills; kill++) {
      // Twice as much work as there are packages: storing and linking.
      child(kill, (int) (2L * packages * kill / (kills + 1)));
    }
    child(kills + 1, Integer.MAX_VALUE);
    report.put("classes", classes);
    report.put("packages", packages);
    report.put("kills", kills);
    report.put("openings", openings);
    report.put("transactionsLost", lost);
    report.put("loadSeconds", seconds(begin));
    narrator.say("");
    narrator.say("%d kills, %d of %,d acknowledged transactions lost.", kills, lost, 2 * packages);
    boolean same = ask();
    boolean passed = same && lost == 0;
    report.put("passed", passed);
    report.put("seconds", seconds(begin));
    narrator.say("");
    narrator.say(
        "%s (%.1f s)",
        passed
            ? "PASSED: every acknowledged transaction survived, every answer is exact."
            : "FAILED: see above.",
        seconds(begin));
    return passed;
  }

  // ---- loading

  /** Runs one child until so many packages have been stored or linked, then kills it. */
  private void child(int number, int killAfter) {
    long started = System.nanoTime();
    LoaderProcess process = new LoaderProcess(store, modules);
    watcher.accept(process);
    Run run = new Run(number, storedPackages + linkedPackages);
    try (ProgressLine line = narrator.progress("  run " + number, "transactions")) {
      process.listen(
          message -> {
            run.take(message);
            line.report(storedPackages + linkedPackages, 2L * packages);
            if (!run.killed && storedPackages + linkedPackages >= killAfter) {
              run.killed = true;
              process.kill();
            }
          });
    }
    watcher.accept(null);
    interruption.check("the child process was ended");
    if (!run.killed && !run.finished) {
      throw new Failure(
          ExitCode.PROBLEM,
          "child process "
              + number
              + " ended by itself, with exit code "
              + process.exitValue()
              + ", before its work was done");
    }
    run.print(seconds(started));
  }

  /** What one child process did. */
  private final class Run {

    private final int number;
    private final int acknowledged;
    private LoaderProcess.@Nullable Opened opened;
    private boolean killed;
    private boolean finished;

    /**
     * @param acknowledged transactions, by the processes before
     */
    Run(int number, int acknowledged) {
      this.number = number;
      this.acknowledged = acknowledged;
    }

    void take(LoaderProcess.Message message) {
      switch (message) {
        case LoaderProcess.Opened now -> opened(now);
        case LoaderProcess.Stored stored -> {
          storedPackages++;
          storedClasses += stored.classes();
        }
        case LoaderProcess.Linked linked -> {
          linkedPackages++;
          linkedClasses += linked.classes();
        }
        case LoaderProcess.Closed closed -> finished = true;
      }
    }

    private void opened(LoaderProcess.Opened now) {
      opened = now;
      int found = now.stored() + now.linked();
      lost += Math.max(0, acknowledged - found) + now.damages();
      // A commit may have been done, and its line not have come through.
      storedPackages = now.stored();
      linkedPackages = now.linked();
      storedClasses = now.storedClasses();
      linkedClasses = now.linkedClasses();
      Map<String, Object> opening = new LinkedHashMap<>();
      opening.put("openMs", now.micros() / 1000.0);
      opening.put("scannedBytes", now.scannedBytes());
      opening.put("clean", now.clean());
      opening.put("acknowledged", acknowledged);
      opening.put("found", found);
      opening.put("damages", now.damages());
      openings.add(opening);
    }

    void print(double seconds) {
      LoaderProcess.Opened now = opened;
      if (now == null) {
        narrator.say("  %3d  killed before it had opened the store", number);
        return;
      }
      int found = now.stored() + now.linked();
      String kept =
          number == 1
              ? "a new store"
              : found >= acknowledged
                  ? String.format(Locale.ROOT, "all %,d kept", acknowledged)
                  : String.format(Locale.ROOT, "%,d MISSING", acknowledged - found);
      narrator.say(
          "  %3d  %6.0f ms  %5.1f MB  %-15s  %,7d %,7d  %s, %.1f s",
          number,
          now.micros() / 1000.0,
          now.scannedBytes() / 1e6,
          kept,
          storedClasses,
          linkedClasses,
          killed ? "kill -9" : "closed",
          seconds);
    }
  }

  // ---- asking

  /** Puts the questions; returns whether every answer is what the class files say. */
  private boolean ask() {
    narrator.say("");
    Map<String, String> answers = answersOfTheStore();
    Comparison comparison = Comparison.of(answers, modules, narrator);
    report.put("answers", comparison.table());
    return comparison.same();
  }

  private Map<String, String> answersOfTheStore() {
    HotpotOptions options = HotpotOptions.defaults().withCreate(false).withReadOnly(true);
    try (Hotpot hotpot = Hotpot.open(store, options)) {
      Dataset jdk = hotpot.findDataset(Loader.DATASET).orElseThrow();
      long started = System.nanoTime();
      long[] reads = new long[1];
      Map<String, String> answers;
      try (ProgressLine line = narrator.progress("asking the store", "references followed")) {
        answers =
            jdk.read(
                tx -> {
                  StoredGraph graph = new StoredGraph(jdk, tx, line);
                  Map<String, String> found = graph.answers();
                  reads[0] = graph.reads();
                  return found;
                });
      }
      describe(hotpot, jdk.stats(), reads[0], System.nanoTime() - started);
      return answers;
    }
  }

  private void describe(Hotpot hotpot, DatasetStats stats, long reads, long nanos) {
    long nsPerRead = nanos / Math.max(1, reads);
    report.put("heap", hotpot.heapInfo().kind());
    report.put("durability", hotpot.durability());
    report.put("objects", stats.objects());
    report.put("liveBytes", stats.liveBytes());
    report.put("readsFollowed", reads);
    report.put("nsPerRead", nsPerRead);
    narrator.say(
        "heap %s, durability %s (%s)",
        hotpot.heapInfo().kind(), hotpot.durability(), hotpot.heapInfo().mechanism());
    narrator.say(
        "%,d objects, %.1f MB of records, in %,d chunks of 4 MiB",
        stats.objects(), stats.liveBytes() / 1e6, stats.chunks());
    narrator.say(
        "%,d references followed in %.1f s to answer five questions: %,d ns each",
        reads, nanos / 1e9, nsPerRead);
  }

  private static double seconds(long begin) {
    return Math.round((System.nanoTime() - begin) / 1e7) / 100.0;
  }
}
