package io.hotpot.store;

import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import java.lang.reflect.Array;
import org.jspecify.annotations.Nullable;

/**
 * Arrays: primitive ones as runs of numbers, {@code String[]} and {@code Object[]} and arrays of
 * stored types.
 */
final class ArrayCodec {

  private ArrayCodec() {}

  static void write(TypeRegistry types, Output out, Object array, int depth) {
    int length = Array.getLength(array);
    int tag =
        switch (array) {
          case byte[] a -> ValueTag.BYTES;
          case int[] a -> ValueTag.INTS;
          case long[] a -> ValueTag.LONGS;
          case double[] a -> ValueTag.DOUBLES;
          case short[] a -> ValueTag.SHORTS;
          case char[] a -> ValueTag.CHARS;
          case float[] a -> ValueTag.FLOATS;
          case boolean[] a -> ValueTag.BOOLEANS;
          case String[] a -> ValueTag.STRINGS;
          default -> array.getClass() == Object[].class ? ValueTag.OBJECTS : ValueTag.STRUCT_ARRAY;
        };
    out.writeByte(tag);
    if (tag == ValueTag.STRUCT_ARRAY) {
      types.writeTypeOf(out, array.getClass().getComponentType());
    }
    out.writeVarInt(length, true);
    switch (array) {
      case byte[] a -> out.writeBytes(a);
      case int[] a -> out.writeInts(a, 0, length);
      case long[] a -> out.writeLongs(a, 0, length);
      case double[] a -> out.writeDoubles(a, 0, length);
      case short[] a -> out.writeShorts(a, 0, length);
      case char[] a -> out.writeChars(a, 0, length);
      case float[] a -> out.writeFloats(a, 0, length);
      case boolean[] a -> out.writeBooleans(a, 0, length);
      default -> {
        for (@Nullable Object element : (@Nullable Object[]) array) {
          ValueWriter.any(types, out, element, depth + 1);
        }
      }
    }
  }

  static Object read(ValueReader reader, Input in, int tag, int depth) {
    if (tag == ValueTag.STRUCT_ARRAY) {
      Class<?> component = reader.readArrayComponent(in);
      int count = ValueReader.bounded(in, in.readVarInt(true), 1);
      @Nullable Object[] array = (@Nullable Object[]) Array.newInstance(component, count);
      for (int i = 0; i < count; i++) {
        array[i] = reader.any(in, depth + 1);
      }
      return array;
    }
    int length = in.readVarInt(true);
    return switch (tag) {
      case ValueTag.BYTES -> in.readBytes(ValueReader.bounded(in, length, 1));
      case ValueTag.INTS -> in.readInts(ValueReader.bounded(in, length, 4));
      case ValueTag.LONGS -> in.readLongs(ValueReader.bounded(in, length, 8));
      case ValueTag.DOUBLES -> in.readDoubles(ValueReader.bounded(in, length, 8));
      case ValueTag.SHORTS -> in.readShorts(ValueReader.bounded(in, length, 2));
      case ValueTag.CHARS -> in.readChars(ValueReader.bounded(in, length, 2));
      case ValueTag.FLOATS -> in.readFloats(ValueReader.bounded(in, length, 4));
      case ValueTag.BOOLEANS -> in.readBooleans(ValueReader.bounded(in, length, 1));
      case ValueTag.STRINGS -> {
        @Nullable Object[] array = new String[ValueReader.bounded(in, length, 1)];
        for (int i = 0; i < array.length; i++) {
          array[i] = reader.any(in, depth + 1);
        }
        yield array;
      }
      default -> {
        @Nullable Object[] array = new Object[ValueReader.bounded(in, length, 1)];
        for (int i = 0; i < array.length; i++) {
          array[i] = reader.any(in, depth + 1);
        }
        yield array;
      }
    };
  }
}
