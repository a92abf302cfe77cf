package io.hotpot.store;

import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The types of a store: which class belongs to which schemas, and how values become bytes.
 *
 * <p>A value is its {@link ValueTag} and its body; an application type's body is its components in
 * schema order. A class that is used for the first time gets a schema, which is durable in the
 * catalog before any value is written; a class that has changed since gets a new one, if the old
 * values can still be read, else {@link TypeMismatch}.
 *
 * <p>Thread-safety: all methods from any thread.
 */
final class TypeRegistry {

  /** A class bound to the schema that its values are written with. */
  private record Writer(TypeBinding binding, Schema schema, boolean immutable) {}

  /**
   * How values of one schema are read.
   *
   * @param positions for each component of the schema, the part of the class that it becomes, or -1
   */
  private record Reader(TypeBinding binding, Schema schema, int[] positions, Object[] constants) {}

  private final Consumer<byte[]> registrar;
  private final ReentrantLock registration = new ReentrantLock();
  private final Map<Integer, Schema> schemas = new ConcurrentHashMap<>();
  private final Map<Class<?>, Writer> writers = new ConcurrentHashMap<>();
  private final Map<Integer, Reader> readers = new ConcurrentHashMap<>();
  private final Map<String, Class<?>> classes = new ConcurrentHashMap<>();
  private final ThreadLocal<Encoder> encoders = ThreadLocal.withInitial(Encoder::new);
  private final ValueReader reader =
      new ValueReader() {
        @Override
        Object struct(Input in, int schemaId, int depth) {
          return readStruct(in, schemaId, depth);
        }

        @Override
        Class<?> readArrayComponent(Input in) {
          String name = text(in);
          return loadClass(name);
        }
      };

  TypeRegistry(Consumer<byte[]> registrar) {
    this.registrar = registrar;
  }

  void load(Schema schema) {
    schemas.put(schema.id(), schema);
  }

  Collection<Schema> schemas() {
    return schemas.values();
  }

  Optional<Schema> schema(int id) {
    return Optional.ofNullable(schemas.get(id));
  }

  // ---- writing

  /** The buffer of one thread; a value that is encoded while another one is gets its own. */
  private static final class Encoder {
    Output out = new Output(256, -1);
    boolean busy;
  }

  byte[] encode(Object value) {
    Encoder encoder = encoders.get();
    boolean nested = encoder.busy;
    Output out = nested ? new Output(256, -1) : encoder.out;
    encoder.busy = true;
    try {
      out.reset();
      ValueWriter.any(this, out, value, 0);
      return out.toBytes();
    } catch (KryoException e) {
      throw new ObjectTooLarge("the encoded " + value.getClass().getName() + " is too large", e);
    } finally {
      encoder.busy = nested;
      if (encoder.out.getBuffer().length > 1 << 20) {
        encoder.out = new Output(256, -1);
      }
    }
  }

  void writeStruct(Output out, Object value, int depth) {
    Writer writer = writerOf(value.getClass());
    out.writeVarInt(ValueTag.SCHEMA + writer.schema.id(), true);
    if (writer.schema.kind() == Schema.Kind.ENUM) {
      out.writeVarInt(((Enum<?>) value).ordinal(), true);
      return;
    }
    List<TypeBinding.Part> parts = writer.binding.parts;
    for (int i = 0; i < parts.size(); i++) {
      TypeBinding.Part part = parts.get(i);
      try {
        writePart(out, part, value, depth);
      } catch (TypeMismatch e) {
        throw new TypeMismatch(
            "component "
                + part.name()
                + " of "
                + value.getClass().getName()
                + ": "
                + e.getMessage(),
            e);
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new TypeMismatch(
            "component " + part.name() + " of " + value.getClass().getName() + " cannot be read",
            e);
      }
    }
  }

  private void writePart(Output out, TypeBinding.Part part, Object value, int depth)
      throws Throwable {
    MethodHandle getter = part.getter();
    switch (part.shape()) {
      case BOOLEAN -> out.writeBoolean((boolean) getter.invokeExact(value));
      case BYTE -> out.writeByte((byte) getter.invokeExact(value));
      case SHORT -> out.writeShort((short) getter.invokeExact(value));
      case CHAR -> out.writeChar((char) getter.invokeExact(value));
      case INT -> out.writeVarInt((int) getter.invokeExact(value), false);
      case LONG -> out.writeVarLong((long) getter.invokeExact(value), false);
      case FLOAT -> out.writeFloat((float) getter.invokeExact(value));
      case DOUBLE -> out.writeDouble((double) getter.invokeExact(value));
      case STRING -> {
        String text = (String) (Object) getter.invokeExact(value);
        if (text == null) {
          out.writeVarInt(0, true);
        } else {
          byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
          out.writeVarInt(utf8.length + 1, true);
          out.writeBytes(utf8);
        }
      }
      case ANY -> ValueWriter.any(this, out, (Object) getter.invokeExact(value), depth + 1);
    }
  }

