package io.hotpot.tools;

import io.hotpot.store.Dataset;
import io.hotpot.store.DatasetOptions;
import io.hotpot.store.Hotpot;
import io.hotpot.store.HotpotOptions;
import io.hotpot.store.Ref;
import io.hotpot.store.StoredType;
import io.hotpot.store.TransactionMode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code hotpot import}: objects get new references; what refers to them is changed accordingly. A
 * dataset must not be there yet; if the import fails, those that it created are dropped.
 */
@Command(
    name = "import",
    description = {
      "Read what 'export' wrote into new datasets; the store is created if there is none.",
      "Objects get new references, and those in them are changed accordingly."
    },
    mixinStandardHelpOptions = true)
final class ImportCommand implements Callable<Integer> {

  private static final int BATCH = 200;

  @Mixin StoreArgument store;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "<file>",
      description = "by default standard input")
  @Nullable Path input;

  @Spec CommandSpec spec;

  private final Map<String, Ref<Object>> references = new LinkedHashMap<>();
  private final Map<String, Dataset> created = new LinkedHashMap<>();
  private final List<Map<?, ?>> pending = new ArrayList<>();
  private final List<Map<?, ?>> roots = new ArrayList<>();
  private long lost;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  ImportCommand() {}

  @Override
  public Integer call() throws IOException {
    try (BufferedReader lines = reader();
        Hotpot hotpot = Hotpot.open(store.directory, HotpotOptions.defaults().withTrees(true))) {
      boolean done = false;
      try {
        read(hotpot, lines);
        done = true;
      } finally {
        if (!done) {
          created.keySet().forEach(hotpot::drop);
        }
      }
    }
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("datasets", created.keySet());
    report.put("objects", references.size());
    report.put("roots", roots.size());
    report.put("referencesToNothing", lost);
    if (store.json) {
      spec.commandLine().getOut().println(Json.of(report));
    } else {
      spec.commandLine()
          .getOut()
          .printf(
              "imported %,d objects and %,d roots into %s%n",
              references.size(), roots.size(), created.keySet());
      if (lost > 0) {
        spec.commandLine()
            .getErr()
            .printf(
                "%,d references named objects that are not in the export; they are null now%n",
                lost);
      }
    }
    return 0;
  }

  private BufferedReader reader() throws IOException {
    if (input == null) {
      return new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    }
    if (!Files.isReadable(input)) {
      throw new ParameterException(spec.commandLine(), "cannot read " + input);
    }
    return Files.newBufferedReader(input, StandardCharsets.UTF_8);
  }

  private void read(Hotpot hotpot, BufferedReader lines) throws IOException {
    int number = 0;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      number++;
      if (line.isBlank()) {
        continue;
      }
      if (!(JsonTrees.parse(line, spec) instanceof Map<?, ?> row)) {
        throw new ParameterException(spec.commandLine(), "line " + number + " is no JSON object");
      }
      if (row.containsKey("type")) {
        hotpot.addType(type(row, number));
      } else if (row.containsKey("dataset")) {
        flush(hotpot);
        create(hotpot, row, number);
      } else if (row.containsKey("ref")) {
        pending.add(row);
        if (pending.size() == BATCH) {
          flush(hotpot);
        }
      } else if (row.containsKey("root")) {
        roots.add(row);
      } else {
        throw new ParameterException(
            spec.commandLine(),
            "line " + number + " is none that 'export' writes: " + row.keySet());
      }
    }
    flush(hotpot);
    changeReferences(hotpot);
    for (Map<?, ?> root : roots) {
      Dataset dataset = home(root);
      Ref<Object> ref = references.get(String.valueOf(root.get("is")));
      if (ref == null) {
        lost++;
      } else {
        hotpot.run(tx -> tx.root(dataset, String.valueOf(root.get("root")), ref));
      }
    }
  }

  private StoredType type(Map<?, ?> row, int number) {
    try {
      List<StoredType.Component> components = new ArrayList<>();
      for (Object component : (List<?>) Objects.requireNonNull(row.get("components"))) {
        List<?> parts = (List<?>) component;
        components.add(
            new StoredType.Component(
                String.valueOf(parts.get(0)),
                String.valueOf(parts.get(1)),
                parts.size() > 2 ? String.valueOf(parts.get(2)) : ""));
      }
      List<String> constants = new ArrayList<>();
      for (Object constant : (List<?>) Objects.requireNonNull(row.get("constants"))) {
        constants.add(String.valueOf(constant));
      }
      return new StoredType(
          String.valueOf(row.get("type")),
          0,
          String.valueOf(row.get("kind")),
          components,
          constants);
    } catch (ClassCastException | NullPointerException | IndexOutOfBoundsException e) {
      throw new ParameterException(
          spec.commandLine(), "line " + number + " describes a type in a way not understood", e);
    }
  }

  private void create(Hotpot hotpot, Map<?, ?> row, int number) {
    String name = String.valueOf(row.get("dataset"));
    if (hotpot.findDataset(name).isPresent()) {
      throw new ParameterException(
          spec.commandLine(),
          "line "
              + number
              + ": there is a dataset '"
              + name
              + "' already; rename or drop it, or import into another store");
    }
    TransactionMode mode;
    try {
      mode = TransactionMode.valueOf(String.valueOf(row.get("mode")));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          spec.commandLine(), "line " + number + ": there is no mode '" + row.get("mode") + "'", e);
    }
    created.put(name, hotpot.dataset(name, DatasetOptions.defaults().withMode(mode)));
  }

  private Dataset home(Map<?, ?> row) {
    Dataset dataset = created.get(String.valueOf(row.get("in")));
    if (dataset == null) {
      throw new ParameterException(
          spec.commandLine(), "the export does not describe dataset '" + row.get("in") + "'");
    }
    return dataset;
  }

  private void flush(Hotpot hotpot) {
    if (pending.isEmpty()) {
      return;
    }
    Map<String, Ref<Object>> made =
        hotpot.transact(
            tx -> {
              Map<String, Ref<Object>> refs = new LinkedHashMap<>();
              for (Map<?, ?> row : pending) {
                Object value = row.get("value");
                if (value == null) {
                  throw new ParameterException(
                      spec.commandLine(), "the object " + row.get("ref") + " has no value");
                }
                refs.put(String.valueOf(row.get("ref")), tx.allocate(home(row), value));
              }
              return refs;
            });
    references.putAll(made);
    pending.clear();
  }

  private void changeReferences(Hotpot hotpot) {
    List<Ref<Object>> batch = new ArrayList<>();
    for (Ref<Object> ref : references.values()) {
      batch.add(ref);
      if (batch.size() == BATCH) {
        changeReferences(hotpot, batch);
      }
    }
    changeReferences(hotpot, batch);
  }

  private void changeReferences(Hotpot hotpot, List<Ref<Object>> batch) {
    long before = lost;
    hotpot.run(
        tx -> {
          lost = before;
          for (Ref<Object> ref : batch) {
            Object old = tx.get(ref);
            Object changed = changed(old);
            if (!old.equals(changed)) {
              tx.put(ref, Objects.requireNonNull(changed));
            }
          }
        });
    batch.clear();
  }

  private @Nullable Object changed(@Nullable Object tree) {
    if (tree instanceof List<?> list) {
      List<@Nullable Object> copy = new ArrayList<>();
      list.forEach(element -> copy.add(changed(element)));
      return copy;
    }
    if (!(tree instanceof Map<?, ?> map)) {
      return tree;
    }
    if (map.size() == 1 && map.get("@ref") instanceof String name) {
      Ref<Object> ref = references.get(name);
      if (ref == null) {
        lost++;
        return null;
      }
      return Map.of("@ref", ref.toString());
    }
    Map<Object, @Nullable Object> copy = new LinkedHashMap<>();
    map.forEach((key, value) -> copy.put(key, changed(value)));
    return copy;
  }
}
