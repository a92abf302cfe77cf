package io.hotpot.tools;

import io.hotpot.store.Dataset;
import io.hotpot.store.Hotpot;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code hotpot roots}. */
@Command(
    name = "roots",
    description = {
      "List the named roots of all datasets or of one: the objects that applications start from.",
      "Each is a line: <dataset>/<root>, which get, put and rm take, and its reference."
    },
    footer = {"", "Example:", "  hotpot roots bank accounts"})
final class RootsCommand implements Callable<Integer> {

  @Mixin StoreArgument store;

  @Mixin VisitorOptions visitor;

  @Parameters(index = "1", arity = "0..1", paramLabel = "<dataset>", description = "its name")
  @Nullable String dataset;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  RootsCommand() {}

  @Override
  public Integer call() {
    Map<String, Object> report = new LinkedHashMap<>();
    try (Hotpot hotpot = store.openReadOnly(visitor)) {
      List<Dataset> datasets =
          dataset == null ? hotpot.datasets() : List.of(Names.dataset(hotpot, dataset));
      for (Dataset each : datasets) {
        Map<String, Object> roots = new LinkedHashMap<>();
        each.read(tx -> tx.allRoots(each)).forEach((name, ref) -> roots.put(name, ref.toString()));
        report.put(each.name(), roots);
        if (!store.json) {
          roots.forEach((name, ref) -> store.out().println(each.name() + "/" + name + " " + ref));
        }
      }
    }
    if (store.json) {
      store.out().println(Json.of(report));
    }
    return ExitCode.OK;
  }
}
