package io.hotpot.tools;

import io.hotpot.dispatcher.ClusterVisit;
import io.hotpot.replication.ClusterCounter;
import io.hotpot.replication.Traffic;
import io.hotpot.store.Hotpot;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hotpot events}: what processes with stores do, by their counters. */
@Command(
    name = "events",
    description = {
      "Show the counters of a store, which may be in use, or of all nodes of a cluster.",
      "They tell what the process that has, or was the last to have, the store open for writing has"
          + " done since it opened it: commits, retries, conflicts, bytes appended, flushes, sizes of"
          + " group commits, cache hits, work of the cleaner; of a node also what it has to do with"
          + " others: fetches and copies, commits by the number of owners, why they were tried again,"
          + " messages and bytes by kind, migrations and why they were refused.",
      "Of a store it reads a file beside the heap that is written once a second; a cluster's nodes are"
          + " asked through the dispatcher."
    },
    footer = {
      "",
      "Examples:",
      "  hotpot events bank --watch             like top; q or Ctrl-C ends it",
      "  hotpot events bank --watch --json      a JSON object each second",
      "  hotpot events hotpot://127.0.0.1       each node and all together",
      "  hotpot events --dispatcher hotpot://127.0.0.1 --watch 5 --json",
      "  hotpot events --explain                what the counters of a cluster mean"
    })
final class EventsCommand implements Callable<Integer> {

  private static final String CLUSTER = "hotpot://";

  /** To the top left corner; and: clear the rest of the line, of the screen. */
  private static final String HOME = "\u001b[H";

  private static final String CLEAR = "\u001b[2J";
  private static final String CLEAR_LINE = "\u001b[K";
  private static final String CLEAR_REST = "\u001b[J";

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "<store>",
      description = "the store's directory, or a cluster: hotpot://host:port")
  @Nullable String store;

  @Option(
      names = "--dispatcher",
      paramLabel = "<uri>",
      description = "a cluster: hotpot://host:port, several members with commas between them")
  @Nullable String dispatcher;

  @Option(
      names = {"-w", "--watch"},
      paramLabel = "<seconds>",
      arity = "1",
      preprocessor = WatchInterval.class,
      description = {
        "first the counters, then again and again what was added since, until it is ended; JSON lines"
            + " where the output is not a terminal. Without a number each second"
      })
  @Nullable Double watch;

  @Option(
      names = "--times",
      paramLabel = "<n>",
      description = "with --watch: end after so many times")
  long times = Long.MAX_VALUE;

  @Option(names = "--explain", description = "say what each counter of a cluster means, and end")
  boolean explain;

  @Option(names = "--json", description = "print JSON; an error is a JSON object on standard error")
  boolean json;

  @Mixin VisitorOptions visitor;

  @Spec CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  EventsCommand() {}

  /** Where counters are read, and how they are shown. */
  private interface Source extends AutoCloseable {
    CounterReading read();

    void print(CounterReading reading, PrintWriter out);

    Map<String, Object> toMap(CounterReading reading);

    @Override
    default void close() {}
  }

  @Override
  public Integer call() {
    if (explain) {
      explain();
      return ExitCode.OK;
    }
    try (Source source = source()) {
      if (watch == null) {
        show(source, source.read(), false);
      } else {
        watch(source, periodMs(watch));
      }
    }
    return ExitCode.OK;
  }

  private Source source() {
    if (dispatcher != null && store != null) {
      throw new Failure(ExitCode.USAGE, "give a store or --dispatcher, not both");
    }
    String where = dispatcher != null ? dispatcher : store;
    if (where == null) {
      throw new ParameterException(
          spec.commandLine(), "Missing required parameter: '<store>', or --dispatcher <uri>");
    }
    return dispatcher != null || where.startsWith(CLUSTER)
        ? new OfCluster(visitor.visit(where))
        : new OfStore(Path.of(where));
  }

  private static long periodMs(double seconds) {
    if (seconds < 0.1 || seconds > 86_400) {
      throw new Failure(ExitCode.USAGE, "--watch takes 0.1 to 86400 seconds, not " + seconds);
    }
    return Math.round(seconds * 1000);
  }

  private void watch(Source source, long periodMs) {
    boolean screen = Terminal.isInteractive() && !json;
    try (Keys keys = Keys.open()) {
      CounterReading before = source.read();
      show(source, before, screen);
      for (long i = 1; i < times && !keys.isPressed('q', periodMs); i++) {
        CounterReading now = source.read();
        show(source, now.since(before), screen);
        before = now;
      }
    }
    if (screen) {
      out().println();
    }
  }

  private void show(Source source, CounterReading reading, boolean screen) {
    if (screen) {
      StringWriter text = new StringWriter();
      source.print(reading, new PrintWriter(text));
      String lines = text.toString().replace("\n", CLEAR_LINE + "\n");
      out().print((reading.seconds() == 0 ? CLEAR : "") + HOME + lines + "q ends" + CLEAR_REST);
    } else if (json || watch != null) {
      out().println(Json.of(source.toMap(reading)));
    } else {
      source.print(reading, out());
    }
    out().flush();
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private void explain() {
    if (json) {
      out().println(Json.of(ClusterCounterTable.meanings()));
      return;
    }
    for (ClusterCounter.Group group : ClusterCounter.Group.values()) {
      out().println(group.title());
      for (ClusterCounter counter : ClusterCounter.values()) {
        if (counter.group() == group) {
          out().printf(Locale.ROOT, "  %-26s %s%n", counter.key(), counter.meaning());
        }
      }
    }
    out().println("messages");
    out()
        .printf(
            Locale.ROOT,
            "  %-26s %s%n",
            Traffic.COPIED,
            "bytes of messages copied from one buffer to another");
    out().println("messages by kind");
    out()
        .printf(
            Locale.ROOT,
            "  %-26s %s%n",
            "sentMessages.<kind>",
            "and sentBytes, receivedMessages, receivedBytes: docs/PROTOCOL.md, section 4");
  }

  /** A store's directory. */
  private record OfStore(Path directory) implements Source {

    private static final String NAME = "store";

    @Override
    public CounterReading read() {
      return CounterReading.of(NAME, Hotpot.lastCounters(directory));
    }

    @Override
    public void print(CounterReading reading, PrintWriter out) {
      Map<String, Long> counters = reading.of(NAME);
      if (reading.seconds() > 0) {
        out.printf(Locale.ROOT, "in the last %.1f s%n", reading.seconds());
      }
      Counters.print(counters, out);
      ClusterCounterTable.print(reading, false, out);
    }

    @Override
    public Map<String, Object> toMap(CounterReading reading) {
      return Counters.toMap(reading.of(NAME));
    }
  }

  /** All nodes of a cluster. */
  private record OfCluster(ClusterVisit visit) implements Source {

    @Override
    public CounterReading read() {
      return ClusterCounterReader.read(visit);
    }

    @Override
    public void print(CounterReading reading, PrintWriter out) {
      ClusterCounterTable.print(reading, true, out);
    }

    @Override
    public Map<String, Object> toMap(CounterReading reading) {
      return ClusterCounterTable.toMap(reading);
    }

    @Override
    public void close() {
      visit.close();
    }
  }
}
