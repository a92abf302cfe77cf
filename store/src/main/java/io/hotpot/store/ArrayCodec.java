package io.hotpot.store;

import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Arrays: primitive ones as runs of numbers, {@code String[]} and {@code Object[]} with their own
 * tags, and others with the type of their elements: a value tag for what the JDK has, a schema for
 * what the application has; never a name.
 */
final class ArrayCodec {

  private ArrayCodec() {}

  private static int tagOf(Class<?> array) {
    Integer tag = ElementTypes.tagOf(array);
    return tag == null ? ValueTag.TYPED_ARRAY : tag;
  }

  static void write(TypeRegistry types, Encoder out, Object array, int depth) {
    int length = Array.getLength(array);
    int tag = tagOf(array.getClass());
    out.writeByte(tag);
    if (tag == ValueTag.TYPED_ARRAY) {
      writeElementType(types, out, array.getClass().getComponentType());
    }
    out.writeUnsigned(length);
    switch (array) {
      case byte[] a -> out.writeRaw(a);
      case int[] a -> out.writeElements(length, Integer.BYTES).asIntBuffer().put(a);
      case long[] a -> out.writeElements(length, Long.BYTES).asLongBuffer().put(a);
      case double[] a -> out.writeElements(length, Double.BYTES).asDoubleBuffer().put(a);
      case short[] a -> out.writeElements(length, Short.BYTES).asShortBuffer().put(a);
      case char[] a -> out.writeElements(length, Character.BYTES).asCharBuffer().put(a);
      case float[] a -> out.writeElements(length, Float.BYTES).asFloatBuffer().put(a);
      case boolean[] a -> {
        ByteBuffer room = out.writeElements(length, 1);
        for (boolean element : a) {
          room.put((byte) (element ? 1 : 0));
        }
      }
      default -> {
        for (@Nullable Object element : (@Nullable Object[]) array) {
          ValueWriter.any(types, out, element, depth + 1);
        }
      }
    }
  }

  private static void writeElementType(TypeRegistry types, Encoder out, Class<?> type) {
    Integer tag = ElementTypes.tagOf(type);
    if (tag != null) {
      out.writeUnsigned(tag);
    } else if (type.isArray()) {
      out.writeUnsigned(ValueTag.TYPED_ARRAY);
      writeElementType(types, out, type.getComponentType());
    } else {
      out.writeUnsigned(ValueTag.SCHEMA + types.elementSchema(type).id());
    }
  }

  static Object read(TypeRegistry types, ValueReader reader, Decoder in, int tag, int depth) {
    return switch (tag) {
      case ValueTag.STRINGS -> readObjects(reader, in, String.class, depth);
      case ValueTag.OBJECTS -> readObjects(reader, in, Object.class, depth);
      case ValueTag.TYPED_ARRAY ->
          readObjects(reader, in, readElementType(types, in, depth + 1), depth);
      default -> readPrimitives(in, tag);
    };
  }

  static Object readPrimitives(Decoder in, int tag) {
    return switch (tag) {
      case ValueTag.BYTES -> in.readBytes();
      case ValueTag.INTS -> {
        ByteBuffer elements = in.readElements(Integer.BYTES);
        int[] array = new int[elements.remaining() / Integer.BYTES];
        elements.asIntBuffer().get(array);
        yield array;
      }
      case ValueTag.LONGS -> {
        ByteBuffer elements = in.readElements(Long.BYTES);
        long[] array = new long[elements.remaining() / Long.BYTES];
        elements.asLongBuffer().get(array);
        yield array;
      }
      case ValueTag.DOUBLES -> {
        ByteBuffer elements = in.readElements(Double.BYTES);
        double[] array = new double[elements.remaining() / Double.BYTES];
        elements.asDoubleBuffer().get(array);
        yield array;
      }
      case ValueTag.SHORTS -> {
        ByteBuffer elements = in.readElements(Short.BYTES);
        short[] array = new short[elements.remaining() / Short.BYTES];
        elements.asShortBuffer().get(array);
        yield array;
      }
      case ValueTag.CHARS -> {
        ByteBuffer elements = in.readElements(Character.BYTES);
        char[] array = new char[elements.remaining() / Character.BYTES];
        elements.asCharBuffer().get(array);
        yield array;
      }
      case ValueTag.FLOATS -> {
        ByteBuffer elements = in.readElements(Float.BYTES);
        float[] array = new float[elements.remaining() / Float.BYTES];
        elements.asFloatBuffer().get(array);
        yield array;
      }
      case ValueTag.BOOLEANS -> {
        boolean[] array = new boolean[in.readCount(1)];
        for (int i = 0; i < array.length; i++) {
          array[i] = in.readBoolean();
        }
        yield array;
      }
      default -> throw new CorruptException("a stored value has the unknown tag " + tag);
    };
  }

  private static Class<?> readElementType(TypeRegistry types, Decoder in, int depth) {
    int tag = in.readUnsigned();
    if (tag == ValueTag.TYPED_ARRAY && depth <= ElementTypes.MAX_DIMENSIONS) {
      return readElementType(types, in, depth + 1).arrayType();
    }
    if (tag >= ValueTag.SCHEMA) {
      Class<?> type = types.elementClass(tag - ValueTag.SCHEMA, in);
      return type == null ? Object.class : type;
    }
    return ElementTypes.classOf(tag);
  }

  private static Object readObjects(ValueReader reader, Decoder in, Class<?> type, int depth) {
    @Nullable Object[] array = (@Nullable Object[]) Array.newInstance(type, in.readCount(1));
    for (int i = 0; i < array.length; i++) {
      Object element = reader.any(in, depth + 1);
      if (element != null && !type.isInstance(element)) {
        throw new TypeMismatch(
            "a stored array of "
                + type.getName()
                + " holds a "
                + element.getClass().getName()
                + ", which is none");
      }
      array[i] = element;
    }
    return array;
  }
}
