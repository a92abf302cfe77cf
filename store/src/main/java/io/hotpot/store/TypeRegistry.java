package io.hotpot.store;

import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The types of a store: which class belongs to which schemas, and what writes and reads their
 * values.
 *
 * <p>A class that is used for the first time gets a schema, which is durable in the catalog before
 * any value is written; a class that has changed since gets a new one, if the old values can still
 * be read, else {@link TypeMismatch}. Which changes those are is in docs/TYPES.md.
 *
 * <p>Thread-safety: all methods from any thread.
 */
final class TypeRegistry {

  /**
   * How values of a class are written.
   *
   * @param tag of their schema
   * @param immutable whether no value of it can ever change
   */
  record Writer(
      TypeBinding binding, Schema schema, int tag, StructWriter code, boolean immutable) {}

  /** Where schemas get their numbers, and are found by them. */
  interface Numbers {

    /**
     * Gives a schema a number and makes it last.
     *
     * @param next the number to give where no one else gives numbers
     */
    int register(Schema draft, int next);

    /** A schema that another node has registered; null: there is none of that number. */
    @Nullable Schema find(int number);

    /** Of a store of its own: what is not known is not there. */
    static Numbers written(Consumer<byte[]> registrar) {
      return new Numbers() {
        @Override
        public int register(Schema draft, int next) {
          registrar.accept(SchemaFormat.write(draft.numbered(next)));
          return next;
        }

        @Override
        public @Nullable Schema find(int number) {
          return null;
        }
      };
    }
  }

  private final Numbers numbers;
  private final Map<Class<?>, Function<StoredValue, ?>> migrations;
  private final ReentrantLock registration = new ReentrantLock();
  private final Map<Integer, Schema> schemas = new ConcurrentHashMap<>();
  private final Map<Class<?>, Writer> writers = new ConcurrentHashMap<>();

  private final Map<Class<?>, TypeBinding> bindings = new ConcurrentHashMap<>();

  /** The schema that names a class as the type of an array's elements. */
  private final Map<Class<?>, Schema> elements = new ConcurrentHashMap<>();

  /** By schema id; replaced when one is added. */
  private volatile @Nullable StructReader[] readers = new StructReader[0];

  private final Map<String, Class<?>> classes = new ConcurrentHashMap<>();
  private final Map<String, Class<?>> renamed = new ConcurrentHashMap<>();

  TypeRegistry(Consumer<byte[]> registrar) {
    this(Numbers.written(registrar), Map.of());
  }

  /**
   * @param numbers writes a new schema to the catalog, durably
   * @param migrations what makes a class's objects out of what was stored under older schemas
   */
  TypeRegistry(Numbers numbers, Map<Class<?>, Function<StoredValue, ?>> migrations) {
    this.numbers = numbers;
    this.migrations = Map.copyOf(migrations);
    migrations.keySet().forEach(this::meet);
  }

  void load(Schema schema) {
    schemas.put(schema.id(), schema);
  }

  Collection<Schema> schemas() {
    return schemas.values();
  }

  /**
   * The schema of a number; in a cluster asked for, if this node has not met it.
   *
   * @throws CorruptException if there is none
   */
  Schema schema(int schemaId) {
    Schema schema = schemas.get(schemaId);
    if (schema == null) {
      schema = numbers.find(schemaId);
      if (schema != null) {
        schemas.put(schemaId, schema);
      }
    }
    if (schema == null) {
      throw new CorruptException(
          "a stored value has the type "
              + Integer.toUnsignedString(schemaId)
              + ", which the catalog does not know");
    }
    return schema;
  }

  // ---- writing

  /** What writes values of a class, if one was written before. */
  @Nullable Writer knownWriter(Class<?> type) {
    return writers.get(type);
  }

  /** How values of a class are taken apart, without registering it. */
  TypeBinding binding(Class<?> type) {
    return bindings.computeIfAbsent(type, TypeBinding::of);
  }

