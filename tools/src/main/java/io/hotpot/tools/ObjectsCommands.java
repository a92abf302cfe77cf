package io.hotpot.tools;

import io.hotpot.store.Dataset;
import io.hotpot.store.Hotpot;
import io.hotpot.store.MisuseException;
import io.hotpot.store.ObjectNotFound;
import io.hotpot.store.Ref;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The commands on single objects: decoded by their stored schema, without their classes. */
final class ObjectsCommands {

  private ObjectsCommands() {}

  /** {@code hotpot ls}. */
  @Command(
      name = "ls",
      description = {
        "List datasets, or the objects of one dataset.",
        "Objects are printed as JSON, one a line, behind their reference."
      },
      mixinStandardHelpOptions = true)
  static final class Ls implements Callable<Integer> {

    @Mixin StoreArgument store;

    @Parameters(index = "1", arity = "0..1", paramLabel = "<dataset>", description = "its name")
    @Nullable String dataset;

    @Option(
        names = "--limit",
        description = "print this many objects at most (default: ${DEFAULT-VALUE})")
    long limit = 100;

    @Spec CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the fields
    Ls() {}

    @Override
    public Integer call() {
      PrintWriter out = spec.commandLine().getOut();
      try (Hotpot hotpot = store.openAsTrees(true)) {
        if (dataset == null) {
          datasets(hotpot, out);
        } else {
          objects(hotpot, find(hotpot, dataset, spec), out);
        }
      }
      return 0;
    }

    private void datasets(Hotpot hotpot, PrintWriter out) {
      List<Object> rows = new ArrayList<>();
      for (Dataset each : hotpot.datasets()) {
        if (store.json) {
          Map<String, Object> row = new LinkedHashMap<>();
          row.put("dataset", each.name());
          row.put("objects", each.stats().objects());
          row.put("liveBytes", each.stats().liveBytes());
          rows.add(row);
        } else {
          out.printf(
              "%-24s %,12d objects %,14d bytes%n",
              each.name(), each.stats().objects(), each.stats().liveBytes());
        }
      }
      if (store.json) {
        out.println(Json.of(rows));
      }
    }

    private void objects(Hotpot hotpot, Dataset from, PrintWriter out) {
      long printed = 0;
      for (Ref<?> ref : from.refs()) {
        if (printed++ == limit) {
          spec.commandLine()
              .getErr()
              .println("... more than " + limit + " objects; --limit prints more of them");
          break;
        }
        print(hotpot, ref, store.json, out);
      }
    }
  }

  /** {@code hotpot get}. */
  @Command(
      name = "get",
      description = "Print objects as JSON, by their references or by the names of roots.",
      mixinStandardHelpOptions = true)
  static final class Get implements Callable<Integer> {

    @Mixin StoreArgument store;

    @Parameters(
        index = "1..*",
        arity = "1..*",
        paramLabel = "<ref>",
        description = "as ls prints it, such as @1.0.5, or <dataset>/<root>")
    List<String> names = List.of();

    @Spec CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the fields
    Get() {}

    @Override
    public Integer call() {
      PrintWriter out = spec.commandLine().getOut();
      int exit = 0;
      try (Hotpot hotpot = store.openAsTrees(true)) {
        for (String name : names) {
          try {
            print(hotpot, resolve(hotpot, name, spec), store.json, out);
          } catch (ObjectNotFound e) {
            spec.commandLine().getErr().println("hotpot: " + e.getMessage());
            exit = Main.FAILED_CHECK;
          }
        }
      }
      return exit;
    }
  }

  /** {@code hotpot put}. */
  @Command(
      name = "put",
      description = {
        "Replace an object, or create one in a dataset, from JSON as get prints it.",
        "The type must be known to the store. Prints the reference."
      },
      mixinStandardHelpOptions = true)
  static final class Put implements Callable<Integer> {

    @Mixin StoreArgument store;

    @Parameters(
        index = "1",
        paramLabel = "<ref|dataset>",
        description = "what to replace, or where to create")
    String target;

    @Parameters(
        index = "2",
        arity = "0..1",
        paramLabel = "<json>",
        description = "the value; from standard input if left out")
    @Nullable String json;

    @Option(names = "--root", paramLabel = "<name>", description = "name the object so")
    @Nullable String root;

    @Spec CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the fields
    Put() {}

    @Override
    public Integer call() throws IOException {
      String text =
          json != null ? json : new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
      Object tree = JsonTrees.parse(text, spec);
      try (Hotpot hotpot = store.openAsTrees(false)) {
        Ref<Object> ref =
            hotpot.transact(
                tx -> {
                  Ref<Object> written;
                  if (target.startsWith("@")) {
                    written = reference(target, spec);
                    tx.put(written, tree);
                  } else {
                    written = tx.allocate(find(hotpot, target, spec), tree);
                  }
                  if (root != null) {
                    tx.root(datasetOf(hotpot, target, written, spec), root, written);
                  }
                  return written;
                });
        spec.commandLine().getOut().println(store.json ? Json.of(ref.toString()) : ref.toString());
      }
      return 0;
    }
  }

