package io.hotpot.store;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Writes and reads values of one class component by component, without code of their own. */
record PlainStruct(TypeBinding binding) implements StructWriter, StructReader {

  /** Beyond this a message grows no more with every level of a deep object. */
  private static final int LONG_MESSAGE = 400;

  @Override
  public void write(TypeRegistry types, Encoder out, Object value, int depth) {
    List<TypeBinding.Part> parts = binding.parts;
    for (int i = 0; i < parts.size(); i++) {
      Object component = get(parts.get(i), value);
      switch (parts.get(i).shape()) {
        case BOOLEAN -> out.writeBoolean((boolean) nonNull(component));
        case BYTE -> out.writeByte((byte) nonNull(component));
        case SHORT -> out.writeShort((short) nonNull(component));
        case CHAR -> out.writeChar((char) nonNull(component));
        case INT -> out.writeSigned((int) nonNull(component));
        case LONG -> out.writeSigned((long) nonNull(component));
        case FLOAT -> out.writeFloat((float) nonNull(component));
        case DOUBLE -> out.writeDouble((double) nonNull(component));
        case STRING -> out.writeNullableText((String) component);
        case ANY -> {
          try {
            ValueWriter.any(types, out, component, depth + 1);
          } catch (TypeMismatch e) {
            throw inComponent(binding, e, i);
          }
        }
      }
    }
  }

  private static Object nonNull(@Nullable Object component) {
    return Objects.requireNonNull(component);
  }

  /** The value of one component. */
  static @Nullable Object get(TypeBinding.Part part, Object value) {
    try {
      return part.getter().invoke(value);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new TypeMismatch("component " + part.name() + " cannot be read: " + e, e);
    }
  }

  /** Says where in an object the one is that cannot be stored. */
  static TypeMismatch inComponent(TypeBinding binding, TypeMismatch e, int index) {
    String message = Objects.requireNonNull(e.getMessage());
    if (message.length() > LONG_MESSAGE) {
      return e;
    }
    return new TypeMismatch(
        "component "
            + binding.parts.get(index).name()
            + " of "
            + binding.type.getName()
            + ": "
            + message,
        e);
  }

  @Override
  public Object read(ValueReader reader, Decoder in, int depth) {
    @Nullable Object[] values = new Object[binding.parts.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = reader.component(in, binding.parts.get(i).shape(), depth);
    }
    return binding.create(values);
  }
}