  Writer writer(Class<?> type) {
    Writer known = writers.get(type);
    if (known != null) {
      return known;
    }
    boolean isConstantWithBody = Enum.class.isAssignableFrom(type) && !type.isEnum();
    Writer writer = register(isConstantWithBody ? type.getSuperclass() : type);
    writers.putIfAbsent(type, writer);
    return writer;
  }

  /** The schema that stands for a class as the type of an array's elements. */
  Schema elementSchema(Class<?> type) {
    Schema known = elements.get(type);
    if (known != null) {
      return known;
    }
    Schema schema = hasValues(type) ? writer(type).schema() : registerAbstract(type);
    elements.put(type, schema);
    return schema;
  }

  /**
   * Makes a class known before values of it are read: needed where it was renamed, or has its own
   * loader.
   */
  void use(Class<?> type) {
    if (hasValues(type)) {
      writer(type);
    } else {
      meet(type);
    }
  }

  private static boolean hasValues(Class<?> type) {
    return type.isEnum() || !Modifier.isAbstract(type.getModifiers());
  }

  // ---- registration

  private Writer register(Class<?> type) {
    registration.lock();
    try {
      Writer present = writers.get(type);
      if (present != null) {
        return present;
      }
      TypeBinding binding = binding(type);
      meet(type);
      Schema draft = binding.draft(0);
      for (Schema schema : versionsOf(type)) {
        if (!migrations.containsKey(type)) {
          EvolvedStruct.check(schema, binding);
        }
      }
      Schema current = registered(draft, Schema::equalContent);
      StructWriter code =
          binding.kind == Schema.Kind.ENUM
              ? (types, out, value, depth) -> out.writeUnsigned(((Enum<?>) value).ordinal())
              : StructCompiler.compile(binding);
      boolean immutable = binding.declaredImmutable(new HashSet<>(List.of(type)));
      Writer writer = new Writer(binding, current, ValueTag.SCHEMA + current.id(), code, immutable);
      if (code instanceof StructReader reader) {
        addReader(current.id(), reader);
      }
      writers.put(type, writer);
      return writer;
    } finally {
      registration.unlock();
    }
  }

  private Schema registerAbstract(Class<?> type) {
    registration.lock();
    try {
      meet(type);
      return registered(
          new Schema(0, type.getName(), Schema.Kind.ABSTRACT, List.of(), List.of()),
          Schema::equalContent);
    } finally {
      registration.unlock();
    }
  }

  /** Makes a type known that was described elsewhere; nothing happens if it is known already. */
  void add(StoredType type) {
    registration.lock();
    try {
      registered(type.toSchema(0), Schema::sameContent);
    } finally {
      registration.unlock();
    }
  }

  private interface Sameness {
    boolean test(Schema one, Schema other);
  }

  /** The newest schema that says what a draft says; a new one if there is none. */
  private Schema registered(Schema draft, Sameness sameness) {
    Optional<Schema> present =
        schemas.values().stream()
            .filter(schema -> sameness.test(schema, draft))
            .max(Comparator.comparingInt(Schema::id));
    if (present.isPresent()) {
      return present.get();
    }
    int id = schemas.keySet().stream().mapToInt(Integer::intValue).max().orElse(0) + 1;
    if (id > SchemaFormat.MAX_ID) {
      throw new TypeMismatch(
          "the store has " + SchemaFormat.MAX_ID + " versions of types, no more fit");
    }
    Schema schema = draft.numbered(numbers.register(draft, id));
    schemas.put(schema.id(), schema);
    return schema;
  }

  /** Remembers a class under its names. */
  private void meet(Class<?> type) {
    Class<?> other = classes.putIfAbsent(type.getName(), type);
    if (other != null && other != type) {
      throw new TypeMismatch(
          type.getName()
              + " was loaded twice, by different class loaders; a store uses one class of each name");
    }
    PreviousName previous = type.getAnnotation(PreviousName.class);
    if (previous != null) {
      for (String name : previous.value()) {
        renamed.put(name, type);
      }
    }
  }