  /** {@code hotpot rm}. */
  @Command(
      name = "rm",
      description = "Delete objects; all of them or, if one does not exist, none.",
      mixinStandardHelpOptions = true)
  static final class Rm implements Callable<Integer> {

    @Mixin StoreArgument store;

    @Parameters(
        index = "1..*",
        arity = "1..*",
        paramLabel = "<ref>",
        description = "as ls prints it")
    List<String> names = List.of();

    @Spec CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the fields
    Rm() {}

    @Override
    public Integer call() {
      try (Hotpot hotpot = store.openAsTrees(false)) {
        List<Ref<Object>> refs = new ArrayList<>();
        for (String name : names) {
          refs.add(resolve(hotpot, name, spec));
        }
        hotpot.run(tx -> refs.forEach(tx::delete));
        if (store.json) {
          spec.commandLine().getOut().println(Json.of(refs.stream().map(Ref::toString).toList()));
        }
      }
      return 0;
    }
  }

  /** {@code hotpot roots}. */
  @Command(
      name = "roots",
      description = "List the named roots of all datasets or of one.",
      mixinStandardHelpOptions = true)
  static final class Roots implements Callable<Integer> {

    @Mixin StoreArgument store;

    @Parameters(index = "1", arity = "0..1", paramLabel = "<dataset>", description = "its name")
    @Nullable String dataset;

    @Spec CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the fields
    Roots() {}

    @Override
    public Integer call() {
      PrintWriter out = spec.commandLine().getOut();
      Map<String, Object> report = new LinkedHashMap<>();
      try (Hotpot hotpot = store.openAsTrees(true)) {
        List<Dataset> datasets =
            dataset == null ? hotpot.datasets() : List.of(find(hotpot, dataset, spec));
        for (Dataset each : datasets) {
          Map<String, Object> roots = new LinkedHashMap<>();
          each.read(tx -> tx.allRoots(each))
              .forEach((name, ref) -> roots.put(name, ref.toString()));
          report.put(each.name(), roots);
          if (!store.json) {
            roots.forEach((name, ref) -> out.println(each.name() + "/" + name + " " + ref));
          }
        }
      }
      if (store.json) {
        out.println(Json.of(report));
      }
      return 0;
    }
  }

  // ---- shared

  private static void print(Hotpot hotpot, Ref<?> ref, boolean json, PrintWriter out) {
    Optional<Object> value = hotpot.read(tx -> tx.find(Ref.<Object>fromId(ref.id())));
    if (value.isEmpty()) {
      throw new ObjectNotFound(
          "there is no object " + ref + ": it was deleted, or never committed");
    }
    if (json) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("ref", ref.toString());
      row.put("value", value.get());
      out.println(Json.of(row));
    } else {
      out.println(ref + " " + Json.of(value.get()));
    }
  }

  static Dataset find(Hotpot hotpot, String name, CommandSpec spec) {
    return hotpot
        .findDataset(name)
        .orElseThrow(
            () ->
                new ParameterException(
                    spec.commandLine(),
                    "there is no dataset '"
                        + name
                        + "'; there are: "
                        + hotpot.datasets().stream().map(Dataset::name).toList()));
  }

  private static Dataset datasetOf(Hotpot hotpot, String target, Ref<?> ref, CommandSpec spec) {
    return target.startsWith("@") ? hotpot.datasetOf(ref) : find(hotpot, target, spec);
  }

  private static Ref<Object> reference(String text, CommandSpec spec) {
    try {
      return Ref.parse(text);
    } catch (MisuseException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private static Ref<Object> resolve(Hotpot hotpot, String name, CommandSpec spec) {
    if (name.startsWith("@")) {
      return reference(name, spec);
    }
    int slash = name.indexOf('/');
    if (slash < 0) {
      throw new ParameterException(
          spec.commandLine(), "'" + name + "' is neither a reference nor <dataset>/<root>");
    }
    Dataset dataset = find(hotpot, name.substring(0, slash), spec);
    String root = name.substring(slash + 1);
    return dataset
        .read(tx -> tx.<Object>root(dataset, root))
        .orElseThrow(
            () ->
                new ParameterException(
                    spec.commandLine(),
                    "dataset '"
                        + dataset.name()
                        + "' has no root '"
                        + root
                        + "'; it has "
                        + dataset.read(tx -> tx.allRoots(dataset)).keySet()));
  }
}
