package io.hotpot.store;

import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes values as trees, by their stored schema alone, without the application's
 * classes: what a store opened {@linkplain HotpotOptions#withTrees as trees} gives and takes.
 * docs/TYPES.md lists the forms.
 *
 * <p>A tree is made of null, booleans, numbers, texts, unmodifiable lists, and unmodifiable maps in
 * a fixed order. It has a JSON form without loss.
 *
 * <p>Thread-safety: all methods from any thread.
 */
final class TreeCodec {

  private static final String TYPE = "@type";

  /** The names of the forms that hold a list of values, by tag. */
  private static final Map<Integer, String> COLLECTIONS =
      Map.of(
          ValueTag.ARRAY_LIST, "@ArrayList",
          ValueTag.LINKED_LIST, "@LinkedList",
          ValueTag.ARRAY_DEQUE, "@ArrayDeque",
          ValueTag.SET, "@set",
          ValueTag.HASH_SET, "@HashSet",
          ValueTag.LINKED_HASH_SET, "@LinkedHashSet",
          ValueTag.TREE_SET, "@TreeSet",
          ValueTag.STRINGS, "@strings",
          ValueTag.OBJECTS, "@objects");

  /** The names of the forms that hold a list of pairs. */
  private static final Map<Integer, String> MAPS =
      Map.of(
          ValueTag.MAP, "@map",
          ValueTag.HASH_MAP, "@HashMap",
          ValueTag.LINKED_HASH_MAP, "@LinkedHashMap",
          ValueTag.TREE_MAP, "@TreeMap");

  private final TypeRegistry types;

  TreeCodec(TypeRegistry types) {
    this.types = types;
  }

  // ---- reading

  Object decode(byte[] bytes, int offset, int length) {
    Input in = new Input(bytes, offset, length);
    try {
      Object tree = read(in, 0);
      if (tree == null || in.position() != offset + length) {
        throw new CorruptException("a stored value does not end where it should");
      }
      return tree;
    } catch (KryoException
        | IndexOutOfBoundsException
        | DateTimeException
        | IllegalArgumentException
        | ArithmeticException e) {
      throw new CorruptException("a stored value is damaged: " + e.getMessage(), e);
    }
  }

  private @Nullable Object read(Input in, int depth) {
    if (depth > ValueWriter.MAX_DEPTH) {
      throw new CorruptException(
          "a stored value is nested more than " + ValueWriter.MAX_DEPTH + " deep");
    }
    int tag = in.readVarInt(true);
    if (tag >= ValueTag.SCHEMA) {
      return readStruct(in, tag - ValueTag.SCHEMA, depth);
    }
    String collection = COLLECTIONS.get(tag);
    if (collection != null) {
      return form(collection, readList(in, depth));
    }
    String map = MAPS.get(tag);
    if (map != null) {
      return form(map, readPairs(in, depth));
    }
    return switch (tag) {
      case ValueTag.NULL -> null;
      case ValueTag.BOOLEAN -> in.readBoolean();
      case ValueTag.BYTE -> form("@byte", in.readByte());
      case ValueTag.SHORT -> form("@short", in.readShort());
      case ValueTag.CHARACTER -> form("@char", String.valueOf(in.readChar()));
      case ValueTag.INTEGER -> in.readVarInt(false);
      case ValueTag.LONG -> form("@long", in.readVarLong(false));
      case ValueTag.FLOAT -> form("@float", floating(in.readFloat()));
      case ValueTag.DOUBLE -> form("@double", floating(in.readDouble()));
      case ValueTag.STRING -> ValueReader.text(in);
      case ValueTag.BIG_INTEGER -> form("@BigInteger", bigInteger(in).toString());
      case ValueTag.BIG_DECIMAL -> {
        int scale = in.readVarInt(false);
        yield form("@BigDecimal", List.of(bigInteger(in).toString(), scale));
      }
      case ValueTag.UUID -> form("@uuid", new UUID(in.readLong(), in.readLong()).toString());
      case ValueTag.REF -> form("@ref", Ref.text(in.readLong()));
      case ValueTag.INSTANT ->
          form(
              "@instant",
              Instant.ofEpochSecond(in.readVarLong(false), in.readVarInt(true)).toString());
      case ValueTag.DURATION ->
          form(
              "@duration",
              Duration.ofSeconds(in.readVarLong(false), in.readVarInt(true)).toString());
      case ValueTag.LOCAL_DATE ->
          form("@date", LocalDate.ofEpochDay(in.readVarLong(false)).toString());
      case ValueTag.LOCAL_TIME ->
          form("@time", LocalTime.ofNanoOfDay(in.readVarLong(true)).toString());
      case ValueTag.LOCAL_DATE_TIME ->
          form(
              "@dateTime",
              LocalDate.ofEpochDay(in.readVarLong(false))
                  .atTime(LocalTime.ofNanoOfDay(in.readVarLong(true)))
                  .toString());
      case ValueTag.ZONED_DATE_TIME -> form("@zonedDateTime", ValueReader.text(in));
      case ValueTag.OFFSET_DATE_TIME -> form("@offsetDateTime", ValueReader.text(in));
      case ValueTag.ZONE_ID -> form("@zone", ValueReader.text(in));
      case ValueTag.PERIOD -> form("@period", ValueReader.text(in));
      case ValueTag.YEAR -> form("@year", in.readVarInt(false));
      case ValueTag.OPTIONAL -> form("@optional", read(in, depth + 1));
      case ValueTag.LIST -> readList(in, depth);
      case ValueTag.BYTES ->
          form(
              "@bytes",
              Base64.getEncoder()
                  .encodeToString(in.readBytes(ValueReader.bounded(in, in.readVarInt(true), 1))));
      case ValueTag.INTS -> form("@ints", readNumbers(in, 4));
      case ValueTag.LONGS -> form("@longs", readNumbers(in, 8));
      case ValueTag.SHORTS -> form("@shorts", readNumbers(in, 2));
      case ValueTag.DOUBLES -> {
        int count = ValueReader.bounded(in, in.readVarInt(true), 8);
        List<Object> list = new ArrayList<>(count);
        for (double value : in.readDoubles(count)) {
          list.add(floating(value));
        }
        yield form("@doubles", Collections.unmodifiableList(list));
      }
      case ValueTag.FLOATS -> {
        int count = ValueReader.bounded(in, in.readVarInt(true), 4);
        List<Object> list = new ArrayList<>(count);
        for (float value : in.readFloats(count)) {
          list.add(floating(value));
        }
        yield form("@floats", Collections.unmodifiableList(list));
      }
      case ValueTag.CHARS ->
          form("@chars", new String(in.readChars(ValueReader.bounded(in, in.readVarInt(true), 2))));
      case ValueTag.BOOLEANS -> {
        int count = ValueReader.bounded(in, in.readVarInt(true), 1);
        List<Object> list = new ArrayList<>(count);
        for (boolean value : in.readBooleans(count)) {
          list.add(value);
        }
        yield form("@booleans", Collections.unmodifiableList(list));
      }
      case ValueTag.STRUCT_ARRAY -> {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("@array", ValueReader.text(in));
        tree.put("values", readList(in, depth));
        yield Collections.unmodifiableMap(tree);
      }
      default -> throw new CorruptException("a stored value has the unknown tag " + tag);
    };
  }

  /** JSON has no number for what is not finite. */
  private static Object floating(double value) {
    return Double.isFinite(value) ? (Object) value : Double.toString(value);
  }

  private static Object floating(float value) {
    return Float.isFinite(value) ? (Object) value : Float.toString(value);
  }

  private static BigInteger bigInteger(Input in) {
    return new BigInteger(in.readBytes(ValueReader.bounded(in, in.readVarInt(true), 1)));
  }

  private static Map<String, @Nullable Object> form(String name, @Nullable Object value) {
    Map<String, @Nullable Object> form = new LinkedHashMap<>();
    form.put(name, value);
    return Collections.unmodifiableMap(form);
  }

  private List<@Nullable Object> readList(Input in, int depth) {
    int count = ValueReader.bounded(in, in.readVarInt(true), 1);
    List<@Nullable Object> list = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      list.add(read(in, depth + 1));
    }
    return Collections.unmodifiableList(list);
  }

  private List<@Nullable Object> readPairs(Input in, int depth) {
    int count = ValueReader.bounded(in, in.readVarInt(true), 2);
    List<@Nullable Object> pairs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      List<@Nullable Object> pair = new ArrayList<>(2);
      pair.add(read(in, depth + 1));
      pair.add(read(in, depth + 1));
      pairs.add(Collections.unmodifiableList(pair));
    }
    return Collections.unmodifiableList(pairs);
  }

  private static List<Object> readNumbers(Input in, int bytesEach) {
    int count = ValueReader.bounded(in, in.readVarInt(true), bytesEach);
    List<Object> list = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      switch (bytesEach) {
        case 2 -> list.add(in.readShort());
        case 4 -> list.add(in.readInt());
        default -> list.add(in.readLong());
      }
    }
    return Collections.unmodifiableList(list);
  }

  private Object readStruct(Input in, int schemaId, int depth) {
    Schema schema =
        types
            .schema(schemaId)
            .orElseThrow(
                () ->
                    new CorruptException(
                        "a stored value has the type "
                            + schemaId
                            + ", which the catalog does not know"));
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    if (schema.kind() == Schema.Kind.ENUM) {
      int ordinal = in.readVarInt(true);
      if (ordinal < 0 || ordinal >= schema.constants().size()) {
        throw new CorruptException("a stored enum constant has the number " + ordinal);
      }
      tree.put("@enum", schema.typeName());
      tree.put("constant", schema.constants().get(ordinal));
      return Collections.unmodifiableMap(tree);
    }
    tree.put(TYPE, schema.typeName());
    for (Schema.Component component : schema.components()) {
      tree.put(component.name(), readComponent(in, component.shape(), depth));
    }
    return Collections.unmodifiableMap(tree);
  }

  private @Nullable Object readComponent(Input in, Shape shape, int depth) {
    return switch (shape) {
      case BOOLEAN -> in.readBoolean();
      case BYTE -> in.readByte();
      case SHORT -> in.readShort();
      case CHAR -> String.valueOf(in.readChar());
      case INT -> in.readVarInt(false);
      case LONG -> in.readVarLong(false);
      case FLOAT -> floating(in.readFloat());
      case DOUBLE -> floating(in.readDouble());
      case STRING -> {
        int length = in.readVarInt(true);
        if (length == 0) {
          yield null;
        }
        ValueReader.bounded(in, length - 1, 1);
        String text = new String(in.getBuffer(), in.position(), length - 1, StandardCharsets.UTF_8);
        in.setPosition(in.position() + length - 1);
        yield text;
      }
      case ANY -> read(in, depth + 1);
    };
  }

  // ---- writing

  byte[] encode(Object tree) {
    try (Output out = new Output(256, -1)) {
      write(out, tree, "the value", 0);
      return out.toBytes();
    } catch (KryoException e) {
      throw new ObjectTooLarge("the encoded value is too large", e);
    }
  }

  private void write(Output out, @Nullable Object tree, String place, int depth) {
    if (depth > ValueWriter.MAX_DEPTH) {
      throw new TypeMismatch(place + " is nested more than " + ValueWriter.MAX_DEPTH + " deep");
    }
    switch (tree) {
      case null -> out.writeVarInt(ValueTag.NULL, true);
      case Boolean value -> {
        out.writeVarInt(ValueTag.BOOLEAN, true);
        out.writeBoolean(value);
      }
      case String text -> {
        out.writeVarInt(ValueTag.STRING, true);
        ValueWriter.text(out, text);
      }
      case Number number -> writeNumber(out, number);
      case List<?> list -> {
        out.writeVarInt(ValueTag.LIST, true);
        writeList(out, list, place, depth);
      }
      case Map<?, ?> map -> writeForm(out, map, place, depth);
      default ->
          throw new TypeMismatch(
              place + " is a " + tree.getClass().getName() + ", which no tree holds");
    }
  }

  /** A whole number is an Integer if it fits, else a Long; any other a Double. */
  private static void writeNumber(Output out, Number number) {
    double value = number.doubleValue();
    boolean whole =
        number instanceof Integer
            || number instanceof Long
            || number instanceof Short
            || number instanceof Byte;
    if (!whole) {
      out.writeVarInt(ValueTag.DOUBLE, true);
      out.writeDouble(value);
    } else if (number.longValue() == number.intValue()) {
      out.writeVarInt(ValueTag.INTEGER, true);
      out.writeVarInt(number.intValue(), false);
    } else {
      out.writeVarInt(ValueTag.LONG, true);
      out.writeVarLong(number.longValue(), false);
    }
  }

  private void writeList(Output out, List<?> list, String place, int depth) {
    out.writeVarInt(list.size(), true);
    for (int i = 0; i < list.size(); i++) {
      write(out, list.get(i), place + "[" + i + "]", depth + 1);
    }
  }

  private void writeForm(Output out, Map<?, ?> map, String place, int depth) {
    if (map.containsKey(TYPE)) {
      writeStruct(out, map, place, depth);
    } else if (map.containsKey("@enum")) {
      writeEnum(out, map, place);
    } else if (map.containsKey("@array")) {
      out.writeVarInt(ValueTag.STRUCT_ARRAY, true);
      ValueWriter.text(out, text(map.get("@array"), place));
      writeList(out, list(map.get("values"), place), place, depth);
    } else if (map.size() == 1 && map.keySet().iterator().next() instanceof String name) {
      writeSimpleForm(out, name, map.get(name), place, depth);
    } else {
      throw new TypeMismatch(
          place + " is an object without \"@type\"; its keys are " + map.keySet());
    }
  }

  private void writeSimpleForm(
      Output out, String name, @Nullable Object value, String place, int depth) {
    for (Map.Entry<Integer, String> collection : COLLECTIONS.entrySet()) {
      if (collection.getValue().equals(name)) {
        out.writeVarInt(collection.getKey(), true);
        writeList(out, list(value, place), place, depth);
        return;
      }
    }
    for (Map.Entry<Integer, String> map : MAPS.entrySet()) {
      if (map.getValue().equals(name)) {
        out.writeVarInt(map.getKey(), true);
        writePairs(out, list(value, place), place, depth);
        return;
      }
    }
    if (name.equals("@optional")) {
      out.writeVarInt(ValueTag.OPTIONAL, true);
      write(out, value, place, depth + 1);
      return;
    }
    Object leaf = TreeLeaves.parse(name, value, place);
    ValueWriter.any(types, out, leaf, depth);
  }

  private void writePairs(Output out, List<?> pairs, String place, int depth) {
    out.writeVarInt(pairs.size(), true);
    for (Object pair : pairs) {
      List<?> two = list(pair, place);
      if (two.size() != 2) {
        throw new TypeMismatch(place + " has an entry that is not a pair of key and value");
      }
      write(out, two.get(0), place + " key", depth + 1);
      write(out, two.get(1), place + "[" + two.get(0) + "]", depth + 1);
    }
  }

  private void writeEnum(Output out, Map<?, ?> map, String place) {
    Schema schema = newest(text(map.get("@enum"), place), place);
    int ordinal = schema.constants().indexOf(text(map.get("constant"), place));
    if (ordinal < 0) {
      throw new TypeMismatch(
          place
              + ": "
              + schema.typeName()
              + " has no constant '"
              + map.get("constant")
              + "'; it has "
              + schema.constants());
    }
    out.writeVarInt(ValueTag.SCHEMA + schema.id(), true);
    out.writeVarInt(ordinal, true);
  }

  private void writeStruct(Output out, Map<?, ?> map, String place, int depth) {
    Schema schema = fitting(map, place);
    if (schema.kind() == Schema.Kind.ENUM) {
      throw new TypeMismatch(
          place + ": " + schema.typeName() + " is an enum: {\"@enum\": ..., \"constant\": ...}");
    }
    Set<Object> unknown = new HashSet<>(map.keySet());
    unknown.remove(TYPE);
    out.writeVarInt(ValueTag.SCHEMA + schema.id(), true);
    for (Schema.Component component : schema.components()) {
      if (!map.containsKey(component.name())) {
        throw new TypeMismatch(
            place
                + ": component '"
                + component.name()
                + "' of "
                + schema.typeName()
                + " is missing");
      }
      unknown.remove(component.name());
      String where = place + "." + component.name();
      writeComponent(out, component.shape(), map.get(component.name()), where, depth);
    }
    if (!unknown.isEmpty()) {
      throw new TypeMismatch(
          place
              + ": "
              + schema.typeName()
              + " has no component "
              + unknown
              + "; it has "
              + schema.components().stream().map(Schema.Component::name).toList());
    }
  }

  private void writeComponent(
      Output out, Shape shape, @Nullable Object value, String place, int depth) {
    switch (shape) {
      case ANY -> write(out, value, place, depth + 1);
      case STRING -> {
        if (value == null) {
          out.writeVarInt(0, true);
        } else {
          byte[] utf8 = text(value, place).getBytes(StandardCharsets.UTF_8);
          out.writeVarInt(utf8.length + 1, true);
          out.writeBytes(utf8);
        }
      }
      case BOOLEAN -> {
        if (!(value instanceof Boolean truth)) {
          throw TreeLeaves.mismatch(place, "true or false", value);
        }
        out.writeBoolean(truth);
      }
      case BYTE ->
          out.writeByte((byte) TreeLeaves.whole(value, Byte.MIN_VALUE, Byte.MAX_VALUE, place));
      case SHORT ->
          out.writeShort((short) TreeLeaves.whole(value, Short.MIN_VALUE, Short.MAX_VALUE, place));
      case CHAR -> out.writeChar(TreeLeaves.character(value, place));
      case INT ->
          out.writeVarInt(
              (int) TreeLeaves.whole(value, Integer.MIN_VALUE, Integer.MAX_VALUE, place), false);
      case LONG ->
          out.writeVarLong(TreeLeaves.whole(value, Long.MIN_VALUE, Long.MAX_VALUE, place), false);
      case FLOAT -> out.writeFloat((float) TreeLeaves.floating(value, place));
      case DOUBLE -> out.writeDouble(TreeLeaves.floating(value, place));
    }
  }

  /**
   * The newest version of a type that has just these components; else the newest, to complain of.
   */
  private Schema fitting(Map<?, ?> map, String place) {
    String typeName = text(map.get(TYPE), place);
    Set<Object> names = new HashSet<>(map.keySet());
    names.remove(TYPE);
    return types.schemas().stream()
        .filter(schema -> schema.typeName().equals(typeName))
        .filter(
            schema ->
                names.equals(
                    schema.components().stream()
                        .map(Schema.Component::name)
                        .collect(Collectors.toSet())))
        .max((a, b) -> Integer.compare(a.id(), b.id()))
        .orElseGet(() -> newest(typeName, place));
  }

  private Schema newest(String typeName, String place) {
    return types.schemas().stream()
        .filter(schema -> schema.typeName().equals(typeName))
        .max((a, b) -> Integer.compare(a.id(), b.id()))
        .orElseThrow(
            () ->
                new TypeMismatch(
                    place
                        + ": the store knows no type '"
                        + typeName
                        + "'; it knows "
                        + types.schemas().stream()
                            .map(Schema::typeName)
                            .distinct()
                            .sorted()
                            .toList()));
  }

  private static String text(@Nullable Object value, String place) {
    if (value instanceof String text) {
      return text;
    }
    throw TreeLeaves.mismatch(place, "a text", value);
  }

  private static List<?> list(@Nullable Object value, String place) {
    if (value instanceof List<?> list) {
      return list;
    }
    throw TreeLeaves.mismatch(place, "a list", value);
  }

  static BigDecimal bigDecimal(List<?> parts) {
    return new BigDecimal(
        new BigInteger(Objects.toString(parts.get(0))),
        Integer.parseInt(Objects.toString(parts.get(1))));
  }
}
