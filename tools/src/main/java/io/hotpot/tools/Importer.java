package io.hotpot.tools;

import io.hotpot.store.Dataset;
import io.hotpot.store.DatasetOptions;
import io.hotpot.store.Hotpot;
import io.hotpot.store.MisuseException;
import io.hotpot.store.ObjectTooLarge;
import io.hotpot.store.Progress;
import io.hotpot.store.Ref;
import io.hotpot.store.TypeMismatch;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads an export into new datasets, all of it or nothing: the datasets have working names until
 * everything is there, and get their own in one transaction. What an import that was killed has
 * left under working names is dropped by the next one.
 *
 * <p>Objects get new references. They are written in batches with the references of the export in
 * them, and then once more with the new ones.
 */
final class Importer {

  /** The working name of a dataset is its own behind this. */
  static final String WORKING = "import under way~";

  private static final int BATCH = 200;

  /** A row of the export, and where it stands. */
  private record Line(int number, Map<?, ?> row) {

    String text(String key) {
      return ExportFormat.text(row, key);
    }
  }

  private final Hotpot hotpot;
  private final Map<String, Ref<Object>> references = new LinkedHashMap<>();
  private final Map<String, Dataset> created = new LinkedHashMap<>();
  private final List<Line> pending = new ArrayList<>();
  private final List<Line> roots = new ArrayList<>();
  private int number;
  private boolean ended;
  private long lost;

  /**
   * @param hotpot opened so that it takes trees
   */
  Importer(Hotpot hotpot) {
    this.hotpot = hotpot;
  }

  /** The names of the datasets that were made. */
  Set<String> datasets() {
    return created.keySet();
  }

  long objects() {
    return references.size();
  }

  long roots() {
    return roots.size();
  }

  /** References to objects that are not in the export; they are null now. */
  long lostReferences() {
    return lost;
  }

  /**
   * Drops what an import that was killed has left.
   *
   * @return how many datasets
   */
  int dropRemains() {
    List<String> remains =
        hotpot.datasets().stream()
            .map(Dataset::name)
            .filter(name -> name.startsWith(WORKING))
            .toList();
    remains.forEach(hotpot::drop);
    return remains.size();
  }

  /**
   * Reads all lines.
   *
   * @param progress counts lines, then objects; what it throws ends the import
   * @throws Failure with the number of the line that is wrong; nothing was imported then
   */
  void run(BufferedReader lines, Progress progress) throws IOException {
    boolean done = false;
    try {
      read(lines, progress);
      changeReferences(progress);
      setRoots();
      Map<String, String> names = new LinkedHashMap<>();
      created.keySet().forEach(name -> names.put(WORKING + name, name));
      hotpot.rename(names);
      done = true;
    } finally {
      if (!done) {
        dropRemains();
      }
    }
  }

  // ---- reading

