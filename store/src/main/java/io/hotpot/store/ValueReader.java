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
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads what {@link ValueWriter} wrote; the depth is bounded. Thread-safe. */
final class ValueReader {

  private final TypeRegistry types;

  ValueReader(TypeRegistry types) {
    this.types = types;
  }

  @Nullable Object any(Decoder in, int depth) {
    if (depth > ValueWriter.MAX_DEPTH) {
      throw new CorruptException(
          "a stored value is nested more than " + ValueWriter.MAX_DEPTH + " deep");
    }
    int tag = in.readUnsigned();
    if (tag >= ValueTag.SCHEMA) {
      return types.reader(tag - ValueTag.SCHEMA, in).read(this, in, depth);
    }
    return switch (tag) {
      case ValueTag.NULL -> null;
      case ValueTag.BOOLEAN -> in.readBoolean();
      case ValueTag.BYTE -> in.readByte();
      case ValueTag.SHORT -> in.readShort();
      case ValueTag.CHARACTER -> in.readChar();
      case ValueTag.INTEGER -> in.readSigned();
      case ValueTag.LONG -> in.readSignedLong();
      case ValueTag.FLOAT -> in.readFloat();
      case ValueTag.DOUBLE -> in.readDouble();
      case ValueTag.STRING -> in.readText();
      case ValueTag.BIG_INTEGER -> new BigInteger(in.readBytes());
      case ValueTag.BIG_DECIMAL -> {
        int scale = in.readSigned();
        yield new BigDecimal(new BigInteger(in.readBytes()), scale);
      }
      case ValueTag.UUID -> new UUID(in.readLong(), in.readLong());
      case ValueTag.REF -> Ref.of(in.readLong());
      case ValueTag.INSTANT -> Instant.ofEpochSecond(in.readSignedLong(), in.readUnsigned());
      case ValueTag.DURATION -> Duration.ofSeconds(in.readSignedLong(), in.readUnsigned());
      case ValueTag.LOCAL_DATE -> LocalDate.ofEpochDay(in.readSignedLong());
      case ValueTag.LOCAL_TIME -> LocalTime.ofNanoOfDay(in.readUnsignedLong());
      case ValueTag.LOCAL_DATE_TIME ->
          LocalDateTime.of(
              LocalDate.ofEpochDay(in.readSignedLong()),
              LocalTime.ofNanoOfDay(in.readUnsignedLong()));
      case ValueTag.ZONED_DATE_TIME -> ZonedDateTime.parse(in.readText());
      case ValueTag.OFFSET_DATE_TIME -> OffsetDateTime.parse(in.readText());
      case ValueTag.ZONE_ID -> ZoneId.of(in.readText());
      case ValueTag.PERIOD -> Period.parse(in.readText());
      case ValueTag.YEAR -> Year.of(in.readSigned());
      case ValueTag.OPTIONAL -> Optional.ofNullable(any(in, depth + 1));
      case ValueTag.LIST -> Arrays.stream(elements(in, depth)).toList();
      case ValueTag.ARRAY_LIST -> new ArrayList<>(Arrays.asList(elements(in, depth)));
      case ValueTag.LINKED_LIST -> fill(in, new LinkedList<>(), depth);
      case ValueTag.ARRAY_DEQUE -> fill(in, new ArrayDeque<>(), depth);
      case ValueTag.SET -> Set.copyOf(fill(in, new LinkedHashSet<>(), depth));
      case ValueTag.HASH_SET -> fill(in, new HashSet<>(), depth);
      case ValueTag.LINKED_HASH_SET -> fill(in, new LinkedHashSet<>(), depth);
      case ValueTag.TREE_SET -> fill(in, new TreeSet<>(), depth);
      case ValueTag.MAP -> Map.copyOf(fill(in, new LinkedHashMap<>(), depth));
      case ValueTag.HASH_MAP -> fill(in, new HashMap<>(), depth);
      case ValueTag.LINKED_HASH_MAP -> fill(in, new LinkedHashMap<>(), depth);
      case ValueTag.TREE_MAP -> fill(in, new TreeMap<>(), depth);
      default -> ArrayCodec.read(types, this, in, tag, depth);
    };
  }

  private @Nullable Object[] elements(Decoder in, int depth) {
    @Nullable Object[] elements = new Object[in.readCount(1)];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = any(in, depth + 1);
    }
    return elements;
  }

  private <C extends Collection<@Nullable Object>> C fill(Decoder in, C target, int depth) {
    int count = in.readCount(1);
    for (int i = 0; i < count; i++) {
      Object element = any(in, depth + 1);
      try {
        target.add(element);
      } catch (RuntimeException e) {
        throw refused(target, element, e);
      }
    }
    return target;
  }

  private <M extends Map<@Nullable Object, @Nullable Object>> M fill(
      Decoder in, M target, int depth) {
    int count = in.readCount(2);
    for (int i = 0; i < count; i++) {
      Object key = any(in, depth + 1);
      Object value = any(in, depth + 1);
      try {
        target.put(key, value);
      } catch (RuntimeException e) {
        throw refused(target, key, e);
      }
    }
    return target;
  }

  /** The application's code compares elements and keys, or they cannot be compared. */
  private static TypeMismatch refused(Object target, @Nullable Object element, RuntimeException e) {
    return new TypeMismatch(
        "a stored "
            + target.getClass().getSimpleName()
            + " does not take one of its elements, "
            + (element == null ? "null" : "a " + element.getClass().getName())
            + ": "
            + e
            + "; let its equals, hashCode and compareTo take what earlier versions stored",
        e);
  }

  /** Reads one component of a known shape, boxed. */
  @Nullable Object component(Decoder in, Shape shape, int depth) {
    return switch (shape) {
      case BOOLEAN -> in.readBoolean();
      case BYTE -> in.readByte();
      case SHORT -> in.readShort();
      case CHAR -> in.readChar();
      case INT -> in.readSigned();
      case LONG -> in.readSignedLong();
      case FLOAT -> in.readFloat();
      case DOUBLE -> in.readDouble();
      case STRING -> in.readNullableText();
      case ANY -> any(in, depth + 1);
    };
  }
}
