package io.hotpot.store;

import java.lang.invoke.MethodType;
import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;

/**
 * How a component is encoded. Primitives have their own forms; everything else says what it is
 * before each value.
 */
enum Shape {
  BOOLEAN,
  BYTE,
  SHORT,
  CHAR,
  INT,
  LONG,
  FLOAT,
  DOUBLE,
  STRING,
  ANY;

  static Shape of(Type type) {
    if (type == String.class) {
      return STRING;
    }
    return type instanceof Class<?> c && c.isPrimitive() ? ofBox(box(c).getName()) : ANY;
  }

  private static Class<?> box(Class<?> primitive) {
    return MethodType.methodType(primitive).wrap().returnType();
  }

  /** The class that values of this shape are of outside of a primitive component. */
  Class<?> boxed() {
    return switch (this) {
      case BOOLEAN -> Boolean.class;
      case BYTE -> Byte.class;
      case SHORT -> Short.class;
      case CHAR -> Character.class;
      case INT -> Integer.class;
      case LONG -> Long.class;
      case FLOAT -> Float.class;
      case DOUBLE -> Double.class;
      case STRING -> String.class;
      case ANY -> Object.class;
    };
  }

  /** The primitive shape whose values the class of this name boxes, or {@link #ANY}. */
  static Shape ofBox(String className) {
    for (Shape shape : values()) {
      if (shape != STRING && shape.boxed().getName().equals(className)) {
        return shape;
      }
    }
    return ANY;
  }

  /** Whether every value of this shape is a value of the other one too. */
  boolean widensTo(Shape other) {
    if (this == other) {
      return true;
    }
    return switch (this) {
      case BYTE -> other == SHORT || other == INT || other == LONG || other == DOUBLE;
      case SHORT, CHAR -> other == INT || other == LONG || other == DOUBLE;
      case INT -> other == LONG || other == DOUBLE;
      case FLOAT -> other == DOUBLE;
      default -> false;
    };
  }

  /** A boxed value as one of a wider shape. */
  static Object widen(Object value, Shape to) {
    Shape from = ofBox(value.getClass().getName());
    if (from == to) {
      return value;
    }
    long whole = value instanceof Character c ? c : ((Number) value).longValue();
    return switch (to) {
      case SHORT -> (short) whole;
      case INT -> (int) whole;
      case LONG -> whole;
      case DOUBLE -> from == FLOAT ? ((Number) value).doubleValue() : (double) whole;
      default -> throw new IllegalStateException(from + " does not widen to " + to);
    };
  }

  /** What a component that was added later has in values written before. */
  @Nullable Object absent() {
    return switch (this) {
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
