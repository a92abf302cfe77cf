package io.hotpot.store;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether values can be shared, because nothing reachable from them can change. */
final class Immutability {

  private Immutability() {}

  static boolean of(TypeRegistry types, @Nullable Object value) {
    if (value == null) {
      return true;
    }
    Class<?> type = value.getClass();
    TypeRegistry.Writer writer = types.knownWriter(type);
    if (writer != null) {
      return writer.immutable() || ofStruct(types, writer.binding(), value);
    }
    if (TypeBinding.leafIsImmutable(type)) {
      return true;
    }
    if (value instanceof Optional<?> optional) {
      return of(types, optional.orElse(null));
    }
    if (type.getName().startsWith("java.util.ImmutableCollections")) {
      return ofCollection(types, value);
    }
    if (type.isArray() || type.getName().startsWith("java.")) {
      return false;
    }
    // Looking at a value registers nothing: its class may have been read only.
    return type.isRecord() ? ofStruct(types, types.binding(type), value) : value instanceof Enum<?>;
  }

  private static boolean ofCollection(TypeRegistry types, Object value) {
    if (value instanceof Map<?, ?> map) {
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        if (!of(types, entry.getKey()) || !of(types, entry.getValue())) {
          return false;
        }
      }
      return true;
    }
    for (Object element : (Collection<?>) value) {
      if (!of(types, element)) {
        return false;
      }
    }
    return true;
  }

  /** A record is as immutable as what it holds. */
  private static boolean ofStruct(TypeRegistry types, TypeBinding binding, Object value) {
    if (binding.kind != Schema.Kind.RECORD) {
      return binding.kind == Schema.Kind.ENUM;
    }
    for (TypeBinding.Part part : binding.parts) {
      if (part.shape() == Shape.ANY && !of(types, PlainStruct.get(part, value))) {
        return false;
      }
    }
    return true;
  }
}
