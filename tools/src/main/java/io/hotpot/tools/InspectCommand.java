package io.hotpot.tools;

import io.hotpot.store.Hotpot;
import io.hotpot.store.StoreLocked;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code hotpot inspect}: what a store is and holds. Changes nothing. */
@Command(
    name = "inspect",
    description = {
      "Show what a store is and holds.",
      "That is: its heap and why it is of that kind; what a commit survives there; chunks and how"
          + " full of live objects they are; datasets; types in all their versions; what its last"
          + " user, the cleaner and recovery did. Changes nothing.",
      "Of a store in use it shows what the head of the heap and the counters tell."
    },
    footer = {"", "Examples:", "  hotpot inspect bank", "  hotpot inspect bank --json | jq .types"})
final class InspectCommand implements Callable<Integer> {

  @Mixin StoreArgument store;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  InspectCommand() {}

  @Override
  public Integer call() {
    try (Hotpot hotpot = store.openQuietly()) {
      Inspection inspection = new Inspection(store.directory, hotpot);
      if (store.json) {
        store.out().println(Json.of(inspection.toMap()));
      } else {
        inspection.print(store.out());
      }
    } catch (StoreLocked e) {
      LiveInspection inspection =
          new LiveInspection(store.directory, String.valueOf(e.getMessage()));
      if (store.json) {
        store.out().println(Json.of(inspection.toMap()));
      } else {
        inspection.print(store.out());
      }
    }
    return ExitCode.OK;
  }
}
