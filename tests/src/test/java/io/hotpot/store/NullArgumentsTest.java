package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.LocalVariableInfo;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Null in place of each argument of everything public: an exception that names the parameter or
 * says what to do, and nothing has changed, nothing stays locked (invariant 11). What is public is
 * found by reflection, so what is added is tested too.
 */
@Timeout(120)
class NullArgumentsTest {

  record Note(String text) {}

  /** Nobody but the store makes these, or null says something: an unknown cause, no value. */
  private static final Set<String> TAKE_NULL = Set.of("otherwise", "cause");

  @TempDir Path directory;
  private Hotpot store;
  private Dataset notes;
  private Ref<Note> note;
  private final Map<Class<?>, Supplier<Object>> arguments = new HashMap<>();
  private final Map<Class<?>, Supplier<Object>> receivers = new HashMap<>();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final List<String> wrong = new ArrayList<>();
  private int calls;

  @BeforeEach
  void open() {
    HotpotOptions options = HotpotOptions.defaults().withMaxBytes(64L << 20);
    store = Hotpot.open(directory.resolve("store"), options);
    notes = store.dataset("notes");
    note = notes.transact(tx -> tx.allocate(new Note("first")));
    StoredType.Component text = new StoredType.Component("text", "STRING", "");
    StoredType type = new StoredType("a.Type", 1, "RECORD", List.of(text), List.of());
    arguments.put(Path.class, () -> directory.resolve("path " + calls));
    arguments.put(String.class, () -> "text");
    arguments.put(Object.class, () -> new Note("argument"));
    arguments.put(HotpotOptions.class, () -> options);
    arguments.put(DatasetOptions.class, DatasetOptions::defaults);
    arguments.put(Dataset.class, () -> notes);
    arguments.put(Ref.class, () -> note);
    arguments.put(Ref[].class, () -> new Ref<?>[] {note});
    arguments.put(Class.class, () -> Note.class);
    arguments.put(Class[].class, () -> new Class<?>[] {Note.class});
    arguments.put(Map.class, Map::of);
    arguments.put(List.class, List::of);
    arguments.put(Supplier.class, () -> (Supplier<Object>) () -> new Note("supplied"));
    arguments.put(UnaryOperator.class, UnaryOperator::identity);
    arguments.put(Function.class, Function::identity);
    arguments.put(TransactionWork.class, () -> (TransactionWork<Object>) tx -> 1);
    arguments.put(TransactionAction.class, () -> (TransactionAction) tx -> {});
    arguments.put(Progress.class, Progress::none);
    arguments.put(StoredType.class, () -> type);
    arguments.put(Durability.class, () -> Durability.POWER);
    arguments.put(TransactionMode.class, () -> TransactionMode.MRMW);
    arguments.put(HotpotOptions.HeapKind.class, () -> HotpotOptions.HeapKind.MAPPED);
    arguments.put(Optional.class, Optional::empty);
    arguments.put(Duration.class, () -> Duration.ofSeconds(1));
    arguments.put(CommitId.class, () -> new CommitId(1, 1, 1, 1));
    arguments.put(MembershipListener.class, () -> (MembershipListener) event -> {});
    arguments.put(ClusterOptions.class, ClusterOptions::withoutHeap);
    arguments.put(ClusterFabric.class, () -> ClusterFabric.AUTO);
    arguments.put(ClusterSecurity.class, () -> new ClusterSecurity.Plain(false));
    arguments.put(int.class, () -> 7);
    arguments.put(long.class, () -> HotpotOptions.MIN_BYTES);
    arguments.put(double.class, () -> 7.0);
    arguments.put(boolean.class, () -> true);
    receivers.putAll(arguments);
    receivers.put(Hotpot.class, () -> store);
    receivers.put(Transaction.class, () -> keep(notes.begin()));
    receivers.put(Snapshot.class, () -> keep(store.snapshot()));
    receivers.put(StoredValue.class, () -> new StoredValue(type.toSchema(1), Map.of("text", "t")));
  }

  private <T extends AutoCloseable> T keep(T opened) {
    this.opened.add(opened);
    return opened;
  }

  @AfterEach
  void close() {
    store.close();
  }

  /** The public types, and what each is for. */
  private static Map<Class<?>, String> publicTypes() throws Exception {
    Map<Class<?>, String> types = new HashMap<>();
    try (InputStream in =
        NullArgumentsTest.class.getResourceAsStream("/io/hotpot/tests/public-api.txt")) {
      String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      for (String line :
          text.lines().filter(l -> !l.startsWith("#") && !l.startsWith("spi.")).toList()) {
        String[] words = line.split("\\s+", 2);
        types.put(Class.forName("io.hotpot.store." + words[0].replace('.', '$')), words[1]);
      }
    }
    return types;
  }

