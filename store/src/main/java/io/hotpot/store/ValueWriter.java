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
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Writes values with their {@link ValueTag} before them. */
final class ValueWriter {

  static final int MAX_DEPTH = 400;

  private ValueWriter() {}

  static void any(TypeRegistry types, Encoder out, @Nullable Object value, int depth) {
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
        out.writeText(v);
      }
      case Long v -> {
        out.writeByte(ValueTag.LONG);
        out.writeSigned(v);
      }
      case Integer v -> {
        out.writeByte(ValueTag.INTEGER);
        out.writeSigned(v);
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
      default -> {
        TypeRegistry.Writer writer = types.knownWriter(value.getClass());
        if (writer != null) {
          struct(writer, types, out, value, depth);
        } else {
          rare(types, out, value, depth);
        }
      }
    }
  }

  /** What is neither frequent nor of a class that was written before. */
  private static void rare(TypeRegistry types, Encoder out, Object value, int depth) {
    switch (value) {
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
      case BigInteger v when v.getClass() == BigInteger.class -> {
        out.writeByte(ValueTag.BIG_INTEGER);
        out.writeBytes(v.toByteArray());
      }
      case BigDecimal v when v.getClass() == BigDecimal.class -> {
        out.writeByte(ValueTag.BIG_DECIMAL);
        out.writeSigned(v.scale());
        out.writeBytes(v.unscaledValue().toByteArray());
      }
      case UUID v -> {
        out.writeByte(ValueTag.UUID);
        out.writeLong(v.getMostSignificantBits());
        out.writeLong(v.getLeastSignificantBits());
      }
      case Instant v -> {
        out.writeByte(ValueTag.INSTANT);
        out.writeSigned(v.getEpochSecond());
        out.writeUnsigned(v.getNano());
      }
      case Duration v -> {
        out.writeByte(ValueTag.DURATION);
        out.writeSigned(v.getSeconds());
        out.writeUnsigned(v.getNano());
      }
      case LocalDate v -> {
        out.writeByte(ValueTag.LOCAL_DATE);
        out.writeSigned(v.toEpochDay());
      }
      case LocalTime v -> {
        out.writeByte(ValueTag.LOCAL_TIME);
        out.writeUnsigned(v.toNanoOfDay());
      }
      case LocalDateTime v -> {
        out.writeByte(ValueTag.LOCAL_DATE_TIME);
        out.writeSigned(v.toLocalDate().toEpochDay());
        out.writeUnsigned(v.toLocalTime().toNanoOfDay());
      }
      case ZonedDateTime v -> {
        out.writeByte(ValueTag.ZONED_DATE_TIME);
        out.writeText(v.toString());
      }
      case OffsetDateTime v -> {
        out.writeByte(ValueTag.OFFSET_DATE_TIME);
        out.writeText(v.toString());
      }
      case ZoneId v -> {
        out.writeByte(ValueTag.ZONE_ID);
        out.writeText(v.getId());
      }
      case Period v -> {
        out.writeByte(ValueTag.PERIOD);
        out.writeText(v.toString());
      }
      case Year v -> {
        out.writeByte(ValueTag.YEAR);
        out.writeSigned(v.getValue());
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
          struct(types.writer(value.getClass()), types, out, value, depth);
        }
      }
    }
  }

  static void struct(
      TypeRegistry.Writer writer, TypeRegistry types, Encoder out, Object value, int depth) {
    out.writeUnsigned(writer.tag());
    writer.code().write(types, out, value, depth);
  }

  private static void map(TypeRegistry types, Encoder out, Map<?, ?> map, int depth) {
    out.writeByte(tagOf(map, ValueTag.MAP));
    out.writeUnsigned(map.size());
    map.forEach(
        (key, value) -> {
          any(types, out, key, depth + 1);
          any(types, out, value, depth + 1);
        });
  }

  private static void collection(
      TypeRegistry types, Encoder out, Collection<?> collection, int depth) {
    out.writeByte(tagOf(collection, collection instanceof Set ? ValueTag.SET : ValueTag.LIST));
    out.writeUnsigned(collection.size());
    for (Object element : collection) {
      any(types, out, element, depth + 1);
    }
  }

  /**
   * The tag of a collection's or map's own class: a subclass is refused, because it would not come
   * back as one.
   *
   * @param immutable the tag if it is an immutable one
   */
  private static int tagOf(Object collection, int immutable) {
    Integer tag = ElementTypes.tagOf(collection.getClass());
    if (tag != null) {
      boolean isOrdered =
          (collection instanceof TreeMap<?, ?> map && map.comparator() != null)
              || (collection instanceof TreeSet<?> set && set.comparator() != null);
      if (isOrdered) {
        throw new TypeMismatch(
            "a "
                + collection.getClass().getSimpleName()
                + " with a comparator cannot be stored; use natural order");
      }
      return tag;
    }
    String name = collection.getClass().getName();
    if (name.startsWith("java.util.ImmutableCollections$")) {
      return immutable;
    }
    if (name.equals("java.util.Arrays$ArrayList")) {
      return ValueTag.ARRAY_LIST;
    }
    throw new TypeMismatch(
        "a collection of class "
            + name
            + " cannot be stored; use List.of, Set.of, Map.of or a standard class such as ArrayList or HashMap");
  }
}
