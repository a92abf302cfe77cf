package io.hotpot.store;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.Period;
import java.time.Year;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The types of the JDK that arrays name as that of their elements by a {@link ValueTag}. */
final class ElementTypes {

  /** The JVM's limit. */
  static final int MAX_DIMENSIONS = 255;

  private static final Map<Integer, Class<?>> CLASSES =
      Map.ofEntries(
          Map.entry(ValueTag.BOOLEAN, Boolean.class),
          Map.entry(ValueTag.BYTE, Byte.class),
          Map.entry(ValueTag.SHORT, Short.class),
          Map.entry(ValueTag.CHARACTER, Character.class),
          Map.entry(ValueTag.INTEGER, Integer.class),
          Map.entry(ValueTag.LONG, Long.class),
          Map.entry(ValueTag.FLOAT, Float.class),
          Map.entry(ValueTag.DOUBLE, Double.class),
          Map.entry(ValueTag.BIG_INTEGER, BigInteger.class),
          Map.entry(ValueTag.BIG_DECIMAL, BigDecimal.class),
          Map.entry(ValueTag.UUID, UUID.class),
          Map.entry(ValueTag.REF, Ref.class),
          Map.entry(ValueTag.BYTES, byte[].class),
          Map.entry(ValueTag.INTS, int[].class),
          Map.entry(ValueTag.LONGS, long[].class),
          Map.entry(ValueTag.DOUBLES, double[].class),
          Map.entry(ValueTag.SHORTS, short[].class),
          Map.entry(ValueTag.CHARS, char[].class),
          Map.entry(ValueTag.FLOATS, float[].class),
          Map.entry(ValueTag.BOOLEANS, boolean[].class),
          Map.entry(ValueTag.STRINGS, String[].class),
          Map.entry(ValueTag.OBJECTS, Object[].class),
          Map.entry(ValueTag.LIST, List.class),
          Map.entry(ValueTag.ARRAY_LIST, ArrayList.class),
          Map.entry(ValueTag.LINKED_LIST, LinkedList.class),
          Map.entry(ValueTag.ARRAY_DEQUE, ArrayDeque.class),
          Map.entry(ValueTag.SET, Set.class),
          Map.entry(ValueTag.HASH_SET, HashSet.class),
          Map.entry(ValueTag.LINKED_HASH_SET, LinkedHashSet.class),
          Map.entry(ValueTag.TREE_SET, TreeSet.class),
          Map.entry(ValueTag.MAP, Map.class),
          Map.entry(ValueTag.HASH_MAP, HashMap.class),
          Map.entry(ValueTag.LINKED_HASH_MAP, LinkedHashMap.class),
          Map.entry(ValueTag.TREE_MAP, TreeMap.class),
          Map.entry(ValueTag.OPTIONAL, Optional.class),
          Map.entry(ValueTag.INSTANT, Instant.class),
          Map.entry(ValueTag.DURATION, Duration.class),
          Map.entry(ValueTag.LOCAL_DATE, LocalDate.class),
          Map.entry(ValueTag.LOCAL_TIME, LocalTime.class),
          Map.entry(ValueTag.LOCAL_DATE_TIME, LocalDateTime.class),
          Map.entry(ValueTag.ZONED_DATE_TIME, ZonedDateTime.class),
          Map.entry(ValueTag.OFFSET_DATE_TIME, OffsetDateTime.class),
          Map.entry(ValueTag.ZONE_ID, ZoneId.class),
          Map.entry(ValueTag.PERIOD, Period.class),
          Map.entry(ValueTag.YEAR, Year.class));

  private static final Map<Class<?>, Integer> TAGS =
      CLASSES.entrySet().stream()
          .collect(Collectors.toUnmodifiableMap(Map.Entry::getValue, Map.Entry::getKey));

  private ElementTypes() {}

  static @Nullable Integer tagOf(Class<?> type) {
    return TAGS.get(type);
  }

  static @Nullable Integer tagOf(String className) {
    for (Map.Entry<Integer, Class<?>> entry : CLASSES.entrySet()) {
      if (entry.getValue().getTypeName().equals(className)) {
        return entry.getKey();
      }
    }
    return null;
  }

  /**
   * @throws CorruptException if the tag names no type that stands before others
   */
  static Class<?> classOf(int tag) {
    Class<?> type = CLASSES.get(tag);
    if (type == null) {
      throw new CorruptException("a stored array has elements of the unknown tag " + tag);
    }
    return type;
  }
}
