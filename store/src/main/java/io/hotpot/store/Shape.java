package io.hotpot.store;

import java.lang.reflect.Type;

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
    if (type == boolean.class) {
      return BOOLEAN;
    } else if (type == byte.class) {
      return BYTE;
    } else if (type == short.class) {
      return SHORT;
    } else if (type == char.class) {
      return CHAR;
    } else if (type == int.class) {
      return INT;
    } else if (type == long.class) {
      return LONG;
    } else if (type == float.class) {
      return FLOAT;
    } else if (type == double.class) {
      return DOUBLE;
    } else if (type == String.class) {
      return STRING;
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
}