  @Test
  void nullIsRefusedByName() throws Exception {
    for (Map.Entry<Class<?>, String> entry : publicTypes().entrySet()) {
      Class<?> type = entry.getKey();
      for (Method method : type.getDeclaredMethods()) {
        if (isOfInterest(method) && !method.getName().equals("equals")) {
          inEachPlace(method);
        }
      }
      boolean isMadeByUsers =
          !entry.getValue().startsWith("error") && !entry.getValue().startsWith("answer");
      if (isMadeByUsers || type.getName().contains("StoredType")) {
        for (Constructor<?> constructor : type.getDeclaredConstructors()) {
          if (isOfInterest(constructor)) {
            inEachPlace(constructor);
          }
        }
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(calls).as("arguments tried").isGreaterThan(70);
    assertThat(store.datasets()).extracting(Dataset::name).containsExactly("notes");
    assertThat(store.check()).isEmpty();
  }

  private static boolean isOfInterest(Executable executable) {
    // What the compiler adds to an enum says what Java says.
    return Modifier.isPublic(executable.getModifiers())
        && !executable.getDeclaringClass().isEnum()
        && !Modifier.isAbstract(executable.getModifiers())
        && !executable.isSynthetic();
  }

  private void inEachPlace(Executable executable) throws Exception {
    Class<?>[] types = executable.getParameterTypes();
    List<String> names = parameterNames(executable);
    for (int place = 0; place < types.length; place++) {
      if (types[place].isPrimitive() || TAKE_NULL.contains(names.get(place))) {
        continue;
      }
      tryNull(executable, types, place, names.get(place), null);
      if (types[place].isArray()) {
        Object element = java.lang.reflect.Array.newInstance(types[place].getComponentType(), 1);
        tryNull(executable, types, place, names.get(place), element);
      }
    }
  }

  private void tryNull(
      Executable executable, Class<?>[] types, int place, String name, Object instead)
      throws Exception {
    calls++;
    String call = executable.toGenericString() + ", " + name + " is null";
    Object[] values = new Object[types.length];
    for (int i = 0; i < types.length; i++) {
      Supplier<Object> argument = arguments.get(types[i]);
      assertThat(argument).as("an argument for " + call).isNotNull();
      values[i] = i == place ? instead : argument.get();
    }
    try {
      invoke(executable, values);
      wrong.add(call + ": accepted");
    } catch (InvocationTargetException e) {
      Throwable thrown = e.getCause();
      boolean isClear =
          thrown instanceof HotpotException
              || (thrown instanceof NullPointerException
                  && String.valueOf(thrown.getMessage()).matches("(?s).*\\b" + name + "\\b.*"));
      if (!isClear) {
        wrong.add(call + ": " + thrown);
      }
    }
    for (AutoCloseable each : opened) {
      each.close();
    }
    opened.clear();
    goesOn(call);
  }

  private void invoke(Executable executable, Object[] values) throws Exception {
    if (executable instanceof Constructor<?> constructor) {
      constructor.newInstance(values);
      return;
    }
    Method method = (Method) executable;
    Object receiver = null;
    if (!Modifier.isStatic(method.getModifiers())) {
      Supplier<Object> supplier = receivers.get(method.getDeclaringClass());
      assertThat(supplier).as("an object for " + method).isNotNull();
      receiver = supplier.get();
    }
    method.invoke(receiver, values);
  }

  /** In another thread: a lock that was left locked would be this thread's own. */
  private void goesOn(String call) throws Exception {
    CompletableFuture.runAsync(
            () -> {
              notes.run(
                  tx -> {
                    assertThat(tx.get(note).text()).as(call).isEqualTo("first");
                    tx.acquire(note);
                    tx.put(note, new Note("first"));
                    tx.delete(tx.allocate(new Note("passing")));
                  });
              store.dataset("passing");
              store.drop("passing");
            })
        .get(30, TimeUnit.SECONDS);
  }

  /** As in the source; the compiler keeps them for debuggers. */
  private static List<String> parameterNames(Executable executable) throws IOException {
    Class<?> type = executable.getDeclaringClass();
    byte[] bytes;
    String file = type.getName().substring(type.getName().lastIndexOf('.') + 1) + ".class";
    try (InputStream in = type.getResourceAsStream(file)) {
      bytes = Objects.requireNonNull(in, file).readAllBytes();
    }
    String name = executable instanceof Method ? executable.getName() : "<init>";
    String parameters =
        java.lang.invoke.MethodType.methodType(void.class, executable.getParameterTypes())
            .toMethodDescriptorString();
    MethodModel model =
        ClassFile.of().parse(bytes).methods().stream()
            .filter(m -> m.methodName().equalsString(name))
            .filter(
                m ->
                    m.methodType()
                        .stringValue()
                        .startsWith(parameters.substring(0, parameters.indexOf(')') + 1)))
            .findFirst()
            .orElseThrow();
    int first = Modifier.isStatic(executable.getModifiers()) ? 0 : 1;
    Map<Integer, String> bySlot = new HashMap<>();
    model
        .code()
        .orElseThrow()
        .findAttribute(java.lang.classfile.Attributes.localVariableTable())
        .ifPresent(
            table -> {
              for (LocalVariableInfo variable : table.localVariables()) {
                if (variable.startPc() == 0) {
                  bySlot.put(variable.slot(), variable.name().stringValue());
                }
              }
            });
    List<String> names = new ArrayList<>();
    int slot = first;
    for (Class<?> each : executable.getParameterTypes()) {
      names.add(bySlot.getOrDefault(slot, Arrays.toString(executable.getParameterTypes())));
      slot += each == long.class || each == double.class ? 2 : 1;
    }
    return names;
  }
}
