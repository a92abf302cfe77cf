package io.hotpot.tools.demo;

import io.hotpot.store.Hotpot;
import io.hotpot.store.HotpotOptions;
import io.hotpot.tools.Json;
import io.hotpot.tools.Terminal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code hotpot demo}: the product's main job, on real input, killed several times. */
@Command(
    name = "demo",
    description = {
      "Store the running JDK's own classes as a graph of persistent objects,",
      "kill the process that does it several times, and ask questions of what is left."
    },
    mixinStandardHelpOptions = true)
public final class DemoCommand implements Callable<Integer> {

  private static final int DIFFERENT = 1;

  @Option(
      names = "--store",
      paramLabel = "<dir>",
      description = "where to keep the store; by default a temporary folder, removed at the end")
  @Nullable Path directory;

  @Option(
      names = "--modules",
      split = ",",
      paramLabel = "<module>",
      description = "the modules to take, by default all of them")
  List<String> modules = List.of();

  @Option(
      names = "--kills",
      description = "how often to kill the child process (default: ${DEFAULT-VALUE})")
  int kills = 4;

  @Option(names = "--json", description = "print JSON")
  boolean json;

  @Spec CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  public DemoCommand() {}

  @Override
  public Integer call() throws IOException {
    List<String> known = ClassFiles.modules(List.of());
    for (String module : modules) {
      if (!known.contains(module)) {
        throw new ParameterException(
            spec.commandLine(), "this JDK has no module '" + module + "'; it has " + known);
      }
    }
    if (directory != null) {
      checkIsNew(directory);
      return new Run(directory).run();
    }
    Path temporary = Files.createTempDirectory("hotpot-demo-");
    try {
      return new Run(temporary).run();
    } finally {
      delete(temporary);
    }
  }

  private void checkIsNew(Path path) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    try (Stream<Path> files = Files.list(path)) {
      if (files.findAny().isPresent()) {
        throw new ParameterException(
            spec.commandLine(), path + " is not empty; the demo begins with a new store");
      }
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** One demonstration. */
  private final class Run {

    private final Path store;
    private final PrintWriter out = spec.commandLine().getOut();
    private final boolean isTerminal = Terminal.isInteractive();
    private final long begin = System.nanoTime();
    private final Map<String, Object> report = new LinkedHashMap<>();
    private final List<Object> openings = new ArrayList<>();
    private int classes;
    private int packages;
    private int storedPackages;
    private int linkedPackages;
    private int storedClasses;
    private int linkedClasses;
    private int children;
    private boolean allKept = true;

    Run(Path store) {
      this.store = store;
    }

    int run() {
      for (String module : ClassFiles.modules(modules)) {
        for (List<Path> files : ClassFiles.packages(module).values()) {
          packages++;
          classes += files.size();
        }
      }
      say(
          "The JDK's own classes as persistent objects: every class of jrt:/ becomes a Java record");
      say("in a store, and the classes it extends, implements and mentions become references.");
      say("");
      say("%,d classes in %,d packages; store in %s", classes, packages, store);
      say("");
      say("A child process stores them, one transaction a package, then links them, again one");
      say("transaction a package. It is killed with SIGKILL %d times.", kills);
      say("");
      for (int kill = 1; kill <= kills; kill++) {
        // Twice as much work as there are packages: storing and linking.
        child((int) (2L * packages * kill / (kills + 1)));
      }
      child(Integer.MAX_VALUE);
      double loadSeconds = seconds(begin);
      boolean same = ask();
      report.put("keptAllAcknowledged", allKept);
      report.put("loadSeconds", loadSeconds);
      report.put("seconds", seconds(begin));
      say("");
      say(
          "%s, in %.1f s.",
          same && allKept
              ? "Every acknowledged transaction survived, every answer is exact"
              : "FAILED",
          seconds(begin));
      if (json) {
        out.println(Json.of(report));
      }
      out.flush();
      return same && allKept ? 0 : DIFFERENT;
    }

    /** Runs one child until so many packages have been stored or linked, then kills it. */
    private void child(int killAfter) {
      children++;
      int acknowledged = storedPackages + linkedPackages;
      long started = System.nanoTime();
      Process process = start();
      String opened = "";
      boolean finished = false;
      try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          String[] words = line.split(" ");
          switch (words[0]) {
            case "opened" -> opened = opened(words, acknowledged);
            case "stored" -> {
              storedPackages++;
              storedClasses += Integer.parseInt(words[1]);
            }
            case "linked" -> {
              linkedPackages++;
              linkedClasses += Integer.parseInt(words[1]);
            }
            case "closed" -> finished = true;
            default -> throw new IllegalStateException("the child process says: " + line);
          }
          progress();
          if (storedPackages + linkedPackages >= killAfter) {
            process.destroyForcibly();
            break;
          }
        }
        process.waitFor();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        process.destroyForcibly();
        throw new IllegalStateException("interrupted", e);
      }
      clearProgress();
      if (killAfter == Integer.MAX_VALUE && !finished) {
        throw new IllegalStateException(
            "the child process ended with exit code "
                + process.exitValue()
                + " before its work was done");
      }
      say("%s", opened);
      say(
          "   %s after %.1f s: %,d classes stored, %,d linked",
          finished ? "finished" : "killed -9", seconds(started), storedClasses, linkedClasses);
    }

