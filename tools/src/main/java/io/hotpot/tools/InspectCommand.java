package io.hotpot.tools;

import io.hotpot.store.Dataset;
import io.hotpot.store.DatasetStats;
import io.hotpot.store.Hotpot;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code hotpot inspect}: what a store is and holds. Changes nothing. */
@Command(
    name = "inspect",
    description = "Show what a store is and holds; changes nothing.",
    mixinStandardHelpOptions = true)
final class InspectCommand implements Callable<Integer> {

  @Mixin StoreArgument store;
  @Spec CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  InspectCommand() {}

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try (Hotpot hotpot = store.openReadOnly()) {
      Map<String, Object> report = report(hotpot);
      if (store.json) {
        out.println(Json.of(report));
      } else {
        print(out, hotpot);
      }
    }
    return 0;
  }

  private static Map<String, Object> report(Hotpot hotpot) {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("heap", hotpot.heapInfo().kind());
    report.put("location", hotpot.heapInfo().location());
    report.put("durability", hotpot.heapInfo().durability());
    report.put("mechanism", hotpot.heapInfo().mechanism());
    report.put("reason", hotpot.heapInfo().reason());
    report.put("chunksInUse", hotpot.heapUse().chunksInUse());
    report.put("chunksAtMost", hotpot.heapUse().chunksAtMost());
    report.put("cleanlyClosed", hotpot.recovery().clean());
    List<Object> datasets = new ArrayList<>();
    for (Dataset dataset : hotpot.datasets()) {
      DatasetStats stats = dataset.stats();
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("name", stats.name());
      entry.put("mode", stats.mode());
      entry.put("objects", stats.objects());
      entry.put("liveBytes", stats.liveBytes());
      entry.put("chunks", stats.chunks());
      datasets.add(entry);
    }
    report.put("datasets", datasets);
    return report;
  }

  private static void print(PrintWriter out, Hotpot hotpot) {
    out.printf("heap        %s (%s)%n", hotpot.heapInfo().kind(), hotpot.heapInfo().reason());
    out.printf("location    %s%n", hotpot.heapInfo().location());
    out.printf(
        "durability  %s, by %s%n", hotpot.heapInfo().durability(), hotpot.heapInfo().mechanism());
    out.printf(
        "chunks      %,d of at most %,d (4 MiB each)%n",
        hotpot.heapUse().chunksInUse(), hotpot.heapUse().chunksAtMost());
    out.printf(
        "closed      %s%n%n", hotpot.recovery().clean() ? "cleanly" : "not cleanly: recovered");
    out.printf("%-24s %-5s %12s %14s %7s%n", "dataset", "mode", "objects", "live bytes", "chunks");
    for (Dataset dataset : hotpot.datasets()) {
      DatasetStats s = dataset.stats();
      out.printf(
          "%-24s %-5s %,12d %,14d %,7d%n",
          s.name(), s.mode(), s.objects(), s.liveBytes(), s.chunks());
    }
  }
}
