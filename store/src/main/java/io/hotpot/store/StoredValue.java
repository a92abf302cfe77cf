package io.hotpot.store;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A value as an earlier version of its class stored it: what a {@linkplain
 * HotpotOptions#withMigration migration} makes the object of today from.
 *
 * <p>Components go by the names they had then. A component that holds an object of the application
 * is that object, read like any other; if its class is gone, it is a {@code StoredValue} itself, or
 * for an enum the name of the constant. A stored enum constant is a value with the one component
 * {@value #CONSTANT}.
 *
 * <p>Immutable, but for what mutable components it gives out.
 */
public final class StoredValue {

  /** The component of a stored enum constant: its name. */
  public static final String CONSTANT = "constant";

  private final Schema schema;
  private final Map<String, @Nullable Object> components;

  StoredValue(Schema schema, Map<String, @Nullable Object> components) {
    this.schema = schema;
    this.components = Collections.unmodifiableMap(components);
  }

  /** The name that the class had. */
  public String type() {
    return schema.typeName();
  }

  /** The version of the type, as in {@link Hotpot#types}: a later one has a higher number. */
  public int version() {
    return schema.id();
  }

  /** The names of all components, in the order of that version. */
  public Set<String> components() {
    return components.keySet();
  }

  /** Whether that version had a component of this name. */
  public boolean has(String component) {
    return components.containsKey(Objects.requireNonNull(component, "component"));
  }

  /**
   * A component as it was stored; a primitive is boxed.
   *
   * @throws TypeMismatch if that version had no such component
   */
  public @Nullable Object get(String component) {
    if (!has(component)) {
      throw new TypeMismatch(this + " has no component '" + component + "'");
    }
    return components.get(component);
  }

  /**
   * A component that holds objects of a class.
   *
   * @return null if it was null
   * @throws TypeMismatch if that version had no such component, or one of another type
   */
  public <V> @Nullable V get(String component, Class<V> type) {
    Object value = get(component);
    if (value != null && !type.isInstance(value)) {
      throw mismatch(component, "a " + type.getName());
    }
    return type.cast(value);
  }

  /** The same, and {@code otherwise} if it was null or that version had no such component. */
  public <V> V get(String component, Class<V> type, V otherwise) {
    V value = has(component) ? get(component, type) : null;
    return value == null ? otherwise : value;
  }

  /**
   * A component that holds texts.
   *
   * @return null if it was null
   * @throws TypeMismatch if that version had no such component, or one of another type
   */
  public @Nullable String text(String component) {
    return get(component, String.class);
  }

  /** The same, and {@code otherwise} if it was null or that version had no such component. */
  public String text(String component, String otherwise) {
    return get(component, String.class, otherwise);
  }

  /**
   * A component that holds whole numbers of any length, or characters.
   *
   * @throws TypeMismatch if that version had no such component, one of another type, or it was null
   */
  public long number(String component) {
    Object value = get(component);
    return switch (value) {
      case Long n -> n;
      case Integer n -> n;
      case Short n -> n;
      case Byte n -> n;
      case Character c -> c;
      case null, default -> throw mismatch(component, "a whole number");
    };
  }

  /** The same, and {@code otherwise} if it was null or that version had no such component. */
  public long number(String component, long otherwise) {
    return isAbsent(component) ? otherwise : number(component);
  }

  /**
   * A component that holds numbers of any kind.
   *
   * @throws TypeMismatch if that version had no such component, one of another type, or it was null
   */
  public double floating(String component) {
    Object value = get(component);
    return switch (value) {
      case Double n -> n;
      case Float n -> n;
      case null, default -> number(component);
    };
  }

  /** The same, and {@code otherwise} if it was null or that version had no such component. */
  public double floating(String component, double otherwise) {
    return isAbsent(component) ? otherwise : floating(component);
  }

  /**
   * A component that holds truth values.
   *
   * @throws TypeMismatch if that version had no such component, one of another type, or it was null
   */
  public boolean truth(String component) {
    if (get(component) instanceof Boolean truth) {
      return truth;
    }
    throw mismatch(component, "true or false");
  }

  /** The same, and {@code otherwise} if it was null or that version had no such component. */
  public boolean truth(String component, boolean otherwise) {
    return isAbsent(component) ? otherwise : truth(component);
  }

  private boolean isAbsent(String component) {
    return !has(component) || components.get(component) == null;
  }

  private TypeMismatch mismatch(String component, String wanted) {
    Object value = components.get(component);
    return new TypeMismatch(
        "component "
            + component
            + " of "
            + this
            + " is "
            + (value == null ? "null" : "a " + value.getClass().getName())
            + ", not "
            + wanted);
  }

  /** The type, its version and the names of the components; no values. */
  @Override
  public String toString() {
    return type() + " (version " + version() + ") " + List.copyOf(components());
  }
}
