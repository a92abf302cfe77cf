package io.hotpot.tools.bench;

import io.hotpot.tools.Json;
import io.hotpot.tools.Terminal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code hotpot bench}: every measure in its own JVM, in turn, several rounds, medians. */
@Command(
    name = "bench",
    description = {
      "Measure the store beside the limits of this machine.",
      "Each measure runs in its own JVM; the rounds take turns; medians are printed."
    },
    mixinStandardHelpOptions = true)
public final class BenchCommand implements Callable<Integer> {

  @Option(names = "--quick", description = "a tenth of the work, one round: only to see it run")
  boolean quick;

  @Option(names = "--rounds", description = "rounds (default: ${DEFAULT-VALUE})")
  int rounds = 3;

  @Option(
      names = "--dir",
      paramLabel = "<dir>",
      description = "where to measure; by default the temporary folder")
  @Nullable Path directory;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "<measure>",
      description = "these only: ${COMPLETION-CANDIDATES}")
  List<Measure> only = List.of(Measure.values());

  @Option(names = "--json", description = "print JSON")
  boolean json;

  @Spec CommandSpec spec;

  private final Map<Measure, List<Double>> results = new EnumMap<>(Measure.class);

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  public BenchCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path base =
        directory == null
            ? Files.createTempDirectory("hotpot-bench-")
            : Files.createDirectories(directory.resolve("hotpot-bench"));
    int scale = quick ? 2 : 20;
    int count = quick ? 1 : rounds;
    try {
      for (int round = 0; round < count; round++) {
        for (Measure measure : only) {
          progress(round, count, measure);
          results.computeIfAbsent(measure, m -> new ArrayList<>()).add(once(measure, base, scale));
        }
      }
    } finally {
      delete(base);
      clearProgress();
    }
    print(base);
    return 0;
  }

  private double once(Measure measure, Path base, int scale)
      throws IOException, InterruptedException {
    Path store = base.resolve(measure.name().toLowerCase(Locale.ROOT));
    child(measure, store, scale, "prepare");
    double result = child(measure, store, scale, "run");
    delete(store);
    return result;
  }

  private static double child(Measure measure, Path store, int scale, String what)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    boolean small = measure == Measure.OPEN_CLEAN || measure == Measure.OPEN_CRASHED;
    command.addAll(
        List.of(
            small && what.equals("run") ? "-Xmx256m" : "-Xmx2g",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            BenchChild.class.getName(),
            measure.name(),
            store.toString(),
            Integer.toString(scale),
            what));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    double result = Double.NaN;
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("result ")) {
          result = Double.parseDouble(line.substring("result ".length()));
        }
      }
    }
    int exit = process.waitFor();
    if (exit != 0 || (what.equals("run") && Double.isNaN(result))) {
      throw new IllegalStateException(
          measure + " (" + what + ") ended with exit code " + exit + " and without a result");
    }
    return result;
  }

  private static void delete(Path path) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  // ---- what came out

  private double median(Measure measure) {
    List<Double> sorted = Objects.requireNonNull(results.get(measure)).stream().sorted().toList();
    return sorted.get(sorted.size() / 2);
  }

  private boolean has(Measure... measures) {
    return List.of(measures).stream().allMatch(results::containsKey);
  }

  private void print(Path base) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("medium", medium(base));
    report.put("processors", Runtime.getRuntime().availableProcessors());
    Map<String, Object> measured = new LinkedHashMap<>();
    for (Measure measure : results.keySet()) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("median", median(measure));
      row.put("unit", measure.unit);
      row.put("all", results.get(measure));
      measured.put(measure.name(), row);
    }
    report.put("measures", measured);
    List<Bar> bars = bars();
    report.put("bars", bars.stream().map(Bar::toMap).toList());
    if (json) {
      out.println(Json.of(report));
      return;
    }
    out.printf(
        "medium: %s, %d processors%n%n", medium(base), Runtime.getRuntime().availableProcessors());
    results.forEach(
        (measure, values) ->
            out.printf(
                Locale.ROOT,
                "%-82s %,12.1f %-5s  (%,.1f .. %,.1f)%n",
                measure.description,
                median(measure),
                measure.unit,
                values.stream().mapToDouble(v -> v).min().orElse(0),
                values.stream().mapToDouble(v -> v).max().orElse(0)));
    out.println();
    for (Bar bar : bars) {
      out.printf(
          Locale.ROOT,
          "%-60s %8.2f   %-12s %s%n",
          bar.name,
          bar.value,
          bar.wanted(),
          bar.isMet() ? "met" : "NOT MET");
    }
  }

  private static String medium(Path base) throws IOException {
    return Files.getFileStore(Objects.requireNonNull(base.getParent())).type()
        + " at "
        + base.getParent();
  }

  /** The bars that the project has set itself, as ratios of what was measured in this run. */
  private List<Bar> bars() {
    List<Bar> bars = new ArrayList<>();
    if (has(Measure.COMMIT, Measure.RAW_APPEND)) {
      bars.add(
          new Bar(
              "a commit, in raw appends",
              median(Measure.COMMIT) / median(Measure.RAW_APPEND),
              8,
              true));
    }
    if (has(Measure.COMMIT_TEN, Measure.RAW_APPEND)) {
      bars.add(
          new Bar(
              "a commit of ten, in raw appends",
              median(Measure.COMMIT_TEN) / median(Measure.RAW_APPEND),
              25,
              true));
    }
    if (has(Measure.READ)) {
      bars.add(new Bar("a hot read, ns", median(Measure.READ), 150, true));
    }
    if (has(Measure.READ, Measure.READ_TWO)) {
      bars.add(
          new Bar(
              "reads of two threads, by those of one",
              2 * median(Measure.READ) / median(Measure.READ_TWO),
              1.8,
              false));
    }
    if (has(Measure.POWER, Measure.RAW_FLUSH)) {
      bars.add(
          new Bar(
              "rate of durable commits, by that of fdatasync",
              median(Measure.RAW_FLUSH) / median(Measure.POWER),
              0.9,
              false));
    }
    if (has(Measure.POWER, Measure.POWER_MANY)) {
      bars.add(
          new Bar(
              "rate of 64 durable committers, by that of one",
              median(Measure.POWER) / median(Measure.POWER_MANY),
              20,
              false));
    }
    if (has(Measure.SPACE)) {
      bars.add(new Bar("chunks in use, by live bytes", median(Measure.SPACE), 1.5, true));
    }
    if (has(Measure.OVERWRITE, Measure.OVERWRITE_UNCLEANED)) {
      bars.add(
          new Bar(
              "overwrites beside the cleaner, by those without",
              median(Measure.OVERWRITE_UNCLEANED) / median(Measure.OVERWRITE),
              0.5,
              false));
    }
    if (has(Measure.OVERHEAD)) {
      bars.add(
          new Bar("bytes beyond the value, for an object", median(Measure.OVERHEAD), 48, true));
    }
    if (has(Measure.OPEN_CLEAN)) {
      bars.add(new Bar("opening after a clean close, ms", median(Measure.OPEN_CLEAN), 1000, true));
    }
    if (has(Measure.OPEN_CRASHED)) {
      bars.add(new Bar("opening after a crash, GB/s", median(Measure.OPEN_CRASHED), 1, false));
    }
    return bars;
  }

  /** A figure that the project wants to reach. */
  private record Bar(String name, double value, double limit, boolean atMost) {

    String wanted() {
      return (atMost ? "<= " : ">= ") + limit;
    }

    boolean isMet() {
      return atMost ? value <= limit : value >= limit;
    }

    Map<String, Object> toMap() {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("bar", name);
      row.put("value", value);
      row.put("wanted", wanted());
      row.put("met", isMet());
      return row;
    }
  }

  private void progress(int round, int count, Measure measure) {
    if (Terminal.isInteractive() && !json) {
      PrintWriter out = spec.commandLine().getOut();
      out.printf("\rround %d of %d: %s\u001b[K", round + 1, count, measure.description);
      out.flush();
    }
  }

  private void clearProgress() {
    if (Terminal.isInteractive() && !json) {
      PrintWriter out = spec.commandLine().getOut();
      out.print("\r\u001b[K");
      out.flush();
    }
  }
}
