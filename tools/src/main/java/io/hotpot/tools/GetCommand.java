package io.hotpot.tools;

import io.hotpot.store.Hotpot;
import io.hotpot.store.Ref;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code hotpot get}: single objects, decoded without their classes. */
@Command(
    name = "get",
    description = {
      "Print objects as JSON, by their references or by the names of roots.",
      "Those that exist are printed even if others do not; the exit code tells."
    },
    footer = {
      "",
      "Examples:",
      "  hotpot get bank @1.42.0                a reference as ls prints it",
      "  hotpot get bank accounts/ada           the root 'ada' of dataset 'accounts'",
      "  hotpot get hotpot://127.0.0.1 accounts/ada    of a running cluster"
    })
final class GetCommand implements Callable<Integer> {

  @Mixin StoreArgument store;

  @Mixin VisitorOptions visitor;

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "<object>",
      description = "a reference as ls prints it, such as @1.42.0, or <dataset>/<root>")
  List<String> names = List.of();

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  GetCommand() {}

  @Override
  public Integer call() {
    try (Hotpot hotpot = store.openReadOnly(visitor)) {
      // All names are understood before anything is printed.
      List<Ref<Object>> refs = new ArrayList<>();
      names.forEach(name -> refs.add(Names.object(hotpot, name)));
      List<Ref<Object>> missing = new ArrayList<>();
      for (Ref<Object> ref : refs) {
        if (!ObjectPrinter.print(hotpot, ref, store)) {
          missing.add(ref);
        }
      }
      if (missing.size() == 1) {
        throw ObjectPrinter.notFound(missing.getFirst());
      } else if (!missing.isEmpty()) {
        throw new Failure(ExitCode.PROBLEM, "there are no objects " + missing);
      }
    }
    return ExitCode.OK;
  }
}
