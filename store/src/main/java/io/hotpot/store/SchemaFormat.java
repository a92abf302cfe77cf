package io.hotpot.store;

import java.util.ArrayList;
import java.util.List;

/**
 * A schema as the catalog stores it.
 *
 * <pre>
 *  version u8 = 2 | id varint | kind u8 | type name
 *    | count varint, components: shape u8, name, declared type | count varint, constants
 * </pre>
 *
 * Texts are a varint length and UTF-8. Version 1 has no declared types, and its components no value
 * that would stand for one: what a component of shape {@code ANY} held is then found out when it is
 * read.
 */
final class SchemaFormat {

  private static final int VERSION = 2;
  private static final int VERSION_WITHOUT_DECLARED_TYPES = 1;

  /** More types than any store has; readers are found in an array. */
  static final int MAX_ID = 1 << 20;

  private SchemaFormat() {}

  static byte[] write(Schema schema) {
    Encoder out = new Encoder();
    out.writeByte(VERSION);
    out.writeUnsigned(schema.id());
    out.writeByte(schema.kind().ordinal());
    out.writeText(schema.typeName());
    out.writeUnsigned(schema.components().size());
    for (Schema.Component component : schema.components()) {
      out.writeByte(component.shape().ordinal());
      out.writeText(component.name());
      out.writeText(component.declared());
    }
    out.writeUnsigned(schema.constants().size());
    schema.constants().forEach(out::writeText);
    return out.toBytes();
  }

  /**
   * @throws FormatTooNew if a later version of this library wrote it
   * @throws CorruptException if it is no schema
   */
  static Schema read(byte[] bytes) {
    Decoder in = new Decoder(bytes, 0, bytes.length);
    int version = in.readByte();
    if (version > VERSION) {
      throw new FormatTooNew(
          "a type's schema has format " + version + ", this library reads up to " + VERSION);
    }
    boolean hasDeclaredTypes = version > VERSION_WITHOUT_DECLARED_TYPES;
    try {
      int id = in.readUnsigned();
      Schema.Kind kind = Schema.Kind.values()[in.readByte()];
      String name = in.readText();
      int count = in.readCount(2);
      List<Schema.Component> components = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        Shape shape = Shape.values()[in.readByte()];
        String component = in.readText();
        String declared = hasDeclaredTypes ? in.readText() : "";
        components.add(new Schema.Component(component, shape, declared));
      }
      int constantCount = in.readCount(1);
      List<String> constants = new ArrayList<>();
      for (int i = 0; i < constantCount; i++) {
        constants.add(in.readText());
      }
      if (id < 1 || id > MAX_ID || version < 1 || in.remaining() > 0) {
        throw new CorruptException(
            "a type's schema in the catalog is damaged: id=" + id + ", version=" + version);
      }
      return new Schema(id, name, kind, List.copyOf(components), List.copyOf(constants));
    } catch (ArrayIndexOutOfBoundsException e) {
      throw new CorruptException("a type's schema in the catalog is damaged", e);
    }
  }
}
