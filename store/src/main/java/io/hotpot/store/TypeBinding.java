package io.hotpot.store;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalAmount;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How one class of the application is taken apart and put together: a record by its accessors and
 * canonical constructor, a class by its fields and no-argument constructor, an enum by its
 * constants.
 *
 * <p>Immutable.
 */
final class TypeBinding {

  /**
   * One component: its name, names it had before, how to read it, and for classes how to set it.
   */
  record Part(
      String name,
      List<String> previousNames,
      Shape shape,
      Type type,
      MethodHandle getter,
      @Nullable MethodHandle setter) {}

  final Class<?> type;
  final Schema.Kind kind;
  final List<Part> parts;
  private final @Nullable MethodHandle constructor;

  private TypeBinding(
      Class<?> type, Schema.Kind kind, List<Part> parts, @Nullable MethodHandle constructor) {
    this.type = type;
    this.kind = kind;
    this.parts = parts;
    this.constructor = constructor;
  }

  static TypeBinding of(Class<?> type) {
    checkStorable(type);
    try {
      MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(type, MethodHandles.lookup());
      if (type.isEnum()) {
        return new TypeBinding(type, Schema.Kind.ENUM, List.of(), null);
      }
      return type.isRecord() ? ofRecord(type, lookup) : ofClass(type, lookup);
    } catch (IllegalAccessException e) {
      throw new TypeMismatch(
          type.getName() + " cannot be stored: its module does not open it to Hotpot", e);
    }
  }

  private static void checkStorable(Class<?> type) {
    String problem = null;
    if (type.isHidden() || type.isSynthetic()) {
      problem = "it is a lambda or a generated class";
    } else if (type.isAnonymousClass()) {
      problem = "it is an anonymous class; give it a name";
    } else if (type.isInterface() || (Modifier.isAbstract(type.getModifiers()) && !type.isEnum())) {
      problem = "it is an interface or abstract";
    } else if (type.isMemberClass() && !Modifier.isStatic(type.getModifiers())) {
      problem = "it is an inner class and refers to its outer object; declare it static";
    } else if (type.getName().startsWith("java.") || type.getName().startsWith("jdk.")) {
      problem = "classes of the JDK are stored only where docs/TYPES.md lists them";
    }
    if (problem != null) {
      throw new TypeMismatch(type.getName() + " cannot be stored: " + problem);
    }
  }

  private static TypeBinding ofRecord(Class<?> type, MethodHandles.Lookup lookup)
      throws IllegalAccessException {
    RecordComponent[] components = type.getRecordComponents();
    List<Part> parts = new ArrayList<>();
    Class<?>[] parameters = new Class<?>[components.length];
    for (int i = 0; i < components.length; i++) {
      RecordComponent component = components[i];
      parameters[i] = component.getType();
      PreviousName previous = component.getAnnotation(PreviousName.class);
      parts.add(
          new Part(
              component.getName(),
              previous == null ? List.of() : List.of(previous.value()),
              Shape.of(component.getType()),
              component.getGenericType(),
              generic(lookup.unreflect(component.getAccessor()), component.getType()),
              null));
    }
    try {
      MethodHandle constructor =
          lookup
              .findConstructor(type, MethodType.methodType(void.class, parameters))
              .asSpreader(Object[].class, parameters.length)
              .asType(MethodType.methodType(Object.class, Object[].class));
      return new TypeBinding(type, Schema.Kind.RECORD, List.copyOf(parts), constructor);
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException("a record without canonical constructor", e);
    }
  }

