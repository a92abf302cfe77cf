package io.hotpot.store;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads values by their schema alone, as {@link StoredValue}, and makes of them what a migration
 * says.
 *
 * @param migration from a {@link StoredValue} to an object
 */
record StoredStruct(Schema schema, Function<StoredValue, ? extends Object> migration)
    implements StructReader {

  @Override
  public Object read(ValueReader reader, Decoder in, int depth) {
    Map<String, @Nullable Object> components = new LinkedHashMap<>();
    if (schema.kind() == Schema.Kind.ENUM) {
      components.put(StoredValue.CONSTANT, schema.constants().get(EnumStruct.index(schema, in)));
    }
    in.enterLenient();
    for (Schema.Component component : schema.components()) {
      components.put(component.name(), reader.component(in, component.shape(), depth));
    }
    in.leaveLenient();
    return migration.apply(new StoredValue(schema, components));
  }

  /** What makes objects of a class out of values that were stored before. */
  static StructReader migrating(
      Schema schema, Class<?> type, Function<StoredValue, ? extends Object> migration) {
    return new StoredStruct(schema, stored -> apply(migration, type, stored));
  }

  private static Object apply(
      Function<StoredValue, ? extends Object> migration, Class<?> type, StoredValue stored) {
    Object value;
    try {
      value = migration.apply(stored);
    } catch (VirtualMachineError e) {
      throw e;
    } catch (RuntimeException | Error e) {
      throw new TypeMismatch(
          "the migration to " + type.getName() + " failed for " + stored + ": " + e, e);
    }
    if (!type.isInstance(value)) {
      throw new TypeMismatch(
          "the migration to "
              + type.getName()
              + " made "
              + (value == null ? "null" : "a " + value.getClass().getName())
              + " of "
              + stored);
    }
    return value;
  }
}
