package io.hotpot.store;

import com.esotericsoftware.kryo.io.Input;
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
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link ValueWriter} wrote. Every count is checked against the bytes that remain before
 * anything is allocated, and the depth is bounded.
 */
abstract class ValueReader {

  /** Reads the body of a value of an application type. */
  abstract Object struct(Input in, int schemaId, int depth);

  abstract Class<?> readArrayComponent(Input in);

  static int bounded(Input in, int count, int bytesEach) {
    if (count < 0 || (long) count * bytesEach > in.limit() - in.position()) {
      throw new CorruptException(
          "a stored value claims "
              + count
              + " elements where "
              + (in.limit() - in.position())
              + " bytes remain");
    }
    return count;
  }

  static String text(Input in) {
    int length = bounded(in, in.readVarInt(true), 1);
    String text = new String(in.getBuffer(), in.position(), length, StandardCharsets.UTF_8);
    in.setPosition(in.position() + length);
    return text;
  }

  private static byte[] bytes(Input in) {
    return in.readBytes(bounded(in, in.readVarInt(true), 1));
  }

  @Nullable Object any(Input in, int depth) {
    if (depth > ValueWriter.MAX_DEPTH) {
      throw new CorruptException(
          "a stored value is nested more than " + ValueWriter.MAX_DEPTH + " deep");
    }
    int tag = in.readVarInt(true);
    if (tag >= ValueTag.SCHEMA) {
      return struct(in, tag - ValueTag.SCHEMA, depth);
    }
    return switch (tag) {
      case ValueTag.NULL -> null;
      case ValueTag.BOOLEAN -> in.readBoolean();
      case ValueTag.BYTE -> in.readByte();
      case ValueTag.SHORT -> in.readShort();
      case ValueTag.CHARACTER -> in.readChar();
      case ValueTag.INTEGER -> in.readVarInt(false);
      case ValueTag.LONG -> in.readVarLong(false);
      case ValueTag.FLOAT -> in.readFloat();
      case ValueTag.DOUBLE -> in.readDouble();
      case ValueTag.STRING -> text(in);
      case ValueTag.BIG_INTEGER -> new BigInteger(bytes(in));
      case ValueTag.BIG_DECIMAL -> {
        int scale = in.readVarInt(false);
        yield new BigDecimal(new BigInteger(bytes(in)), scale);
      }
      case ValueTag.UUID -> new UUID(in.readLong(), in.readLong());
      case ValueTag.REF -> Ref.of(in.readLong());
      case ValueTag.INSTANT -> Instant.ofEpochSecond(in.readVarLong(false), in.readVarInt(true));
      case ValueTag.DURATION -> Duration.ofSeconds(in.readVarLong(false), in.readVarInt(true));
      case ValueTag.LOCAL_DATE -> LocalDate.ofEpochDay(in.readVarLong(false));
      case ValueTag.LOCAL_TIME -> LocalTime.ofNanoOfDay(in.readVarLong(true));
      case ValueTag.LOCAL_DATE_TIME ->
          LocalDateTime.of(
              LocalDate.ofEpochDay(in.readVarLong(false)),
              LocalTime.ofNanoOfDay(in.readVarLong(true)));
      case ValueTag.ZONED_DATE_TIME -> ZonedDateTime.parse(text(in));
      case ValueTag.OFFSET_DATE_TIME -> OffsetDateTime.parse(text(in));
      case ValueTag.ZONE_ID -> ZoneId.of(text(in));
      case ValueTag.PERIOD -> Period.parse(text(in));
      case ValueTag.YEAR -> Year.of(in.readVarInt(false));
      case ValueTag.OPTIONAL -> Optional.ofNullable(any(in, depth + 1));
      case ValueTag.LIST -> fill(in, new ArrayList<>(), depth).stream().toList();
      case ValueTag.ARRAY_LIST -> fill(in, new ArrayList<>(), depth);
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
      default -> {
        if (tag > ValueTag.STRUCT_ARRAY) {
          throw new CorruptException("a stored value has the unknown tag " + tag);
        }
        yield ArrayCodec.read(this, in, tag, depth);
      }
    };
  }

  private <C extends Collection<@Nullable Object>> C fill(Input in, C target, int depth) {
    int count = bounded(in, in.readVarInt(true), 1);
    for (int i = 0; i < count; i++) {
      target.add(any(in, depth + 1));
    }
    return target;
  }

  private <M extends Map<@Nullable Object, @Nullable Object>> M fill(
      Input in, M target, int depth) {
    int count = bounded(in, in.readVarInt(true), 2);
    for (int i = 0; i < count; i++) {
      target.put(any(in, depth + 1), any(in, depth + 1));
    }
    return target;
  }

  /** Reads one component of a known shape, boxed. */
  @Nullable Object component(Input in, Shape shape, int depth) {
    return switch (shape) {
      case BOOLEAN -> in.readBoolean();
      case BYTE -> in.readByte();
      case SHORT -> in.readShort();
      case CHAR -> in.readChar();
      case INT -> in.readVarInt(false);
      case LONG -> in.readVarLong(false);
      case FLOAT -> in.readFloat();
      case DOUBLE -> in.readDouble();
      case STRING -> {
        int length = in.readVarInt(true);
        if (length == 0) {
          yield null;
        }
        bounded(in, length - 1, 1);
        String text = new String(in.getBuffer(), in.position(), length - 1, StandardCharsets.UTF_8);
        in.setPosition(in.position() + length - 1);
        yield text;
      }
      case ANY -> any(in, depth + 1);
    };
  }

  /** Widens a value read under an older shape. */
  static @Nullable Object widen(@Nullable Object value, Shape from, Shape to) {
    if (from == to || value == null) {
      return value;
    }
    long number = value instanceof Character c ? c : value instanceof Number n ? n.longValue() : 0;
    return switch (to) {
      case SHORT -> (short) number;
      case INT -> (int) number;
      case LONG -> number;
      case DOUBLE -> value instanceof Float f ? (double) f : (double) number;
      default ->
          throw new CorruptException("a value of shape " + from + " cannot be read as " + to);
    };
  }

  /** What a component that was added later has in values written before. */
  static @Nullable Object defaultOf(Shape shape) {
    return switch (shape) {
      case BOOLEAN -> false;
      case BYTE -> (byte) 0;
      case SHORT -> (short) 0;
      case CHAR -> (char) 0;
      case INT -> 0;
      case LONG -> 0L;
      case FLOAT -> 0f;
      case DOUBLE -> 0d;
      case STRING, ANY -> null;
    };
  }
}