  private static TypeBinding ofClass(Class<?> type, MethodHandles.Lookup lookup)
      throws IllegalAccessException {
    List<Part> parts = new ArrayList<>();
    for (Class<?> c = type; c != Object.class; c = c.getSuperclass()) {
      if (c.getName().startsWith("java.")) {
        throw new TypeMismatch(
            type.getName() + " cannot be stored: it extends " + c.getName() + " of the JDK");
      }
      MethodHandles.Lookup in = MethodHandles.privateLookupIn(c, lookup);
      for (Field field : c.getDeclaredFields()) {
        int modifiers = field.getModifiers();
        if (Modifier.isStatic(modifiers) || Modifier.isTransient(modifiers)) {
          continue;
        }
        if (Modifier.isFinal(modifiers)) {
          throw new TypeMismatch(
              type.getName()
                  + " cannot be stored: its field "
                  + field.getName()
                  + " is final; make the class a record, or the field not final");
        }
        PreviousName previous = field.getAnnotation(PreviousName.class);
        parts.add(
            new Part(
                field.getName(),
                previous == null ? List.of() : List.of(previous.value()),
                Shape.of(field.getType()),
                field.getGenericType(),
                generic(in.unreflectGetter(field), field.getType()),
                in.unreflectSetter(field)
                    .asType(MethodType.methodType(void.class, Object.class, Object.class))));
      }
    }
    try {
      Constructor<?> constructor = type.getDeclaredConstructor();
      return new TypeBinding(
          type,
          Schema.Kind.CLASS,
          List.copyOf(parts),
          lookup.unreflectConstructor(constructor).asType(MethodType.methodType(Object.class)));
    } catch (NoSuchMethodException e) {
      throw new TypeMismatch(
          type.getName()
              + " cannot be stored: it has no constructor without arguments; add one (it may be private), or make it a"
              + " record",
          e);
    }
  }

  /** A getter from Object; of a primitive the primitive, else Object. */
  private static MethodHandle generic(MethodHandle getter, Class<?> type) {
    return getter.asType(
        MethodType.methodType(type.isPrimitive() ? type : Object.class, Object.class));
  }

  Schema draft(int id) {
    List<Schema.Component> components = new ArrayList<>();
    for (Part part : parts) {
      components.add(new Schema.Component(part.name(), part.shape()));
    }
    List<String> constants = new ArrayList<>();
    if (kind == Schema.Kind.ENUM) {
      for (Object constant : type.getEnumConstants()) {
        constants.add(((Enum<?>) constant).name());
      }
    }
    return new Schema(id, type.getName(), kind, List.copyOf(components), List.copyOf(constants));
  }

  /**
   * @param values one for each part, in their order
   */
  Object create(@Nullable Object[] values) {
    MethodHandle c = constructor;
    if (c == null) {
      throw new IllegalStateException("an enum is not created");
    }
    try {
      if (kind == Schema.Kind.RECORD) {
        return (Object) c.invokeExact(values);
      }
      Object object = (Object) c.invokeExact();
      for (int i = 0; i < values.length; i++) {
        MethodHandle setter = parts.get(i).setter();
        if (setter != null) {
          setter.invokeExact(object, values[i]);
        }
      }
      return object;
    } catch (ClassCastException | NullPointerException e) {
      throw new TypeMismatch(
          "a stored "
              + type.getName()
              + " does not fit the class any more: "
              + e.getMessage()
              + "; a component's type was changed in a way that its stored values do not allow",
          e);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new TypeMismatch("the constructor of " + type.getName() + " failed: " + e, e);
    }
  }

  /** Whether a value of a component's declared type can never change. */
  static boolean leafIsImmutable(Class<?> c) {
    return c.isPrimitive()
        || c == String.class
        || c == Ref.class
        || c.isEnum()
        || c == Boolean.class
        || c == Character.class
        || (Number.class.isAssignableFrom(c) && c.getName().startsWith("java.lang."))
        || c == BigInteger.class
        || c == BigDecimal.class
        || c == UUID.class
        || (TemporalAccessor.class.isAssignableFrom(c) && c.getName().startsWith("java.time."))
        || (TemporalAmount.class.isAssignableFrom(c) && c.getName().startsWith("java.time."));
  }

  /** The class that a declared type erases to. */
  static Class<?> erase(Type type) {
    return switch (type) {
      case Class<?> c -> c;
      case ParameterizedType p -> erase(p.getRawType());
      default -> Object.class;
    };
  }

  /** Whether every instance is immutable, going by declared types alone. */
  boolean declaredImmutable(Set<Class<?>> seen) {
    if (kind == Schema.Kind.ENUM) {
      return true;
    }
    if (kind == Schema.Kind.CLASS) {
      return false;
    }
    for (Part part : parts) {
      Class<?> c = erase(part.type());
      if (leafIsImmutable(c)) {
        continue;
      }
      if (!c.isRecord() || c.getName().startsWith("java.")) {
        return false;
      }
      if (seen.add(c) && !of(c).declaredImmutable(seen)) {
        return false;
      }
    }
    return true;
  }
}
