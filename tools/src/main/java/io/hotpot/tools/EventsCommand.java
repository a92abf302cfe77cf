package io.hotpot.tools;

import io.hotpot.store.Hotpot;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code hotpot events}: what the process that has the store open does, by its counters. */
@Command(
    name = "events",
    description = {
      "Show the counters of a store, which may be in use.",
      "They tell what the process that has, or was the last to have, the store open for writing has"
          + " done since it opened it: commits, retries, conflicts, bytes appended, flushes, sizes of"
          + " group commits, cache hits, work of the cleaner.",
      "Reads a file beside the heap that is written once a second; the store may be in use."
    },
    footer = {
      "",
      "Examples:",
      "  hotpot events bank --watch             like top; q or Ctrl-C ends it",
      "  hotpot events bank --watch --json      a JSON object each second"
    })
final class EventsCommand implements Callable<Integer> {

  private static final long PERIOD_MS = 1000;

  /** To the top left corner; and: clear the rest of the line, of the screen. */
  private static final String HOME = "\u001b[H";

  private static final String CLEAR = "\u001b[2J";
  private static final String CLEAR_LINE = "\u001b[K";
  private static final String CLEAR_REST = "\u001b[J";

  @Mixin StoreArgument store;

  @Option(
      names = {"-w", "--watch"},
      description = {
        "once a second, anew; JSON lines where the output is not a terminal, until it is ended"
      })
  boolean watch;

  @Option(
      names = "--times",
      paramLabel = "<n>",
      description = "with --watch: end after so many times")
  long times = Long.MAX_VALUE;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  EventsCommand() {}

  @Override
  public Integer call() {
    if (!watch) {
      print(Hotpot.lastCounters(store.directory));
      return ExitCode.OK;
    }
    boolean screen = Terminal.isInteractive() && !store.json;
    try (Keys keys = Keys.open()) {
      for (long i = 1; ; i++) {
        Map<String, Long> counters = Hotpot.lastCounters(store.directory);
        if (screen) {
          store.out().print((i == 1 ? CLEAR : "") + HOME + screen(counters));
        } else {
          store.out().println(Json.of(Counters.toMap(counters)));
        }
        store.out().flush();
        if (i >= times || keys.isPressed('q', PERIOD_MS)) {
          break;
        }
      }
    }
    if (screen) {
      store.out().println();
    }
    return ExitCode.OK;
  }

  private static String screen(Map<String, Long> counters) {
    StringWriter text = new StringWriter();
    Counters.print(counters, new PrintWriter(text));
    return text.toString().replace("\n", CLEAR_LINE + "\n") + "q ends" + CLEAR_REST;
  }

  private void print(Map<String, Long> counters) {
    if (store.json) {
      store.out().println(Json.of(Counters.toMap(counters)));
    } else {
      Counters.print(counters, store.out());
    }
  }
}
