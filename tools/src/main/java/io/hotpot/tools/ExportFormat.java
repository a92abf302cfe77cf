package io.hotpot.tools;

import io.hotpot.store.Dataset;
import io.hotpot.store.Ref;
import io.hotpot.store.StoredType;
import io.hotpot.store.TransactionMode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The lines of an export: JSON objects, told apart by a key. The types come first, then each
 * dataset with its objects and its roots; the last line says that the export is whole.
 *
 * <pre>
 *  {"type": name, "kind": ..., "components": [[name, shape, declared type or left out], ...], "constants": [...]}
 *  {"dataset": name, "mode": ...}
 *  {"ref": "@1.42.0", "in": dataset, "value": ...}
 *  {"root": name, "in": dataset, "is": "@1.42.0"}
 *  {"end": objects}
 * </pre>
 */
final class ExportFormat {

  static final String TYPE = "type";
  static final String DATASET = "dataset";
  static final String REF = "ref";
  static final String ROOT = "root";
  static final String END = "end";

  private ExportFormat() {}

  static Map<String, Object> type(StoredType type) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put(TYPE, type.name());
    row.put("kind", type.kind());
    row.put(
        "components",
        type.components().stream().map(c -> List.of(c.name(), c.shape(), c.declared())).toList());
    row.put("constants", type.constants());
    return row;
  }

  /**
   * @throws IllegalArgumentException if the row is not of that form
   */
  static StoredType type(Map<?, ?> row) {
    try {
      List<StoredType.Component> components = new ArrayList<>();
      for (Object component : (List<?>) Objects.requireNonNull(row.get("components"))) {
        List<?> parts = (List<?>) component;
        components.add(
            new StoredType.Component(
                (String) parts.get(0),
                (String) parts.get(1),
                parts.size() > 2 ? (String) parts.get(2) : ""));
      }
      List<String> constants = new ArrayList<>();
      for (Object constant : (List<?>) Objects.requireNonNull(row.get("constants"))) {
        constants.add((String) constant);
      }
      return new StoredType(text(row, TYPE), 0, text(row, "kind"), components, constants);
    } catch (ClassCastException | NullPointerException | IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("it describes a type in a way not understood", e);
    }
  }

  static Map<String, Object> dataset(Dataset dataset) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put(DATASET, dataset.name());
    row.put("mode", dataset.options().mode());
    return row;
  }

  /**
   * @throws IllegalArgumentException if there is no such mode
   */
  static TransactionMode mode(Map<?, ?> row) {
    try {
      return TransactionMode.valueOf(text(row, "mode"));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "there is no mode '"
              + row.get("mode")
              + "'; there are "
              + List.of(TransactionMode.values()),
          e);
    }
  }

  static Map<String, Object> object(Dataset dataset, Ref<?> ref, Object value) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put(REF, ref.toString());
    row.put("in", dataset.name());
    row.put("value", value);
    return row;
  }

  static Map<String, Object> root(Dataset dataset, String name, Ref<?> ref) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put(ROOT, name);
    row.put("in", dataset.name());
    row.put("is", ref.toString());
    return row;
  }

  static Map<String, Object> end(long objects) {
    return Map.of(END, objects);
  }

  /**
   * A text of a row.
   *
   * @throws IllegalArgumentException if it is not there
   */
  static String text(Map<?, ?> row, String key) {
    if (row.get(key) instanceof String text) {
      return text;
    }
    throw new IllegalArgumentException("\"" + key + "\" is not a text: " + Json.of(row.get(key)));
  }
}
