package io.hotpot.store;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * A campaign: very many seeds of a simulated story, in several processes. {@code ./hotpot campaign}
 * starts it.
 *
 * <p>Tells on standard error how far it is, on standard output each seed that fails and how to run
 * it again, and in the end what came of it; {@code summary.json} in its folder always tells the
 * state. Interrupted and begun again with the same folder it goes on.
 */
final class Campaign {

  static final String USAGE =
      """
      usage: ./hotpot campaign FOLDER [--from=1] [--seeds=2000] [--jvms=2] [--memory=900m]
                                      [--story=cluster] [--failures=10]
             ./hotpot campaign FOLDER --again=SEED [--story=cluster]

        FOLDER      what came of each seed (seeds.log, summary.json); also the classes that are
                    run: a campaign that is begun again goes on with those it has begun with
        --from      the first seed
        --seeds     how many
        --jvms      so many at a time, each in a process of its own
        --memory    of each process
        --story     one of %s
        --failures  ends after so many
        --again     runs one seed, here, and prints all there is to know of it

      ends with 0 if all passed, 1 if not, 2 if it was not understood""";

  /** A process is given so many seeds at a time. */
  private static final int PIECE = 20;

  private static final long TELL_EVERY_NS = TimeUnit.SECONDS.toNanos(10);

  /** A seed takes a tenth of a second; a process that says nothing for so long hangs. */
  private static final long HANGS_AFTER_NS = TimeUnit.MINUTES.toNanos(20);

  private final CampaignOptions options;
  private final CampaignLog log;
  private final PrintStream out;
  private final PrintStream err;
  private final AtomicLong next;
  private final long beganNs = System.nanoTime();
  private final int before;

  private Campaign(CampaignOptions options, PrintStream out, PrintStream err) {
    this.options = options;
    this.log =
        new CampaignLog(options.folder().resolve("seeds.log"), options.from(), options.end());
    this.out = out;
    this.err = err;
    this.next = new AtomicLong(options.from());
    this.before = done();
  }

  public static void main(String[] args) throws InterruptedException {
    System.exit(
        run(
            List.of(args),
            new PrintStream(System.out, true, StandardCharsets.UTF_8),
            new PrintStream(System.err, true, StandardCharsets.UTF_8)));
  }

  /**
   * @return the exit code
   */
  static int run(List<String> args, PrintStream out, PrintStream err) throws InterruptedException {
    CampaignOptions options;
    try {
      options = CampaignOptions.of(args);
    } catch (IllegalArgumentException e) {
      err.println("hotpot: " + e.getMessage());
      err.println(USAGE.formatted(String.join(", ", CampaignWorker.STORIES.keySet())));
      return 2;
    }
    return options.again() != null ? again(options, out) : new Campaign(options, out, err).run();
  }

  private static int again(CampaignOptions options, PrintStream out) {
    long seed = options.again();
    try {
      long trace = CampaignWorker.STORIES.get(options.story()).apply(seed).run();
      out.println(seed + " passed, with the trace " + Long.toHexString(trace));
      return 0;
    } catch (AssertionError e) {
      e.printStackTrace(out);
      return 1;
    }
  }

  private int run() throws InterruptedException {
    List<Thread> workers = new ArrayList<>();
    for (int i = 1; i <= options.jvms(); i++) {
      int number = i;
      workers.add(Thread.ofPlatform().start(() -> work(number)));
    }
    for (Thread worker : workers) {
      while (!worker.join(java.time.Duration.ofNanos(TELL_EVERY_NS))) {
        tell();
      }
    }
    tell();
    out.println(
        done()
            + " of "
            + options.seeds()
            + " seeds run, "
            + log.passed()
            + " passed, "
            + log.failed().size()
            + " failed");
    return log.passed() == options.seeds() ? 0 : 1;
  }

  private int done() {
    return log.passed() + log.failed().size();
  }

  private boolean isOver() {
    return log.failed().size() >= options.failures();
  }

  // ---- the processes

  /** Keeps one process at work until there is nothing more to do. */
  private void work(int number) {
    long from = nextPiece();
    while (from >= 0 && !isOver()) {
      try (Worker worker = new Worker(number)) {
        while (from >= 0 && !isOver() && worker.runs(from)) {
          from = nextPiece();
        }
      }
    }
  }

  /** Its first seed; -1: there is none. */
  private long nextPiece() {
    long from = next.getAndAdd(PIECE);
    return from < options.end() ? from : -1;
  }

