package io.hotpot.store;

import java.util.List;

/**
 * The stored description of one version of one type: what is needed to read its values without the
 * class.
 *
 * @param id unique in the store, from 1
 * @param typeName the class's name when the schema was registered
 * @param kind what the type is
 * @param components of a record or class in encoding order
 * @param constants of an enum; values are stored as indexes into this list
 */
record Schema(
    int id, String typeName, Kind kind, List<Component> components, List<String> constants) {

  /** What a type is; stored by its number. */
  enum Kind {
    RECORD,
    CLASS,
    ENUM,
    /** A type without values of its own; arrays say that it is the type of their elements. */
    ABSTRACT
  }

  /**
   * A component.
   *
   * @param declared its {@link DeclaredType} as text; empty where an old schema does not say
   */
  record Component(String name, Shape shape, String declared) {

    boolean sameContent(Component other) {
      return name.equals(other.name)
          && shape == other.shape
          && (declared.equals(other.declared) || declared.isEmpty() || other.declared.isEmpty());
    }
  }

  /** The same with a number. */
  Schema numbered(int number) {
    return new Schema(number, typeName, kind, components, constants);
  }

  boolean has(String component) {
    return components.stream().anyMatch(c -> c.name().equals(component));
  }

  /** Whether both describe the same type in the same way, the number apart. */
  boolean equalContent(Schema other) {
    return sameContent(other) && components.equals(other.components);
  }

  /** Whether both describe the same type, as far as both say. */
  boolean sameContent(Schema other) {
    if (!typeName.equals(other.typeName)
        || kind != other.kind
        || !constants.equals(other.constants)
        || components.size() != other.components.size()) {
      return false;
    }
    for (int i = 0; i < components.size(); i++) {
      if (!components.get(i).sameContent(other.components.get(i))) {
        return false;
      }
    }
    return true;
  }
}
