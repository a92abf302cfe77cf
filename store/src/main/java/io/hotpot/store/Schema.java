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

  enum Kind {
    RECORD,
    CLASS,
    ENUM
  }

  record Component(String name, Shape shape) {}

  boolean sameContent(Schema other) {
    return typeName.equals(other.typeName)
        && kind == other.kind
        && components.equals(other.components)
        && constants.equals(other.constants);
  }
}