  /** All schemas that values of a class may have. */
  private List<Schema> versionsOf(Class<?> type) {
    PreviousName previous = type.getAnnotation(PreviousName.class);
    List<String> names = new ArrayList<>(List.of(type.getName()));
    if (previous != null) {
      names.addAll(List.of(previous.value()));
    }
    return schemas.values().stream()
        .filter(schema -> names.contains(schema.typeName()))
        .filter(schema -> schema.kind() != Schema.Kind.ABSTRACT)
        .sorted(Comparator.comparingInt(Schema::id))
        .toList();
  }

  // ---- reading

  /** What reads values of a schema. */
  StructReader reader(int schemaId, Decoder in) {
    @Nullable StructReader[] known = readers;
    StructReader reader = schemaId < known.length && schemaId >= 0 ? known[schemaId] : null;
    return reader != null ? reader : bind(schemaId, in);
  }

  private void addReader(int schemaId, StructReader reader) {
    registration.lock();
    try {
      @Nullable StructReader[] more =
          Arrays.copyOf(readers, Math.max(readers.length, schemaId + 1));
      more[schemaId] = reader;
      readers = more;
    } finally {
      registration.unlock();
    }
  }

  private StructReader bind(int schemaId, Decoder in) {
    Schema schema = schema(schemaId);
    if (schema.kind() == Schema.Kind.ABSTRACT) {
      throw new CorruptException(
          "a stored value is of " + schema.typeName() + ", which was abstract");
    }
    Class<?> type = classOf(schema);
    if (type == null) {
      if (!in.isLenient()) {
        throw gone(schema);
      }
      return schema.kind() == Schema.Kind.ENUM
          ? (reader, input, depth) -> schema.constants().get(EnumStruct.index(schema, input))
          : new StoredStruct(schema, stored -> stored);
    }
    StructReader reader = bind(schema, binding(type));
    addReader(schemaId, reader);
    return reader;
  }

  private StructReader bind(Schema schema, TypeBinding binding) {
    Class<?> type = binding.type;
    Function<StoredValue, ?> migration = migrations.get(type);
    boolean isEnum = binding.kind == Schema.Kind.ENUM && schema.kind() == Schema.Kind.ENUM;
    if (isEnum) {
      return new EnumStruct(
          schema, type, migration == null ? null : StoredStruct.migrating(schema, type, migration));
    }
    if (schema.sameContent(binding.draft(0))) {
      return StructCompiler.compile(binding) instanceof StructReader reader
          ? reader
          : new PlainStruct(binding);
    }
    if (migration != null) {
      return StoredStruct.migrating(schema, type, migration);
    }
    EvolvedStruct.check(schema, binding);
    return new EvolvedStruct(schema, binding);
  }

  /** The type that a schema names as that of an array's elements; null if its class is gone. */
  @Nullable Class<?> elementClass(int schemaId, Decoder in) {
    Schema schema = schema(schemaId);
    Class<?> type = classOf(schema);
    if (type == null && !in.isLenient()) {
      throw gone(schema);
    }
    return type;
  }

  /**
   * The class that a schema's values become: the one known under its name, or renamed from it, or
   * else found by the application's loader.
   */
  private @Nullable Class<?> classOf(Schema schema) {
    String name = schema.typeName();
    Class<?> known = classes.get(name);
    if (known == null) {
      known = renamed.get(name);
    }
    if (known != null) {
      return known;
    }
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    try {
      return Class.forName(
          name, false, loader == null ? TypeRegistry.class.getClassLoader() : loader);
    } catch (ClassNotFoundException e) {
      return null;
    } catch (LinkageError e) {
      throw new TypeMismatch("class " + name + " of a stored value cannot be loaded: " + e, e);
    }
  }

  private static TypeMismatch gone(Schema schema) {
    return new TypeMismatch(
        "a stored value is of class "
            + schema.typeName()
            + ", which is not on the class path; add it, or if it was renamed, annotate the new class with"
            + " @PreviousName and pass it to Hotpot.use()");
  }
}
