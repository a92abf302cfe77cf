package io.hotpot.store;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalAmount;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
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
   * One component.
   *
   * @param previousNames names it had before
   * @param getter from Object to its type; to Object if that is no primitive
   * @param setter of a class's field: from Object and what the getter gives to nothing
   */
  record Part(
      String name,
      List<String> previousNames,
      Shape shape,
      Type type,
      MethodHandle getter,
      @Nullable MethodHandle setter) {

    /** The type to and from the outside: that of a primitive, else Object. */
    Class<?> carrier() {
      return getter.type().returnType();
    }
  }

  final Class<?> type;
  final Schema.Kind kind;
  final List<Part> parts;

  /** From the carriers of all components, or for a class from nothing, to Object; not for enums. */
  final @Nullable MethodHandle constructor;

  private final @Nullable MethodHandle spreader;

  private TypeBinding(
      Class<?> type, Schema.Kind kind, List<Part> parts, @Nullable MethodHandle constructor) {
    this.type = type;
    this.kind = kind;
    this.parts = parts;
    this.constructor = constructor;
    this.spreader =
        constructor == null || kind != Schema.Kind.RECORD
            ? null
            : constructor
                .asSpreader(Object[].class, parts.size())
                .asType(MethodType.methodType(Object.class, Object[].class));
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
      List<Class<?>> carriers = parts.stream().<Class<?>>map(Part::carrier).toList();
      MethodHandle constructor =
          lookup
              .findConstructor(type, MethodType.methodType(void.class, parameters))
              .asType(MethodType.methodType(Object.class, carriers));
      return new TypeBinding(type, Schema.Kind.RECORD, List.copyOf(parts), constructor);
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException("a record without canonical constructor", e);
    } catch (IllegalArgumentException e) {
      throw new TypeMismatch(
          type.getName()
              + " cannot be stored: it has too many components, "
              + components.length
              + "; group some of them in records of their own",
          e);
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
        if (parts.stream().anyMatch(part -> part.name().equals(field.getName()))) {
          throw new TypeMismatch(
              type.getName()
                  + " cannot be stored: it inherits a field that has the name of another one, "
                  + field.getName()
                  + "; rename one of them");
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
                    .asType(
                        MethodType.methodType(
                            void.class, Object.class, carrierOf(field.getType())))));
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
    return getter.asType(MethodType.methodType(carrierOf(type), Object.class));
  }

  private static Class<?> carrierOf(Class<?> type) {
    return type.isPrimitive() ? type : Object.class;
  }

  Schema draft(int id) {
    List<Schema.Component> components = new ArrayList<>();
    for (Part part : parts) {
      components.add(
          new Schema.Component(part.name(), part.shape(), DeclaredType.of(part.type()).toString()));
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
    try {
      if (spreader != null) {
        return (Object) spreader.invokeExact(values);
      }
      Object object = (Object) Objects.requireNonNull(constructor).invokeExact();
      for (int i = 0; i < values.length; i++) {
        Objects.requireNonNull(parts.get(i).setter()).invoke(object, values[i]);
      }
      return object;
    } catch (Throwable e) {
      throw notCreated(this, e);
    }
  }

  /** What to throw when the constructor does not take stored values. */
  static RuntimeException notCreated(TypeBinding binding, Throwable e) {
    if (e instanceof VirtualMachineError error) {
      throw error;
    }
    return new TypeMismatch(
        "a stored "
            + binding.type.getName()
            + " is not accepted by its class: "
            + e
            + "; let its constructor take what earlier versions stored, or give a migration"
            + " (HotpotOptions.withMigration)",
        e);
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

  /** Whether every instance is immutable, going by declared types alone. */
  boolean declaredImmutable(Set<Class<?>> seen) {
    if (kind == Schema.Kind.ENUM) {
      return true;
    }
    if (kind == Schema.Kind.CLASS) {
      return false;
    }
    for (Part part : parts) {
      Class<?> c = DeclaredType.erase(part.type());
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
