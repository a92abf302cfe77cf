package io.hotpot.store;

import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import java.util.ArrayList;
import java.util.List;

/**
 * A schema as the catalog stores it.
 *
 * <pre>
 *  version u8 = 1 | id varint | kind u8 | type name | count varint, components: shape u8, name | count varint, constants
 * </pre>
 *
 * Texts are a varint length and UTF-8.
 */
final class SchemaFormat {

  private static final int VERSION = 1;

  private SchemaFormat() {}

  static byte[] write(Schema schema) {
    try (Output out = new Output(128, -1)) {
      out.writeByte(VERSION);
      out.writeVarInt(schema.id(), true);
      out.writeByte(schema.kind().ordinal());
      ValueWriter.text(out, schema.typeName());
      out.writeVarInt(schema.components().size(), true);
      for (Schema.Component component : schema.components()) {
        out.writeByte(component.shape().ordinal());
        ValueWriter.text(out, component.name());
      }
      out.writeVarInt(schema.constants().size(), true);
      schema.constants().forEach(constant -> ValueWriter.text(out, constant));
      return out.toBytes();
    }
  }

  static Schema read(byte[] bytes) {
    try (Input in = new Input(bytes)) {
      int version = in.readByte();
      if (version != VERSION) {
        throw new FormatTooNew(
            "a type's schema has format " + version + ", this library reads " + VERSION);
      }
      int id = in.readVarInt(true);
      Schema.Kind kind = Schema.Kind.values()[in.readByte()];
      String name = ValueReader.text(in);
      int count = ValueReader.bounded(in, in.readVarInt(true), 2);
      List<Schema.Component> components = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        Shape shape = Shape.values()[in.readByte()];
        components.add(new Schema.Component(ValueReader.text(in), shape));
      }
      int constantCount = ValueReader.bounded(in, in.readVarInt(true), 1);
      List<String> constants = new ArrayList<>();
      for (int i = 0; i < constantCount; i++) {
        constants.add(ValueReader.text(in));
      }
      return new Schema(id, name, kind, List.copyOf(components), List.copyOf(constants));
    } catch (KryoException | IndexOutOfBoundsException e) {
      throw new CorruptException("a type's schema in the catalog is damaged", e);
    }
  }
}
