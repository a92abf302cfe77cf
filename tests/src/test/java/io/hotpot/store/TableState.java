package io.hotpot.store;

import io.hotpot.store.spi.TransactionId;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;

/**
 * All that recovery builds of a partition, as text to be compared: the words of its table, and each
 * field of what says how transactions ended, what is prepared, which slots are free and what lives
 * where. Fields that are added to these classes are compared too.
 */
final class TableState {

  /** What leads back to the partition, or is the same for everybody. */
  private static final List<Class<?>> NOT_STATE =
      List.of(Partition.class, HandleTable.class, RecordReader.class, Snapshots.class);

  private final Map<String, String> lines = new TreeMap<>();

  private TableState() {}

  /** Of a partition that can be promoted as it is. */
  static Map<String, String> of(Partition partition) {
    TableState state = new TableState();
    state.words(partition, partition.slots.count());
    state.put("slots", partition.slots);
    state.common(partition);
    state.put("prepared", partition.prepared);
    state.put("pins", partition.pins);
    state.put("usage", List.of(partition.usage.objects(), partition.usage.liveBytes()));
    state.put("stamps", List.of(partition.lastStamp(), partition.publishedStamp()));
    return state.lines;
  }

  /** Of one that is on its way through the log. */
  static Map<String, String> of(Partition partition, Rebuild rebuild) {
    TableState state = new TableState();
    state.words(partition, partition.table.capacity());
    state.common(partition);
    state.put("rebuild", rebuild);
    return state.lines;
  }

  /** What one says and the other does not. */
  static List<String> differences(Map<String, String> warm, Map<String, String> cold) {
    Set<String> names = new TreeSet<>(warm.keySet());
    names.addAll(cold.keySet());
    return names.stream()
        .filter(name -> !Objects.equals(warm.get(name), cold.get(name)))
        .map(name -> name + ": kept " + warm.get(name) + ", recovered " + cold.get(name))
        .toList();
  }

  /** The bytes that live in each chunk: cold and warm share the chunks. */
  static Map<Integer, Long> liveBytes(Partition partition) {
    Map<Integer, Long> bytes = new TreeMap<>();
    partition.chunks.all().forEach(chunk -> bytes.put(chunk.sequence, chunk.liveBytes.get()));
    return bytes;
  }

  static void liveBytes(Partition partition, Map<Integer, Long> bytes) {
    partition.chunks.all().forEach(chunk -> chunk.liveBytes.set(bytes.get(chunk.sequence)));
  }

  private void words(Partition partition, int count) {
    for (int slot = 0; slot < count; slot++) {
      long word = partition.table.get(slot);
      if (word != 0) {
        lines.put("slot %08d".formatted(slot), Long.toHexString(word));
      }
    }
  }

  private void common(Partition partition) {
    outcomes(partition.outcomes, partition.chunks);
    put("bound", partition.bound);
    put("doubt", partition.doubt);
    liveBytes(partition).forEach((chunk, bytes) -> lines.put("live in " + chunk, "" + bytes));
  }

  /**
   * Without what nobody needs any more, and a table that was led on has met in a chunk that is gone
   * when the log is recovered: outcomes that nobody asks about, and how a transaction was decided
   * whose prepare nobody replays.
   */
  private void outcomes(OutcomeTable outcomes, ChunkTable chunks) {
    Map<?, ?> ended = (Map<?, ?>) value(outcomes, "ended");
    ended.forEach(
        (id, outcome) -> {
          if (!outcomes.isBelowSettled((TransactionId) id)) {
            put("outcome of " + id, outcome);
          }
        });
    Map<?, ?> prepares = (Map<?, ?>) value(outcomes, "decidedPrepares");
    prepares.forEach(
        (id, decided) -> {
          long begin = (long) value(decided, "beginAddress");
          if (chunks.get(Address.sequence(begin)) != null) {
            put("decision of " + id, decided);
          }
        });
    for (String name : List.of("unlearned", "settledBelow", "excluded")) {
      put(name, value(outcomes, name));
    }
  }

  private static Object value(Object object, String name) {
    try {
      Field field = object.getClass().getDeclaredField(name);
      field.setAccessible(true);
      return field.get(object);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  private void put(String name, Object object) {
    lines.put(name, text(object));
  }

  private static String text(Object value) {
    return switch (value) {
      case null -> "null";
      case long[] array -> Arrays.toString(array);
      case byte[] array -> Arrays.toString(array);
      case AtomicLong number -> number.toString();
      case Map<?, ?> map -> {
        Map<String, String> sorted = new TreeMap<>();
        map.forEach((key, each) -> sorted.put(text(key), text(each)));
        yield sorted.toString();
      }
      case Collection<?> all -> {
        List<String> texts = new ArrayList<>();
        all.forEach(each -> texts.add(text(each)));
        yield texts.toString();
      }
      case Object object when object.getClass().getName().startsWith("io.hotpot.store.spi") ->
          object.toString();
      case Object object when object.getClass().getName().startsWith("io.hotpot") -> fields(object);
      default -> value.toString();
    };
  }

  private static String fields(Object object) {
    Map<String, String> fields = new TreeMap<>();
    for (Field field : object.getClass().getDeclaredFields()) {
      boolean leadsBack = NOT_STATE.contains(field.getType()) || field.getName().equals("rebuild");
      if (!Modifier.isStatic(field.getModifiers())
          && !leadsBack
          && !field.getType().getName().startsWith("java.util.concurrent.locks")) {
        fields.put(field.getName(), text(value(object, field.getName())));
      }
    }
    return fields.toString();
  }
}
