package io.hotpot.store;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.ArrayList;
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
    Decoder in = new Decoder(bytes, offset, length);
    try {
      Object tree = read(in, 0);
      if (tree == null || in.remaining() > 0) {
        throw new CorruptException("a stored value does not end where it should");
      }
      return tree;
    } catch (DateTimeException | IllegalArgumentException | ArithmeticException e) {
      throw new CorruptException("a stored value is damaged: " + e.getMessage(), e);
    } catch (StackOverflowError e) {
      throw new TypeMismatch("a stored value is nested too deep for the stack of this thread", e);
    }
  }

  private @Nullable Object read(Decoder in, int depth) {
    if (depth > ValueWriter.MAX_DEPTH) {
      throw new CorruptException(
          "a stored value is nested more than " + ValueWriter.MAX_DEPTH + " deep");
    }
    int tag = in.readUnsigned();
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
      case ValueTag.INTEGER -> in.readSigned();
      case ValueTag.LONG -> form("@long", in.readSignedLong());
      case ValueTag.FLOAT -> form("@float", TreeLeaves.floating(in.readFloat()));
      case ValueTag.DOUBLE -> form("@double", TreeLeaves.floating(in.readDouble()));
      case ValueTag.STRING -> in.readText();
      case ValueTag.BIG_INTEGER -> form("@BigInteger", bigInteger(in).toString());
      case ValueTag.BIG_DECIMAL -> {
        int scale = in.readSigned();
        yield form("@BigDecimal", List.of(bigInteger(in).toString(), scale));
      }
      case ValueTag.UUID -> form("@uuid", new UUID(in.readLong(), in.readLong()).toString());
      case ValueTag.REF -> form("@ref", Ref.text(in.readLong()));
      case ValueTag.INSTANT ->
          form(
              "@instant", Instant.ofEpochSecond(in.readSignedLong(), in.readUnsigned()).toString());
      case ValueTag.DURATION ->
          form("@duration", Duration.ofSeconds(in.readSignedLong(), in.readUnsigned()).toString());
      case ValueTag.LOCAL_DATE ->
          form("@date", LocalDate.ofEpochDay(in.readSignedLong()).toString());
      case ValueTag.LOCAL_TIME ->
          form("@time", LocalTime.ofNanoOfDay(in.readUnsignedLong()).toString());
      case ValueTag.LOCAL_DATE_TIME ->
          form(
              "@dateTime",
              LocalDate.ofEpochDay(in.readSignedLong())
                  .atTime(LocalTime.ofNanoOfDay(in.readUnsignedLong()))
                  .toString());
      case ValueTag.ZONED_DATE_TIME -> form("@zonedDateTime", in.readText());
      case ValueTag.OFFSET_DATE_TIME -> form("@offsetDateTime", in.readText());
      case ValueTag.ZONE_ID -> form("@zone", in.readText());
      case ValueTag.PERIOD -> form("@period", in.readText());
      case ValueTag.YEAR -> form("@year", in.readSigned());
      case ValueTag.OPTIONAL -> form("@optional", read(in, depth + 1));
      case ValueTag.LIST -> readList(in, depth);
      case ValueTag.BYTES,
          ValueTag.INTS,
          ValueTag.LONGS,
          ValueTag.SHORTS,
          ValueTag.DOUBLES,
          ValueTag.FLOATS,
          ValueTag.CHARS,
          ValueTag.BOOLEANS ->
          TreeLeaves.ofArray(ArrayCodec.readPrimitives(in, tag));
      case ValueTag.TYPED_ARRAY -> {
        Map<String, @Nullable Object> tree = new LinkedHashMap<>();
        tree.put("@array", readElementType(in, depth));
        tree.put("values", readList(in, depth));
        yield Collections.unmodifiableMap(tree);
      }
      default -> throw new CorruptException("a stored value has the unknown tag " + tag);
    };
  }

  private String readElementType(Decoder in, int depth) {
    int tag = in.readUnsigned();
    if (tag == ValueTag.TYPED_ARRAY && depth <= ElementTypes.MAX_DIMENSIONS) {
      return readElementType(in, depth + 1) + "[]";
    }
    return tag >= ValueTag.SCHEMA
        ? types.schema(tag - ValueTag.SCHEMA).typeName()
        : ElementTypes.classOf(tag).getTypeName();
  }

  private static BigInteger bigInteger(Decoder in) {
    return new BigInteger(in.readBytes());
  }

  static Map<String, @Nullable Object> form(String name, @Nullable Object value) {
    Map<String, @Nullable Object> form = new LinkedHashMap<>();
    form.put(name, value);
    return Collections.unmodifiableMap(form);
  }

  private List<@Nullable Object> readList(Decoder in, int depth) {
    int count = in.readCount(1);
    List<@Nullable Object> list = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      list.add(read(in, depth + 1));
    }
    return Collections.unmodifiableList(list);
  }

  private List<@Nullable Object> readPairs(Decoder in, int depth) {
    int count = in.readCount(2);
    List<@Nullable Object> pairs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      List<@Nullable Object> pair = new ArrayList<>(2);
      pair.add(read(in, depth + 1));
      pair.add(read(in, depth + 1));
      pairs.add(Collections.unmodifiableList(pair));
    }
    return Collections.unmodifiableList(pairs);
  }

  private Object readStruct(Decoder in, int schemaId, int depth) {
    Schema schema = types.schema(schemaId);
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    if (schema.kind() == Schema.Kind.ENUM) {
      tree.put("@enum", schema.typeName());
      tree.put("constant", schema.constants().get(EnumStruct.index(schema, in)));
      return Collections.unmodifiableMap(tree);
    }
    if (schema.kind() == Schema.Kind.ABSTRACT) {
      throw new CorruptException(
          "a stored value is of " + schema.typeName() + ", which was abstract");
    }
    tree.put(TYPE, schema.typeName());
    for (Schema.Component component : schema.components()) {
      tree.put(component.name(), readComponent(in, component.shape(), depth));
    }
    return Collections.unmodifiableMap(tree);
  }

  private @Nullable Object readComponent(Decoder in, Shape shape, int depth) {
    return switch (shape) {
      case BOOLEAN -> in.readBoolean();
      case BYTE -> in.readByte();
      case SHORT -> in.readShort();
      case CHAR -> String.valueOf(in.readChar());
      case INT -> in.readSigned();
      case LONG -> in.readSignedLong();
      case FLOAT -> TreeLeaves.floating(in.readFloat());
      case DOUBLE -> TreeLeaves.floating(in.readDouble());
      case STRING -> in.readNullableText();
      case ANY -> read(in, depth + 1);
    };
  }

  // ---- writing

  byte[] encode(Object tree) {
    Encoder out = new Encoder();
    try {
      write(out, tree, "the value", 0);
    } catch (StackOverflowError e) {
      throw new TypeMismatch("the value is nested too deep for the stack of this thread", e);
    }
    return out.toBytes();
  }

  private void write(Encoder out, @Nullable Object tree, String place, int depth) {
    if (depth > ValueWriter.MAX_DEPTH) {
      throw new TypeMismatch(place + " is nested more than " + ValueWriter.MAX_DEPTH + " deep");
    }
    switch (tree) {
      case null -> out.writeUnsigned(ValueTag.NULL);
      case Boolean value -> {
        out.writeUnsigned(ValueTag.BOOLEAN);
        out.writeBoolean(value);
      }
      case String text -> {
        out.writeUnsigned(ValueTag.STRING);
        out.writeText(text);
      }
      case Number number -> writeNumber(out, number);
      case List<?> list -> {
        out.writeUnsigned(ValueTag.LIST);
        writeList(out, list, place, depth);
      }
      case Map<?, ?> map -> writeForm(out, map, place, depth);
      default ->
          throw new TypeMismatch(
              place + " is a " + tree.getClass().getName() + ", which no tree holds");
    }
  }

  /** A whole number is an Integer if it fits, else a Long; any other a Double. */
  private static void writeNumber(Encoder out, Number number) {
    double value = number.doubleValue();
    boolean whole =
        number instanceof Integer
            || number instanceof Long
            || number instanceof Short
            || number instanceof Byte;
    if (!whole) {
      out.writeUnsigned(ValueTag.DOUBLE);
      out.writeDouble(value);
    } else if (number.longValue() == number.intValue()) {
      out.writeUnsigned(ValueTag.INTEGER);
      out.writeSigned(number.intValue());
    } else {
      out.writeUnsigned(ValueTag.LONG);
      out.writeSigned(number.longValue());
    }
  }

  private void writeList(Encoder out, List<?> list, String place, int depth) {
    out.writeUnsigned(list.size());
    for (int i = 0; i < list.size(); i++) {
      write(out, list.get(i), place + "[" + i + "]", depth + 1);
    }
  }

  private void writeElementType(Encoder out, String name, String place) {
    Integer tag = ElementTypes.tagOf(name);
    if (tag != null) {
      out.writeUnsigned(tag);
    } else if (name.endsWith("[]")) {
      out.writeUnsigned(ValueTag.TYPED_ARRAY);
      writeElementType(out, name.substring(0, name.length() - "[]".length()), place);
    } else {
      out.writeUnsigned(ValueTag.SCHEMA + newest(name, place).id());
    }
  }

  private void writeForm(Encoder out, Map<?, ?> map, String place, int depth) {
    if (map.containsKey(TYPE)) {
      writeStruct(out, map, place, depth);
    } else if (map.containsKey("@enum")) {
      writeEnum(out, map, place);
    } else if (map.containsKey("@array")) {
      out.writeUnsigned(ValueTag.TYPED_ARRAY);
      writeElementType(out, text(map.get("@array"), place), place);
      writeList(out, list(map.get("values"), place), place, depth);
    } else if (map.size() == 1 && map.keySet().iterator().next() instanceof String name) {
      writeSimpleForm(out, name, map.get(name), place, depth);
    } else {
      throw new TypeMismatch(
          place + " is an object without \"@type\"; its keys are " + map.keySet());
    }
  }

  private void writeSimpleForm(
      Encoder out, String name, @Nullable Object value, String place, int depth) {
    for (Map.Entry<Integer, String> collection : COLLECTIONS.entrySet()) {
      if (collection.getValue().equals(name)) {
        out.writeUnsigned(collection.getKey());
        writeList(out, list(value, place), place, depth);
        return;
      }
    }
    for (Map.Entry<Integer, String> map : MAPS.entrySet()) {
      if (map.getValue().equals(name)) {
        out.writeUnsigned(map.getKey());
        writePairs(out, list(value, place), place, depth);
        return;
      }
    }
    if (name.equals("@optional")) {
      out.writeUnsigned(ValueTag.OPTIONAL);
      write(out, value, place, depth + 1);
      return;
    }
    Object leaf = TreeLeaves.parse(name, value, place);
    ValueWriter.any(types, out, leaf, depth);
  }

  private void writePairs(Encoder out, List<?> pairs, String place, int depth) {
    out.writeUnsigned(pairs.size());
    for (Object pair : pairs) {
      List<?> two = list(pair, place);
      if (two.size() != 2) {
        throw new TypeMismatch(place + " has an entry that is not a pair of key and value");
      }
      write(out, two.get(0), place + " key", depth + 1);
      write(out, two.get(1), place + "[" + two.get(0) + "]", depth + 1);
    }
  }

  private void writeEnum(Encoder out, Map<?, ?> map, String place) {
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
    out.writeUnsigned(ValueTag.SCHEMA + schema.id());
    out.writeUnsigned(ordinal);
  }

  private void writeStruct(Encoder out, Map<?, ?> map, String place, int depth) {
    Schema schema = fitting(map, place);
    if (schema.kind() == Schema.Kind.ABSTRACT) {
      throw new TypeMismatch(place + ": " + schema.typeName() + " is abstract");
    }
    if (schema.kind() == Schema.Kind.ENUM) {
      throw new TypeMismatch(
          place + ": " + schema.typeName() + " is an enum: {\"@enum\": ..., \"constant\": ...}");
    }
    Set<Object> unknown = new HashSet<>(map.keySet());
    unknown.remove(TYPE);
    out.writeUnsigned(ValueTag.SCHEMA + schema.id());
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
      Encoder out, Shape shape, @Nullable Object value, String place, int depth) {
    switch (shape) {
      case ANY -> write(out, value, place, depth + 1);
      case STRING -> {
        out.writeNullableText(value == null ? null : text(value, place));
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
          out.writeSigned(
              (int) TreeLeaves.whole(value, Integer.MIN_VALUE, Integer.MAX_VALUE, place));
      case LONG -> out.writeSigned(TreeLeaves.whole(value, Long.MIN_VALUE, Long.MAX_VALUE, place));
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