  void writeTypeOf(Output out, Class<?> component) {
    ValueWriter.text(out, component.getName());
  }

  private Writer writerOf(Class<?> type) {
    Class<?> declaring =
        Enum.class.isAssignableFrom(type) && !type.isEnum() ? type.getSuperclass() : type;
    Writer writer = writers.get(declaring);
    return writer != null ? writer : register(declaring);
  }

  // ---- registration

  private Writer register(Class<?> type) {
    registration.lock();
    try {
      Writer present = writers.get(type);
      if (present != null) {
        return present;
      }
      TypeBinding binding = TypeBinding.of(type);
      Class<?> other = classes.putIfAbsent(type.getName(), type);
      if (other != null && other != type) {
        throw new TypeMismatch(
            type.getName()
                + " was loaded twice, by different class loaders; a store uses one class of each name");
      }
      Schema draft = binding.draft(nextId());
      Schema current = null;
      for (Schema schema : versionsOf(binding)) {
        checkReadable(schema, binding);
        if (schema.sameContent(draft)) {
          current = schema;
        }
      }
      if (current == null) {
        current = draft;
        registrar.accept(SchemaFormat.write(current));
        schemas.put(current.id(), current);
      }
      Writer writer =
          new Writer(binding, current, binding.declaredImmutable(new HashSet<>(List.of(type))));
      writers.put(type, writer);
      return writer;
    } finally {
      registration.unlock();
    }
  }

  /** Makes a type known that was described elsewhere; nothing happens if it is known already. */
  void add(StoredType type) {
    registration.lock();
    try {
      Schema schema = type.toSchema(nextId());
      if (schemas.values().stream().noneMatch(schema::sameContent)) {
        registrar.accept(SchemaFormat.write(schema));
        schemas.put(schema.id(), schema);
      }
    } finally {
      registration.unlock();
    }
  }

  private int nextId() {
    return schemas.keySet().stream().mapToInt(Integer::intValue).max().orElse(0) + 1;
  }

  private List<Schema> versionsOf(TypeBinding binding) {
    PreviousName previous = binding.type.getAnnotation(PreviousName.class);
    List<String> names = new ArrayList<>(List.of(binding.type.getName()));
    if (previous != null) {
      names.addAll(List.of(previous.value()));
    }
    List<Schema> versions = new ArrayList<>();
    schemas.values().stream()
        .filter(s -> names.contains(s.typeName()))
        .sorted((a, b) -> Integer.compare(a.id(), b.id()))
        .forEach(versions::add);
    return versions;
  }

  private static void checkReadable(Schema schema, TypeBinding binding) {
    if ((schema.kind() == Schema.Kind.ENUM) != (binding.kind == Schema.Kind.ENUM)) {
      throw new TypeMismatch(
          binding.type.getName()
              + " is stored as "
              + schema.kind()
              + " and now is "
              + binding.kind
              + "; give the new class another name");
    }
    for (Schema.Component component : schema.components()) {
      int position = positionOf(component.name(), binding);
      if (position >= 0) {
        TypeBinding.Part part = binding.parts.get(position);
        if (!component.shape().widensTo(part.shape())) {
          throw new TypeMismatch(
              "component "
                  + part.name()
                  + " of "
                  + binding.type.getName()
                  + " is stored as "
                  + component.shape()
                  + " and cannot be read as "
                  + part.shape()
                  + " ("
                  + part.type().getTypeName()
                  + "); give the changed component a new name, or keep its type");
        }
      }
    }
  }

  private static int positionOf(String name, TypeBinding binding) {
    for (int i = 0; i < binding.parts.size(); i++) {
      TypeBinding.Part part = binding.parts.get(i);
      if (part.name().equals(name) || part.previousNames().contains(name)) {
        return i;
      }
    }
    return -1;
  }

  // ---- reading

  Object decode(byte[] bytes, int offset, int length) {
    Input in = new Input(bytes, offset, length);
    try {
      Object value = reader.any(in, 0);
      if (in.position() != offset + length) {
        throw new CorruptException(
            "a stored value has " + (offset + length - in.position()) + " bytes too many");
      }
      if (value == null) {
        throw new CorruptException("a stored value is null");
      }
      return value;
    } catch (HotpotException e) {
      throw e;
    } catch (RuntimeException e) {
      // Bytes that are no value: out of bounds, an element of the wrong type, a date that is none.
      throw new CorruptException("a stored value is damaged: " + e.getMessage(), e);
    }
  }

