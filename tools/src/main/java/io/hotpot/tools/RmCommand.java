package io.hotpot.tools;

import io.hotpot.store.Dataset;
import io.hotpot.store.Hotpot;
import io.hotpot.store.Ref;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code hotpot rm}: deletes objects. */
@Command(
    name = "rm",
    description = {
      "Delete objects; all of them or, if one does not exist, none.",
      "An object named as <dataset>/<root> loses that name too. References to it that other objects"
          + " keep say for ever that it is gone."
    },
    footer = {
      "",
      "Examples:",
      "  hotpot rm bank @1.42.0 @1.43.0",
      "  hotpot rm bank accounts/ada            the object and its name"
    })
final class RmCommand implements Callable<Integer> {

  @Mixin StoreArgument store;

  @Mixin VisitorOptions visitor;

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "<object>",
      description = "a reference as ls prints it, such as @1.42.0, or <dataset>/<root>")
  List<String> names = List.of();

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  RmCommand() {}

  @Override
  public Integer call() {
    try (Hotpot hotpot = store.openForWriting(visitor)) {
      Map<Ref<Object>, List<Names.RootName>> doomed = new LinkedHashMap<>();
      for (String name : names) {
        List<Names.RootName> roots =
            doomed.computeIfAbsent(Names.object(hotpot, name), ref -> new ArrayList<>());
        Names.root(hotpot, name).ifPresent(roots::add);
      }
      hotpot.run(
          tx ->
              doomed.forEach(
                  (ref, roots) -> {
                    if (tx.find(ref).isEmpty()) {
                      throw ObjectPrinter.notFound(ref);
                    }
                    if (!store.isCluster()) {
                      // Needed where writers exclude one another, harmless elsewhere.
                      tx.acquire(ref);
                    }
                    tx.delete(ref);
                    roots.forEach(root -> tx.removeRoot(root.dataset(), root.root()));
                  }));
      remarkOnNames(hotpot, doomed.keySet());
      if (store.json) {
        store.out().println(Json.of(Map.of("deleted", doomed.keySet())));
      }
    }
    return ExitCode.OK;
  }

  private void remarkOnNames(Hotpot hotpot, Set<Ref<Object>> deleted) {
    Set<String> left = new TreeSet<>();
    for (Dataset dataset : hotpot.datasets()) {
      dataset
          .read(tx -> tx.allRoots(dataset))
          .forEach(
              (name, ref) -> {
                if (deleted.stream().anyMatch(gone -> gone.id() == ref.id())) {
                  left.add(dataset.name() + "/" + name);
                }
              });
    }
    if (!left.isEmpty()) {
      store.note(
          "these roots name what is no longer there: "
              + left.stream().collect(Collectors.joining(", ")));
    }
  }
}
