package io.hotpot.tools;

import io.hotpot.store.Hotpot;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * {@code hotpot events}: the counters that the process which has the store open writes beside it.
 */
@Command(
    name = "events",
    description = {
      "Show what the process that has, or had, the store open has done since it opened it.",
      "Reads a file beside the heap that is written once a second; the store may be in use."
    },
    mixinStandardHelpOptions = true)
final class EventsCommand implements Callable<Integer> {

  @Mixin StoreArgument store;
  @Spec CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  EventsCommand() {}

  @Override
  public Integer call() {
    Map<String, Long> counters = Hotpot.lastCounters(store.directory);
    PrintWriter out = spec.commandLine().getOut();
    if (store.json) {
      out.println(Json.of(counters));
    } else {
      counters.forEach((name, count) -> out.printf("%-28s %,20d%n", name, count));
    }
    return 0;
  }
}
