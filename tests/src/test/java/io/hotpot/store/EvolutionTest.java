package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Classes change between one run of an application and the next. */
@Timeout(120)
class EvolutionTest {

  @TempDir Path directory;
  private int versions;
  private final List<URLClassLoader> loaders = new ArrayList<>();
  private final ClassLoader before = Thread.currentThread().getContextClassLoader();

  @AfterEach
  void close() throws IOException {
    Thread.currentThread().setContextClassLoader(before);
    for (URLClassLoader loader : loaders) {
      loader.close();
    }
  }

  /** Compiles classes of package {@code app} and makes them the application's. */
  private ClassLoader version(String... sources) {
    try {
      Path folder = Files.createDirectories(directory.resolve("version" + versions++));
      List<String> arguments =
          new ArrayList<>(
              List.of("-d", folder.toString(), "-cp", System.getProperty("java.class.path")));
      for (String source : sources) {
        String name = source.replaceAll("(?s).*?(?:record|class|enum|interface) (\\w+).*", "$1");
        Path file = folder.resolve(name + ".java");
        Files.writeString(file, "package app;\nimport io.hotpot.store.*;\n" + source);
        arguments.add(file.toString());
      }
      int exit =
          ToolProvider.getSystemJavaCompiler()
              .run(null, null, null, arguments.toArray(new String[0]));
      assertThat(exit).isZero();
      URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()}, before);
      loaders.add(loader);
      Thread.currentThread().setContextClassLoader(loader);
      return loader;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Object make(ClassLoader loader, String name, Object... values) {
    try {
      Constructor<?> constructor = loader.loadClass("app." + name).getDeclaredConstructors()[0];
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  private Hotpot open() {
    return Hotpot.open(
        directory.resolve("store"), HotpotOptions.defaults().withMaxBytes(64L << 20));
  }

  private Ref<Object> store(Object value) {
    try (Hotpot store = open()) {
      return store.dataset("d").transact(tx -> tx.allocate(value));
    }
  }

  private String read(Ref<Object> ref) {
    try (Hotpot store = open()) {
      return store.read(tx -> tx.get(ref)).toString();
    }
  }

  @Test
  void aComponentIsAddedRemovedAndMoved() {
    Ref<Object> ref =
        store(make(version("record Person(String name, int age) {}"), "Person", "Ada", 36));
    version("record Person(String name, int age, String city, long visits) {}");
    assertThat(read(ref)).isEqualTo("Person[name=Ada, age=36, city=null, visits=0]");
    version("record Person(int age) {}");
    assertThat(read(ref)).isEqualTo("Person[age=36]");
    version("record Person(int age, String name) {}");
    assertThat(read(ref)).isEqualTo("Person[age=36, name=Ada]");
  }

  @Test
  void aNewComponentGetsWhatTheConstructorMakesOfNull() {
    Ref<Object> ref = store(make(version("record Person(String name) {}"), "Person", "Ada"));
    version(
        "record Person(String name, String greeting) {\n"
            + "  Person { if (greeting == null) { greeting = \"Hello \" + name; } }\n}");
    assertThat(read(ref)).isEqualTo("Person[name=Ada, greeting=Hello Ada]");
  }

  @Test
  void aComponentAndAClassAreRenamed() {
    Ref<Object> ref =
        store(make(version("record Person(String name, int age) {}"), "Person", "Ada", 36));
    version("record Person(@PreviousName(\"name\") String fullName, int age) {}");
    assertThat(read(ref)).isEqualTo("Person[fullName=Ada, age=36]");
    ClassLoader renamed =
        version("@PreviousName(\"app.Person\") record Human(String name, int age) {}");
    try (Hotpot store = open()) {
      store.use(renamed.loadClass("app.Human"));
      Object human = store.read(tx -> tx.get(ref));
      assertThat(human).hasToString("Human[name=Ada, age=36]");
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void numbersAreWidened() {
    Ref<Object> ref =
        store(
            make(
                version("record N(byte a, short b, int c, float d, char e) {}"),
                "N",
                (byte) -1,
                (short) -2,
                Integer.MIN_VALUE,
                1.5f,
                'x'));
    version("record N(short a, int b, long c, double d, int e) {}");
    assertThat(read(ref)).isEqualTo("N[a=-1, b=-2, c=-2147483648, d=1.5, e=120]");
  }

  @Test
  void anOldVersionIsRewrittenWhenItIsUpdated() {
    Ref<Object> ref = store(make(version("record P(int x) {}"), "P", 5));
    ClassLoader next = version("record P(long x, long y) {}");
    try (Hotpot store = open()) {
      store.run(tx -> tx.put(ref, make(next, "P", 6L, 7L)));
      assertThat(store.types()).hasSize(2);
    }
    version("record P(long y) {}");
    assertThat(read(ref)).isEqualTo("P[y=7]");
  }

  @Test
  void whatCannotBeReadIsRefusedByName() {
    Ref<Object> ref = store(make(version("record Q(String text, long number) {}"), "Q", "t", 1L));
    refused(
        ref,
        "component number of app.Q",
        version("record Q(String text, int number) {}"),
        "Q",
        "t",
        1);
    refused(
        ref, "component text of app.Q", version("record Q(int text, long number) {}"), "Q", 1, 1L);
    refused(ref, "is stored as RECORD and now is ENUM", version("enum Q { A }"), null);
    version("record Q(String text, long number) {}");
    assertThat(read(ref)).isEqualTo("Q[text=t, number=1]");
  }

  private void refused(
      Ref<Object> ref, String says, ClassLoader loader, String name, Object... values) {
    try (Hotpot store = open()) {
      assertThatThrownBy(() -> store.read(tx -> tx.get(ref)))
          .isInstanceOf(TypeMismatch.class)
          .hasMessageContaining(says);
      if (name != null) {
        Object value = make(loader, name, values);
        assertThatThrownBy(() -> store.dataset("d").run(tx -> tx.allocate(value)))
            .isInstanceOf(TypeMismatch.class)
            .hasMessageContaining(says);
      }
    }
  }

  @Test
  void enumConstantsAreAddedAndReordered() {
    ClassLoader first = version("enum E { A, B }", "record Holder(E e) {}");
    Object b;
    try {
      b = first.loadClass("app.E").getEnumConstants()[1];
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
    Ref<Object> ref = store(make(first, "Holder", b));
    version("enum E { C, B, A }", "record Holder(E e) {}");
    assertThat(read(ref)).isEqualTo("Holder[e=B]");
    version("enum E { A }", "record Holder(E e) {}");
    assertThatThrownBy(() -> read(ref))
        .isInstanceOf(TypeMismatch.class)
        .hasMessageContaining("the constant B of app.E");
  }

  @Test
  void aSealedHierarchyGrows() {
    ClassLoader first =
        version(
            "sealed interface S permits One {}",
            "record One(int n) implements S {}",
            "record Box(S s) {}");
    Ref<Object> ref = store(make(first, "Box", make(first, "One", 1)));
    ClassLoader next =
        version(
            "sealed interface S permits One, Two {}",
            "record One(int n) implements S {}",
            "record Two(int n) implements S {}",
            "record Box(S s) {}");
    Ref<Object> other = store(make(next, "Box", make(next, "Two", 2)));
    assertThat(read(ref)).isEqualTo("Box[s=One[n=1]]");
    assertThat(read(other)).isEqualTo("Box[s=Two[n=2]]");
    version(
        "sealed interface S permits One {}",
        "record One(int n) implements S {}",
        "record Box(S s) {}");
    assertThatThrownBy(() -> read(other))
        .isInstanceOf(TypeMismatch.class)
        .hasMessageContaining("app.Two");
    assertThat(read(ref)).isEqualTo("Box[s=One[n=1]]");
  }

  @Test
  void aClassThatIsGoneIsTold() {
    Ref<Object> ref = store(make(version("record Gone(int n) {}"), "Gone", 1));
    version("record Other(int n) {}");
    assertThatThrownBy(() -> read(ref))
        .isInstanceOf(TypeMismatch.class)
        .hasMessageContaining("app.Gone")
        .hasMessageContaining("@PreviousName");
  }
}
