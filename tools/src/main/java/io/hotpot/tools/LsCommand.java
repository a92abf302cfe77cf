package io.hotpot.tools;

import io.hotpot.store.CorruptException;
import io.hotpot.store.Dataset;
import io.hotpot.store.DatasetStats;
import io.hotpot.store.Hotpot;
import io.hotpot.store.Ref;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hotpot ls}: datasets, or the objects of one, decoded without their classes. */
@Command(
    name = "ls",
    description = {
      "List the datasets of a store, or the objects of one dataset.",
      "Each object is a line: its reference, which get, put and rm take, and its value as JSON,"
          + " read by the type that the store knows, without the application's classes."
    },
    footer = {
      "",
      "Examples:",
      "  hotpot ls bank                         its datasets",
      "  hotpot ls bank accounts --limit 10     ten objects",
      "  hotpot ls bank accounts --json | jq .value"
    })
final class LsCommand implements Callable<Integer> {

  @Mixin StoreArgument store;

  @Mixin VisitorOptions visitor;

  @Parameters(index = "1", arity = "0..1", paramLabel = "<dataset>", description = "its name")
  @Nullable String dataset;

  @Option(
      names = "--limit",
      paramLabel = "<n>",
      description = "print this many objects at most; 0: all (default: ${DEFAULT-VALUE})")
  long limit = 100;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  LsCommand() {}

  @Override
  public Integer call() {
    try (Hotpot hotpot = store.openReadOnly(visitor)) {
      if (dataset != null && store.isCluster()) {
        throw new Failure(
            ExitCode.USAGE,
            "the objects of a cluster are not listed yet; 'hotpot roots' names those to begin with");
      }
      if (dataset != null) {
        return objects(hotpot, Names.dataset(hotpot, dataset));
      }
      datasets(hotpot);
      return ExitCode.OK;
    }
  }

  private void datasets(Hotpot hotpot) {
    if (store.isCluster()) {
      List<String> names = hotpot.datasets().stream().map(Dataset::name).toList();
      if (store.json) {
        store.out().println(Json.of(names.stream().map(n -> Map.of("dataset", n)).toList()));
      } else {
        names.forEach(store.out()::println);
      }
      return;
    }
    if (store.json) {
      List<Object> rows = new ArrayList<>();
      for (Dataset each : hotpot.datasets()) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("dataset", each.name());
        row.put("objects", each.stats().objects());
        row.put("liveBytes", each.stats().liveBytes());
        rows.add(row);
      }
      store.out().println(Json.of(rows));
      return;
    }
    for (Dataset each : hotpot.datasets()) {
      DatasetStats stats = each.stats();
      store
          .out()
          .printf(
              Locale.ROOT,
              "%-24s %,12d objects %,14d bytes%n",
              each.name(),
              stats.objects(),
              stats.liveBytes());
    }
  }

  /** An object that is damaged is reported, and does not hide those behind it. */
  private int objects(Hotpot hotpot, Dataset from) {
    int exit = ExitCode.OK;
    long printed = 0;
    for (Ref<?> ref : from.refs()) {
      if (limit > 0 && printed == limit) {
        store.note("there are more than " + limit + " objects; --limit prints more of them");
        break;
      }
      try {
        printed += ObjectPrinter.print(hotpot, ref, store) ? 1 : 0;
      } catch (CorruptException e) {
        store.note(ref + " cannot be shown: " + e.getMessage());
        exit = ExitCode.PROBLEM;
      }
    }
    return exit;
  }
}