  private Object readStruct(Input in, int schemaId, int depth) {
    Reader r = readers.get(schemaId);
    if (r == null) {
      r = bind(schemaId);
    }
    Schema schema = r.schema;
    if (schema.kind() == Schema.Kind.ENUM) {
      int ordinal = in.readVarInt(true);
      if (ordinal < 0 || ordinal >= r.constants.length) {
        throw new CorruptException("a stored enum constant has the number " + ordinal);
      }
      Object constant = r.constants[ordinal];
      if (constant == MISSING) {
        throw new TypeMismatch(
            "the constant "
                + schema.constants().get(ordinal)
                + " of "
                + schema.typeName()
                + " is stored but no longer exists; keep it in the enum");
      }
      return constant;
    }
    List<TypeBinding.Part> parts = r.binding.parts;
    @Nullable Object[] values = new Object[parts.size()];
    boolean[] set = new boolean[values.length];
    List<Schema.Component> components = schema.components();
    for (int i = 0; i < components.size(); i++) {
      Shape shape = components.get(i).shape();
      Object value = reader.component(in, shape, depth);
      int position = r.positions[i];
      if (position >= 0) {
        values[position] = ValueReader.widen(value, shape, parts.get(position).shape());
        set[position] = true;
      }
    }
    for (int i = 0; i < values.length; i++) {
      if (!set[i]) {
        values[i] = ValueReader.defaultOf(parts.get(i).shape());
      }
    }
    return r.binding.create(values);
  }

  private static final Object MISSING = new Object();

  private Reader bind(int schemaId) {
    Schema schema = schemas.get(schemaId);
    if (schema == null) {
      throw new CorruptException(
          "a stored value has the type " + schemaId + ", which the catalog does not know");
    }
    Class<?> type = classOf(schema);
    TypeBinding binding = TypeBinding.of(type);
    checkReadable(schema, binding);
    int[] positions = new int[schema.components().size()];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = positionOf(schema.components().get(i).name(), binding);
    }
    Object[] constants = new Object[schema.constants().size()];
    for (int i = 0; i < constants.length; i++) {
      constants[i] = MISSING;
      for (Object constant :
          binding.kind == Schema.Kind.ENUM ? type.getEnumConstants() : new Object[0]) {
        if (((Enum<?>) constant).name().equals(schema.constants().get(i))) {
          constants[i] = constant;
        }
      }
    }
    Reader r = new Reader(binding, schema, positions, constants);
    readers.put(schemaId, r);
    return r;
  }

  /**
   * The class that a schema's values become: the one registered under its name, or renamed from it.
   */
  private Class<?> classOf(Schema schema) {
    Class<?> known = classes.get(schema.typeName());
    if (known != null) {
      return known;
    }
    for (Class<?> type : writers.keySet()) {
      PreviousName previous = type.getAnnotation(PreviousName.class);
      if (previous != null && List.of(previous.value()).contains(schema.typeName())) {
        return type;
      }
    }
    return loadClass(schema.typeName());
  }

  /**
   * Makes classes known before values of theirs are read: needed where a class was renamed, or has
   * its own loader.
   */
  void use(Class<?> type) {
    writerOf(type);
  }

  private Class<?> loadClass(String name) {
    Class<?> known = classes.get(name);
    if (known != null) {
      return known;
    }
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    try {
      return Class.forName(
          name, true, loader == null ? TypeRegistry.class.getClassLoader() : loader);
    } catch (ClassNotFoundException e) {
      throw new TypeMismatch(
          "a stored value is of class "
              + name
              + ", which is not on the class path; add it, or if it was renamed, annotate the new class with"
              + " @PreviousName and pass it to Hotpot.use()",
          e);
    }
  }

  // ---- immutability

  boolean immutable(@Nullable Object value) {
    if (value == null || TypeBinding.leafIsImmutable(value.getClass())) {
      return true;
    }
    if (value instanceof Optional<?> optional) {
      return immutable(optional.orElse(null));
    }
    String name = value.getClass().getName();
    if (name.startsWith("java.util.ImmutableCollections")) {
      if (value instanceof Map<?, ?> map) {
        return map.entrySet().stream()
            .allMatch(e -> immutable(e.getKey()) && immutable(e.getValue()));
      }
      return ((Collection<?>) value).stream().allMatch(this::immutable);
    }
    if (value.getClass().isArray() || name.startsWith("java.")) {
      return false;
    }
    Writer writer = writers.get(value.getClass());
    if (writer == null) {
      if (!value.getClass().isRecord()) {
        return value instanceof Enum<?>;
      }
      writer = writerOf(value.getClass());
    }
    if (writer.immutable) {
      return true;
    }
    if (writer.binding.kind != Schema.Kind.RECORD) {
      return writer.binding.kind == Schema.Kind.ENUM;
    }
    for (TypeBinding.Part part : writer.binding.parts) {
      if (part.shape() == Shape.ANY) {
        try {
          if (!immutable((Object) part.getter().invokeExact(value))) {
            return false;
          }
        } catch (RuntimeException | Error e) {
          throw e;
        } catch (Throwable e) {
          return false;
        }
      }
    }
    return true;
  }
}
