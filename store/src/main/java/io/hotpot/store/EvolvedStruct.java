package io.hotpot.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads values of a record or class as it was described by an older schema: component by component,
 * by name.
 */
final class EvolvedStruct implements StructReader {

  private static final int GONE = -1;

  private final TypeBinding binding;
  private final List<Schema.Component> stored;

  /** For each stored component the part of the class that it becomes, or GONE. */
  private final int[] positions;

  /** The shape that a component's values are widened to; {@link Shape#ANY} for as they are. */
  private final Shape[] widened;

  /** What components have that were not stored. */
  private final @Nullable Object[] absent;

  EvolvedStruct(Schema schema, TypeBinding binding) {
    this.binding = binding;
    this.stored = schema.components();
    this.positions = new int[stored.size()];
    this.widened = new Shape[stored.size()];
    this.absent = binding.parts.stream().map(part -> part.shape().absent()).toArray();
    for (int i = 0; i < positions.length; i++) {
      positions[i] = positionOf(stored.get(i).name(), schema, binding);
      widened[i] = positions[i] == GONE ? Shape.ANY : target(binding.parts.get(positions[i]));
    }
  }

  /** The primitive shape that a component holds, boxed or not; else {@link Shape#ANY}. */
  private static Shape target(TypeBinding.Part part) {
    return switch (part.shape()) {
      case STRING -> Shape.ANY;
      case ANY -> Shape.ofBox(DeclaredType.erase(part.type()).getName());
      default -> part.shape();
    };
  }

  /**
   * The part that a stored component becomes: the one renamed from it, unless that was stored under
   * its own name beside it; else the one of its name.
   */
  private static int positionOf(String name, Schema schema, TypeBinding binding) {
    int position = GONE;
    for (int i = 0; i < binding.parts.size(); i++) {
      TypeBinding.Part part = binding.parts.get(i);
      if (part.previousNames().contains(name) && !schema.has(part.name())) {
        return i;
      }
      if (part.name().equals(name)) {
        position = i;
      }
    }
    return position;
  }

  /**
   * Refuses a class that cannot take what is stored under a schema.
   *
   * @throws TypeMismatch naming the component
   */
  static void check(Schema schema, TypeBinding binding) {
    if ((schema.kind() == Schema.Kind.ENUM) != (binding.kind == Schema.Kind.ENUM)) {
      throw new TypeMismatch(
          binding.type.getName()
              + " is stored as "
              + schema.kind()
              + " and now is "
              + binding.kind
              + "; give the new class another name, or give a migration"
              + " (HotpotOptions.withMigration)");
    }
    for (Schema.Component component : schema.components()) {
      int position = positionOf(component.name(), schema, binding);
      if (position != GONE && !takes(binding.parts.get(position), component, binding)) {
        throw refused(component, binding, binding.parts.get(position));
      }
    }
  }

  private static boolean takes(
      TypeBinding.Part part, Schema.Component component, TypeBinding binding) {
    Shape from = component.shape();
    if (part.shape() != Shape.ANY) {
      return from.widensTo(part.shape());
    }
    if (from == Shape.ANY && component.declared().isEmpty()) {
      return true;
    }
    Shape box = Shape.ofBox(DeclaredType.erase(part.type()).getName());
    ClassLoader loader = binding.type.getClassLoader();
    DeclaredType declared =
        from == Shape.ANY
            ? DeclaredType.parse(component.declared())
            : DeclaredType.of(from.boxed());
    boolean widens = box != Shape.ANY && Shape.ofBox(declared.name()).widensTo(box);
    return widens || DeclaredType.of(part.type()).admits(declared, loader);
  }

  private static TypeMismatch refused(
      Schema.Component component, TypeBinding binding, TypeBinding.Part part) {
    return new TypeMismatch(
        "component "
            + part.name()
            + " of "
            + binding.type.getName()
            + " is stored as "
            + (component.shape() == Shape.ANY ? component.declared() : component.shape())
            + " and cannot be read as "
            + (part.shape() == Shape.ANY ? "" : part.shape() + " ")
            + "("
            + part.type().getTypeName()
            + "); give the changed component a new name, or keep its type, or give a migration"
            + " (HotpotOptions.withMigration)");
  }

  @Override
  public Object read(ValueReader reader, Decoder in, int depth) {
    @Nullable Object[] values = absent.clone();
    for (int i = 0; i < positions.length; i++) {
      Shape shape = stored.get(i).shape();
      if (positions[i] == GONE) {
        in.enterLenient();
        reader.component(in, shape, depth);
        in.leaveLenient();
      } else {
        Object value = reader.component(in, shape, depth);
        values[positions[i]] =
            value == null || widened[i] == Shape.ANY ? value : Shape.widen(value, widened[i]);
      }
    }
    return binding.create(values);
  }
}