  private void read(BufferedReader lines, Progress progress) throws IOException {
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      number++;
      progress.report(number, 0);
      if (line.isBlank()) {
        continue;
      }
      if (ended) {
        throw wrong(number, "there is more behind the last line of an export");
      }
      if (!(JsonTrees.parse(line, "line " + number + ": ") instanceof Map<?, ?> row)) {
        throw wrong(number, "this is no JSON object");
      }
      take(new Line(number, row));
    }
    if (!ended) {
      flush();
      throw wrong(
          number,
          "the file ends before the export does: the last line is not {\"end\": <number of"
              + " objects>}; it was cut short");
    }
  }

  private void take(Line line) {
    Map<?, ?> row = line.row;
    try {
      if (row.containsKey(ExportFormat.TYPE)) {
        hotpot.addType(ExportFormat.type(row));
      } else if (row.containsKey(ExportFormat.DATASET)) {
        create(line);
      } else if (row.containsKey(ExportFormat.REF)) {
        add(line);
      } else if (row.containsKey(ExportFormat.ROOT)) {
        home(line);
        line.text("is");
        roots.add(line);
      } else if (row.containsKey(ExportFormat.END)) {
        end(row.get(ExportFormat.END));
      } else {
        throw wrong(line.number, "this is none that 'export' writes: " + row.keySet());
      }
    } catch (IllegalArgumentException | TypeMismatch | MisuseException e) {
      throw wrong(line.number, e);
    }
  }

  private void create(Line line) {
    String name = line.text(ExportFormat.DATASET);
    if (hotpot.findDataset(name).isPresent()) {
      throw wrong(
          line.number,
          "there is a dataset '"
              + name
              + "' already; rename or drop it, or import into another store");
    }
    if (created.containsKey(name)) {
      throw wrong(line.number, "dataset '" + name + "' has been described before");
    }
    DatasetOptions options = DatasetOptions.defaults().withMode(ExportFormat.mode(line.row));
    created.put(name, hotpot.dataset(WORKING + name, options));
  }

  private void add(Line line) {
    home(line);
    String ref = line.text(ExportFormat.REF);
    if (!Names.isReference(ref)) {
      throw wrong(line.number, "'" + ref + "' is not a reference, such as @1.42.0");
    }
    if (line.row.get("value") == null) {
      throw wrong(line.number, "the object " + ref + " has no value");
    }
    pending.add(line);
    if (pending.size() == BATCH) {
      flush();
    }
  }

  private void end(@Nullable Object objects) {
    flush();
    ended = true;
    if (!(objects instanceof Integer || objects instanceof Long)
        || ((Number) objects).longValue() != references.size()) {
      throw wrong(
          number, "the export had " + objects + " objects, but " + references.size() + " are here");
    }
  }

  private Dataset home(Line line) {
    String name = line.text("in");
    Dataset dataset = created.get(name);
    if (dataset == null) {
      throw wrong(
          line.number,
          "no line before describes dataset '"
              + name
              + "'; "
              + Similar.hint(name, created.keySet(), "none is described"));
    }
    return dataset;
  }

  // ---- writing

  private void flush() {
    Map<String, Ref<Object>> made =
        hotpot.transact(
            tx -> {
              Map<String, Ref<Object>> refs = new LinkedHashMap<>();
              for (Line line : pending) {
                String name = line.text(ExportFormat.REF);
                Object value = Objects.requireNonNull(line.row.get("value"));
                Ref<Object> ref;
                try {
                  ref = tx.allocate(home(line), value);
                } catch (TypeMismatch | ObjectTooLarge e) {
                  throw wrong(line.number, e);
                }
                if (references.containsKey(name) || refs.put(name, ref) != null) {
                  throw wrong(line.number, "the object " + name + " has been there before");
                }
              }
              return refs;
            });
    references.putAll(made);
    pending.clear();
  }

  private void changeReferences(Progress progress) {
    List<Ref<Object>> batch = new ArrayList<>();
    long done = 0;
    for (Ref<Object> ref : references.values()) {
      batch.add(ref);
      if (batch.size() == BATCH) {
        changeReferences(batch);
        done += BATCH;
        progress.report(done, references.size());
      }
    }
    changeReferences(batch);
  }

  private void changeReferences(List<Ref<Object>> batch) {
    long before = lost;
    hotpot.run(
        tx -> {
          lost = before;
          for (Ref<Object> ref : batch) {
            Object old = tx.get(ref);
            Object changed = changed(old);
            if (!old.equals(changed)) {
              // Needed where writers exclude one another, harmless elsewhere.
              tx.acquire(ref);
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

  private void setRoots() {
    List<Line> kept = new ArrayList<>();
    for (Line line : roots) {
      Ref<Object> ref = references.get(line.text("is"));
      if (ref == null) {
        lost++;
        continue;
      }
      try {
        hotpot.run(tx -> tx.root(home(line), line.text(ExportFormat.ROOT), ref));
      } catch (MisuseException | IllegalArgumentException e) {
        throw wrong(line.number, e);
      }
      kept.add(line);
    }
    roots.clear();
    roots.addAll(kept);
  }

  private static Failure wrong(int line, String message) {
    return new Failure(ExitCode.USAGE, "line " + line + ": " + message + "; nothing was imported");
  }

  private static Failure wrong(int line, RuntimeException cause) {
    return new Failure(
        ExitCode.USAGE,
        "line " + line + ": " + cause.getMessage() + "; nothing was imported",
        cause);
  }
}
