package io.hotpot.store;

import com.esotericsoftware.kryo.io.Output;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
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
import java.util.Collection;
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
import org.jspecify.annotations.Nullable;

/** Writes values with their {@link ValueTag}. Kryo's {@code Output} does the numbers. */
final class ValueWriter {

  static final int MAX_DEPTH = 400;

  private ValueWriter() {}

  static void text(Output out, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.writeVarInt(utf8.length, true);
    out.writeBytes(utf8);
  }

  static void any(TypeRegistry types, Output out, @Nullable Object value, int depth) {
    if (depth > MAX_DEPTH) {
      throw new TypeMismatch(
          "the object is nested more than "
              + MAX_DEPTH
              + " deep, or contains itself; put a Ref where objects refer to one another");
    }
    switch (value) {
      case null -> out.writeByte(ValueTag.NULL);
      case String v -> {
        out.writeByte(ValueTag.STRING);
        text(out, v);
      }
      case Long v -> {
        out.writeByte(ValueTag.LONG);
        out.writeVarLong(v, false);
      }
      case Integer v -> {
        out.writeByte(ValueTag.INTEGER);
        out.writeVarInt(v, false);
      }
      case Ref<?> v -> {
        out.writeByte(ValueTag.REF);
        out.writeLong(v.id());
      }
      case Double v -> {
        out.writeByte(ValueTag.DOUBLE);
        out.writeDouble(v);
      }
      case Boolean v -> {
        out.writeByte(ValueTag.BOOLEAN);
        out.writeBoolean(v);
      }
      case Byte v -> {
        out.writeByte(ValueTag.BYTE);
        out.writeByte(v);
      }
      case Short v -> {
        out.writeByte(ValueTag.SHORT);
        out.writeShort(v);
      }
      case Character v -> {
        out.writeByte(ValueTag.CHARACTER);
        out.writeChar(v);
      }
      case Float v -> {
        out.writeByte(ValueTag.FLOAT);
        out.writeFloat(v);
      }
      case BigInteger v -> {
        out.writeByte(ValueTag.BIG_INTEGER);
        bytes(out, v.toByteArray());
      }
      case BigDecimal v -> {
        out.writeByte(ValueTag.BIG_DECIMAL);
        out.writeVarInt(v.scale(), false);
        bytes(out, v.unscaledValue().toByteArray());
      }
      case UUID v -> {
        out.writeByte(ValueTag.UUID);
        out.writeLong(v.getMostSignificantBits());
        out.writeLong(v.getLeastSignificantBits());
      }
      case Instant v -> {
        out.writeByte(ValueTag.INSTANT);
        out.writeVarLong(v.getEpochSecond(), false);
        out.writeVarInt(v.getNano(), true);
      }
      case Duration v -> {
        out.writeByte(ValueTag.DURATION);
        out.writeVarLong(v.getSeconds(), false);
        out.writeVarInt(v.getNano(), true);
      }
      case LocalDate v -> {
        out.writeByte(ValueTag.LOCAL_DATE);
        out.writeVarLong(v.toEpochDay(), false);
      }
      case LocalTime v -> {
        out.writeByte(ValueTag.LOCAL_TIME);
        out.writeVarLong(v.toNanoOfDay(), true);
      }
      case LocalDateTime v -> {
        out.writeByte(ValueTag.LOCAL_DATE_TIME);
        out.writeVarLong(v.toLocalDate().toEpochDay(), false);
        out.writeVarLong(v.toLocalTime().toNanoOfDay(), true);
      }
      case ZonedDateTime v -> {
        out.writeByte(ValueTag.ZONED_DATE_TIME);
        text(out, v.toString());
      }
      case OffsetDateTime v -> {
        out.writeByte(ValueTag.OFFSET_DATE_TIME);
        text(out, v.toString());
      }
      case ZoneId v -> {
        out.writeByte(ValueTag.ZONE_ID);
        text(out, v.getId());
      }
      case Period v -> {
        out.writeByte(ValueTag.PERIOD);
        text(out, v.toString());
      }
      case Year v -> {
        out.writeByte(ValueTag.YEAR);
        out.writeVarInt(v.getValue(), false);
      }
      case Optional<?> v -> {
        out.writeByte(ValueTag.OPTIONAL);
        any(types, out, v.orElse(null), depth + 1);
      }
      case Map<?, ?> v -> map(types, out, v, depth);
      case Collection<?> v -> collection(types, out, v, depth);
      default -> {
        if (value.getClass().isArray()) {
          ArrayCodec.write(types, out, value, depth);
        } else {
          types.writeStruct(out, value, depth);
        }
      }
    }
  }

  static void bytes(Output out, byte[] bytes) {
    out.writeVarInt(bytes.length, true);
    out.writeBytes(bytes);
  }

  private static void map(TypeRegistry types, Output out, Map<?, ?> map, int depth) {
    int tag =
        switch (map) {
          case LinkedHashMap<?, ?> m -> ValueTag.LINKED_HASH_MAP;
          case HashMap<?, ?> m -> ValueTag.HASH_MAP;
          case TreeMap<?, ?> m -> {
            if (m.comparator() != null) {
              throw new TypeMismatch(
                  "a TreeMap with a comparator cannot be stored; use natural order");
            }
            yield ValueTag.TREE_MAP;
          }
          default -> {
            requireJdk(map, "java.util.ImmutableCollections");
            yield ValueTag.MAP;
          }
        };
    out.writeByte(tag);
    out.writeVarInt(map.size(), true);
    map.forEach(
        (key, value) -> {
          any(types, out, key, depth + 1);
          any(types, out, value, depth + 1);
        });
  }

  private static void collection(
      TypeRegistry types, Output out, Collection<?> collection, int depth) {
    int tag =
        switch (collection) {
          case ArrayList<?> c -> ValueTag.ARRAY_LIST;
          case LinkedList<?> c -> ValueTag.LINKED_LIST;
          case ArrayDeque<?> c -> ValueTag.ARRAY_DEQUE;
          case LinkedHashSet<?> c -> ValueTag.LINKED_HASH_SET;
          case HashSet<?> c -> ValueTag.HASH_SET;
          case TreeSet<?> c -> {
            if (c.comparator() != null) {
              throw new TypeMismatch(
                  "a TreeSet with a comparator cannot be stored; use natural order");
            }
            yield ValueTag.TREE_SET;
          }
          case List<?> c -> {
            requireJdk(c, "java.util.ImmutableCollections", "java.util.Arrays$ArrayList");
            yield c.getClass().getName().equals("java.util.Arrays$ArrayList")
                ? ValueTag.ARRAY_LIST
                : ValueTag.LIST;
          }
          case Set<?> c -> {
            requireJdk(c, "java.util.ImmutableCollections");
            yield ValueTag.SET;
          }
          default -> {
            requireJdk(collection);
            yield ValueTag.ARRAY_LIST;
          }
        };
    out.writeByte(tag);
    out.writeVarInt(collection.size(), true);
    for (Object element : collection) {
      any(types, out, element, depth + 1);
    }
  }

  private static void requireJdk(Object collection, String... prefixes) {
    String name = collection.getClass().getName();
    for (String prefix : prefixes) {
      if (name.startsWith(prefix)) {
        return;
      }
    }
    throw new TypeMismatch(
        "a collection of class "
            + name
            + " cannot be stored; use List.of, Set.of, Map.of or a standard class such as ArrayList or HashMap");
  }
}