    private String opened(String[] words, int acknowledged) {
      double ms = Long.parseLong(words[1]) / 1000.0;
      long scanned = Long.parseLong(words[2]);
      boolean clean = Boolean.parseBoolean(words[3]);
      int found = Integer.parseInt(words[4]) + Integer.parseInt(words[5]);
      int damages = Integer.parseInt(words[6]);
      boolean kept = found >= acknowledged && damages == 0;
      allKept &= kept;
      Map<String, Object> opening = new LinkedHashMap<>();
      opening.put("openMs", ms);
      opening.put("scannedBytes", scanned);
      opening.put("clean", clean);
      opening.put("acknowledged", acknowledged);
      opening.put("found", found);
      openings.add(opening);
      report.put("openings", openings);
      // A commit may have been done, and its line not have come through.
      storedPackages = Integer.parseInt(words[4]);
      linkedPackages = Integer.parseInt(words[5]);
      if (children == 1) {
        return "process 1: a new store, opened in %.0f ms".formatted(ms);
      }
      return "process %d: opened in %.0f ms, %.1f MB of log read again; of %,d acknowledged transactions %s"
          .formatted(
              children,
              ms,
              scanned / 1e6,
              acknowledged,
              kept ? "all are there" : (acknowledged - found) + " ARE MISSING");
    }

    private Process start() {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.add("--enable-native-access=ALL-UNNAMED");
      command.add("--sun-misc-unsafe-memory-access=allow");
      command.add("-Xmx512m");
      command.add("-cp");
      command.add(System.getProperty("java.class.path"));
      command.add(Loader.class.getName());
      command.add(store.toString());
      command.addAll(modules);
      try {
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** Puts the questions; returns whether every answer is what the class files say. */
    private boolean ask() {
      Map<String, String> answers;
      try (Hotpot hotpot =
          Hotpot.open(store, HotpotOptions.defaults().withCreate(false).withReadOnly(true))) {
        say("");
        say(
            "heap: %s, durability %s (%s)",
            hotpot.heapInfo().kind(), hotpot.durability(), hotpot.heapInfo().mechanism());
        long started = System.nanoTime();
        long[] reads = new long[1];
        answers =
            hotpot
                .findDataset(Loader.DATASET)
                .orElseThrow()
                .read(
                    tx -> {
                      StoredGraph graph =
                          new StoredGraph(hotpot.findDataset(Loader.DATASET).orElseThrow(), tx);
                      Map<String, String> found = graph.answers();
                      reads[0] = graph.reads();
                      return found;
                    });
        long nanos = System.nanoTime() - started;
        report.put("readsFollowed", reads[0]);
        report.put("nsPerRead", nanos / Math.max(1, reads[0]));
        say(
            "%,d references followed for the answers, in %.1f s (%,d ns each, decoding included)",
            reads[0], nanos / 1e9, nanos / Math.max(1, reads[0]));
        hotpot
            .findDataset(Loader.DATASET)
            .ifPresent(
                jdk ->
                    say(
                        "%,d objects, %.1f MB of records, in %,d chunks of 4 MiB",
                        jdk.stats().objects(),
                        jdk.stats().liveBytes() / 1e6,
                        jdk.stats().chunks()));
      }
      say("");
      Map<String, String> expected = new ParsedGraph(ClassFiles.modules(modules)).answers();
      boolean same = true;
      List<Object> table = new ArrayList<>();
      for (Map.Entry<String, String> answer : answers.entrySet()) {
        String wanted = String.valueOf(expected.get(answer.getKey()));
        boolean equal = wanted.equals(answer.getValue());
        same &= equal;
        say("   %-27s %s", answer.getKey(), answer.getValue());
        if (!equal) {
          say("   %-27s %s", "  THE CLASS FILES SAY", wanted);
        }
        table.add(
            Map.of("question", answer.getKey(), "answer", answer.getValue(), "expected", wanted));
      }
      report.put("answers", table);
      say("   (each compared with a recomputation from jrt:/ without the store)");
      return same;
    }

    private void say(String format, Object... arguments) {
      if (!json) {
        out.printf(Locale.ROOT, format + "%n", arguments);
        out.flush();
      }
    }

    private long lastProgress;

    private void progress() {
      long now = System.nanoTime();
      if (json || !isTerminal || now - lastProgress < 100_000_000L) {
        return;
      }
      lastProgress = now;
      int width = 40;
      int done =
          (int) Math.min(width, (long) width * (storedPackages + linkedPackages) / (2L * packages));
      out.printf(
          "\r   [%s%s] %,d of %,d packages stored, %,d linked \u001b[K",
          "#".repeat(done), ".".repeat(width - done), storedPackages, packages, linkedPackages);
      out.flush();
    }

    private void clearProgress() {
      if (isTerminal && !json) {
        out.print("\r\u001b[K");
        out.flush();
      }
    }
  }

  private static double seconds(long begin) {
    return Math.round((System.nanoTime() - begin) / 1e7) / 100.0;
  }
}
