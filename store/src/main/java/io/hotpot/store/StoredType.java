package io.hotpot.store;

import java.util.List;
import java.util.Objects;

/**
 * One version of a type, as the store's catalog describes it: enough to read values without the
 * class.
 *
 * @param name of the class when the version was registered
 * @param version number in the store; a later version of a type has a higher one
 * @param kind {@code RECORD}, {@code CLASS}, {@code ENUM}, or {@code ABSTRACT} for a type that only
 *     arrays name as that of their elements
 * @param components of a record or class, in the order of their encoding
 * @param constants of an enum
 */
public record StoredType(
    String name, int version, String kind, List<Component> components, List<String> constants) {

  /**
   * A component.
   *
   * @param name of the component
   * @param shape the primitive type, {@code STRING}, or {@code ANY} for what says itself what it is
   * @param declared the type in the source, such as {@code java.util.List<java.lang.String>}; empty
   *     where that is not known
   */
  public record Component(String name, String shape, String declared) {

    public Component {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(shape, "shape");
      Objects.requireNonNull(declared, "declared");
    }

    /** A component of which nobody knows what its type was in the source. */
    public Component(String name, String shape) {
      this(name, shape, "");
    }
  }

  public StoredType {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(kind, "kind");
    components = List.copyOf(Objects.requireNonNull(components, "components"));
    constants = List.copyOf(Objects.requireNonNull(constants, "constants"));
  }

  static StoredType of(Schema schema) {
    return new StoredType(
        schema.typeName(),
        schema.id(),
        schema.kind().name(),
        schema.components().stream()
            .map(c -> new Component(c.name(), c.shape().name(), c.declared()))
            .toList(),
        schema.constants());
  }

  /**
   * @throws TypeMismatch if a word is none of those that a schema knows
   */
  Schema toSchema(int id) {
    try {
      return new Schema(
          id,
          name,
          Schema.Kind.valueOf(kind),
          components.stream()
              .map(c -> new Schema.Component(c.name(), Shape.valueOf(c.shape()), c.declared()))
              .toList(),
          constants);
    } catch (IllegalArgumentException e) {
      throw new TypeMismatch(
          "the description of type " + name + " is not understood: " + e.getMessage(), e);
    }
  }
}
