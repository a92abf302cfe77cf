package io.hotpot.store;

import java.lang.reflect.Array;
import java.math.BigInteger;
import java.time.DateTimeException;
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
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The values that a tree writes as a form with one name, such as {@code {"@long": 5}}. */
final class TreeLeaves {

  private TreeLeaves() {}

  /** The JDK's object that a form stands for. */
  static Object parse(String name, @Nullable Object value, String place) {
    try {
      return switch (name) {
        case "@byte" -> (byte) whole(value, Byte.MIN_VALUE, Byte.MAX_VALUE, place);
        case "@short" -> (short) whole(value, Short.MIN_VALUE, Short.MAX_VALUE, place);
        case "@char" -> character(value, place);
        case "@long" -> whole(value, Long.MIN_VALUE, Long.MAX_VALUE, place);
        case "@float" -> (float) floating(value, place);
        case "@double" -> floating(value, place);
        case "@BigInteger" -> new BigInteger(text(value, place));
        case "@BigDecimal" -> TreeCodec.bigDecimal(list(value, 2, place));
        case "@uuid" -> UUID.fromString(text(value, place));
        case "@ref" -> Ref.parse(text(value, place));
        case "@instant" -> Instant.parse(text(value, place));
        case "@duration" -> Duration.parse(text(value, place));
        case "@date" -> LocalDate.parse(text(value, place));
        case "@time" -> LocalTime.parse(text(value, place));
        case "@dateTime" -> LocalDateTime.parse(text(value, place));
        case "@zonedDateTime" -> ZonedDateTime.parse(text(value, place));
        case "@offsetDateTime" -> OffsetDateTime.parse(text(value, place));
        case "@zone" -> ZoneId.of(text(value, place));
        case "@period" -> Period.parse(text(value, place));
        case "@year" -> Year.of((int) whole(value, Year.MIN_VALUE, Year.MAX_VALUE, place));
        case "@bytes" -> Base64.getDecoder().decode(text(value, place));
        case "@chars" -> text(value, place).toCharArray();
        case "@ints" -> {
          List<?> list = list(value, -1, place);
          int[] array = new int[list.size()];
          for (int i = 0; i < array.length; i++) {
            array[i] = (int) whole(list.get(i), Integer.MIN_VALUE, Integer.MAX_VALUE, place);
          }
          yield array;
        }
        case "@longs" -> {
          List<?> list = list(value, -1, place);
          long[] array = new long[list.size()];
          for (int i = 0; i < array.length; i++) {
            array[i] = whole(list.get(i), Long.MIN_VALUE, Long.MAX_VALUE, place);
          }
          yield array;
        }
        case "@shorts" -> {
          List<?> list = list(value, -1, place);
          short[] array = new short[list.size()];
          for (int i = 0; i < array.length; i++) {
            array[i] = (short) whole(list.get(i), Short.MIN_VALUE, Short.MAX_VALUE, place);
          }
          yield array;
        }
        case "@doubles" -> {
          List<?> list = list(value, -1, place);
          double[] array = new double[list.size()];
          for (int i = 0; i < array.length; i++) {
            array[i] = floating(list.get(i), place);
          }
          yield array;
        }
        case "@floats" -> {
          List<?> list = list(value, -1, place);
          float[] array = new float[list.size()];
          for (int i = 0; i < array.length; i++) {
            array[i] = (float) floating(list.get(i), place);
          }
          yield array;
        }
        case "@booleans" -> {
          List<?> list = list(value, -1, place);
          boolean[] array = new boolean[list.size()];
          for (int i = 0; i < array.length; i++) {
            array[i] = Boolean.TRUE.equals(list.get(i));
          }
          yield array;
        }
        default -> throw new TypeMismatch(place + " has the form '" + name + "', which is unknown");
      };
    } catch (DateTimeException | IllegalArgumentException | MisuseException e) {
      throw new TypeMismatch(place + ": '" + value + "' is no " + name + ": " + e.getMessage(), e);
    }
  }

  /** The form of a primitive array. */
  static Map<String, @Nullable Object> ofArray(Object array) {
    return switch (array) {
      case byte[] a -> TreeCodec.form("@bytes", Base64.getEncoder().encodeToString(a));
      case char[] a -> TreeCodec.form("@chars", new String(a));
      default -> {
        int length = Array.getLength(array);
        List<Object> elements = new ArrayList<>(length);
        for (int i = 0; i < length; i++) {
          Object element = Array.get(array, i);
          elements.add(
              switch (element) {
                case Double d -> floating(d);
                case Float f -> floating(f);
                default -> element;
              });
        }
        String name = "@" + array.getClass().getComponentType().getName() + "s";
        yield TreeCodec.form(name, Collections.unmodifiableList(elements));
      }
    };
  }

  /** JSON has no number for what is not finite. */
  static Object floating(double value) {
    return Double.isFinite(value) ? (Object) value : Double.toString(value);
  }

  /** JSON has no number for what is not finite. */
  static Object floating(float value) {
    return Float.isFinite(value) ? (Object) value : Float.toString(value);
  }

  static TypeMismatch mismatch(String place, String wanted, @Nullable Object value) {
    return new TypeMismatch(place + " must be " + wanted + ", and is '" + value + "'");
  }

  static long whole(@Nullable Object value, long least, long most, String place) {
    if (value instanceof Number number
        && !(number instanceof Double || number instanceof Float)
        && number.longValue() >= least
        && number.longValue() <= most
        && (!(number instanceof BigInteger big) || big.bitLength() < Long.SIZE)) {
      return number.longValue();
    }
    throw mismatch(place, "a whole number from " + least + " to " + most, value);
  }

  static double floating(@Nullable Object value, String place) {
    if (value instanceof Number number) {
      return number.doubleValue();
    }
    if (value instanceof String text
        && (text.equals("NaN") || text.equals("Infinity") || text.equals("-Infinity"))) {
      return Double.parseDouble(text);
    }
    throw mismatch(place, "a number, \"NaN\", \"Infinity\" or \"-Infinity\"", value);
  }

  static char character(@Nullable Object value, String place) {
    if (value instanceof String text && text.length() == 1) {
      return text.charAt(0);
    }
    throw mismatch(place, "a text of one character", value);
  }

  private static String text(@Nullable Object value, String place) {
    if (value instanceof String text) {
      return text;
    }
    throw mismatch(place, "a text", value);
  }

  private static List<?> list(@Nullable Object value, int size, String place) {
    if (value instanceof List<?> list && (size < 0 || list.size() == size)) {
      return list;
    }
    throw mismatch(place, size < 0 ? "a list" : "a list of " + size, value);
  }
}