  /** A process, and what it is asked. */
  private final class Worker implements AutoCloseable {
    private final Process process;
    private final PrintStream asks;
    private final BufferedReader says;
    private final AtomicLong heardNs = new AtomicLong(System.nanoTime());
    private final Thread guard;

    Worker(int number) {
      try {
        process =
            new ProcessBuilder(options.command())
                .redirectError(
                    ProcessBuilder.Redirect.appendTo(
                        options.folder().resolve("jvm-" + number + ".err").toFile()))
                .start();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      asks = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
      says = process.inputReader(StandardCharsets.UTF_8);
      guard = Thread.ofPlatform().daemon().start(this::endIfItHangs);
    }

    private void endIfItHangs() {
      try {
        while (!process.waitFor(1, TimeUnit.SECONDS)) {
          if (System.nanoTime() - heardNs.get() > HANGS_AFTER_NS) {
            process.destroyForcibly();
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    /**
     * Has those seeds of a piece run that have not been yet.
     *
     * @return false if the process has died of one of them, which has failed then; the rest is to
     *     be asked again
     */
    boolean runs(long from) {
      for (long seed = from; seed < Math.min(from + PIECE, options.end()); seed++) {
        if (log.has(seed)) {
          continue;
        }
        asks.println(seed + " 1");
        String line = answer(seed);
        if (line == null) {
          line =
              CampaignLog.failed(
                  seed, "seed " + seed + ": the process has ended, or hangs; see jvm-*.err");
        }
        log.add(line);
        if (log.failed().containsKey(seed)) {
          tellFailure(seed);
        }
        if (isOver() || !process.isAlive()) {
          return false;
        }
      }
      return true;
    }

    /** What else it says, such as a profiler that somebody lets look at it, does not matter. */
    private String answer(long seed) {
      try {
        String line = says.readLine();
        while (line != null && !line.startsWith(seed + " ")) {
          line = says.readLine();
        }
        heardNs.set(System.nanoTime());
        return line;
      } catch (IOException e) {
        return null;
      }
    }

    @Override
    public void close() {
      asks.close();
      guard.interrupt();
      process.destroy();
    }
  }

  // ---- what is told

  private void tellFailure(long seed) {
    String why = log.failed().get(seed);
    out.println("FAILED " + why.lines().findFirst().orElse(""));
    out.println("  again: " + replay(seed));
  }

  private String replay(long seed) {
    return "./hotpot campaign "
        + options.folder()
        + " --again="
        + seed
        + (options.story().equals("cluster") ? "" : " --story=" + options.story());
  }

  private void tell() {
    double seconds = (System.nanoTime() - beganNs) / 1e9;
    double rate = (done() - before) / seconds;
    long left = options.seeds() - done();
    err.printf(
        "campaign: %d of %d seeds, %d failed, %.1f a second%s%n",
        done(),
        options.seeds(),
        log.failed().size(),
        rate,
        rate > 0 && left > 0 ? ", %.0f min left".formatted(left / rate / 60) : "");
    try {
      Path written = options.folder().resolve("summary.json.new");
      Files.writeString(written, json(seconds));
      Files.move(
          written,
          options.folder().resolve("summary.json"),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String json(double seconds) {
    Map<Long, String> failed = log.failed();
    return """
        {"story": %s, "from": %d, "seeds": %d, "passed": %d, "failed": %d, "complete": %b,
         "simulatedSeconds": %d, "secondsOfThisCall": %.0f,
         "failures": [%s]}
        """
        .formatted(
            quoted(options.story()),
            options.from(),
            options.seeds(),
            log.passed(),
            failed.size(),
            done() >= options.seeds(),
            TimeUnit.NANOSECONDS.toSeconds(log.simulatedNs()),
            seconds,
            failed.entrySet().stream()
                .map(
                    f ->
                        "{\"seed\": %d, \"again\": %s, \"why\": %s}"
                            .formatted(
                                f.getKey(), quoted(replay(f.getKey())), quoted(f.getValue())))
                .collect(Collectors.joining(",\n  ")));
  }

  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    text.chars()
        .forEach(
            c -> {
              if (c == '"' || c == '\\') {
                quoted.append('\\').append((char) c);
              } else if (c < ' ') {
                quoted.append("\\u%04x".formatted(c));
              } else {
                quoted.append((char) c);
              }
            });
    return quoted.append('"').toString();
  }
}
