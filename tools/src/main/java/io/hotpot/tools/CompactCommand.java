package io.hotpot.tools;

import io.hotpot.store.Hotpot;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code hotpot compact}: moves live objects together. */
@Command(
    name = "compact",
    description = {
      "Move live objects together and free the chunks that this empties.",
      "An open store does this by itself, a little at a time; 'inspect' shows what there is to"
          + " gain. Free chunks are used again; the file does not get shorter."
    },
    footer = {"", "Example:", "  hotpot compact bank"})
final class CompactCommand implements Callable<Integer> {

  @Mixin StoreArgument store;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  CompactCommand() {}

  @Override
  public Integer call() {
    try (Interruption interruption = Interruption.watch();
        Hotpot hotpot = store.openForWriting()) {
      int freed;
      try (ProgressLine line = store.progress("compacting", "chunks")) {
        freed =
            hotpot.compact(
                (done, total) -> {
                  line.report(done, total);
                  interruption.check("what was moved so far is in order");
                });
      }
      int inUse = hotpot.heapUse().chunksInUse();
      if (store.json) {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("chunksFreed", freed);
        report.put("chunksInUse", inUse);
        store.out().println(Json.of(report));
      } else {
        store.out().println(freed + " chunks of 4 MiB freed, " + inUse + " in use");
      }
    }
    return ExitCode.OK;
  }
}
