package io.hotpot.store;

import static io.hotpot.store.ApplicationVersions.make;
import static io.hotpot.store.ApplicationVersions.type;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Classes change between one run of an application and the next. */
@Timeout(120)
class EvolutionTest {

  @TempDir Path directory;
  private ApplicationVersions versions;

  @BeforeEach
  void begin() {
    versions = new ApplicationVersions(directory);
  }

  @AfterEach
  void close() throws IOException {
    versions.close();
  }

  private ClassLoader version(String... sources) {
    return versions.version(sources);
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
      store.use(type(renamed, "Human"));
      Object human = store.read(tx -> tx.get(ref));
      assertThat(human).hasToString("Human[name=Ada, age=36]");
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
      assertThat(store.<Object>read(tx -> tx.get(ref))).hasToString("P[x=5, y=0]");
    }
    assertThat(tree(ref)).isEqualTo(Map.of("@type", "app.P", "x", 5));
    try (Hotpot store = open()) {
      store.run(tx -> tx.update(ref, old -> make(next, "P", number(old, "x") + 1, 7L)));
      assertThat(store.types()).hasSize(2);
    }
    assertThat(tree(ref)).isEqualTo(Map.of("@type", "app.P", "x", 6L, "y", 7L));
    version("record P(long y) {}");
    assertThat(read(ref)).isEqualTo("P[y=7]");
  }

  /** The value as it is stored, without its class. */
  private Object tree(Ref<Object> ref) {
    HotpotOptions options = HotpotOptions.defaults().withReadOnly(true).withTrees(true);
    try (Hotpot store = Hotpot.open(directory.resolve("store"), options)) {
      return store.read(tx -> tx.get(ref));
    }
  }

  private static long number(Object object, String component) {
    try {
      Method accessor = object.getClass().getDeclaredMethod(component);
      accessor.setAccessible(true);
      return ((Number) accessor.invoke(object)).longValue();
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("a record without accessor", e);
    }
  }

  /** Registering the class is refused, and so is reading. */
  private void refusedAtOnce(Ref<Object> ref, String name, String says, String... sources) {
    ClassLoader loader = version(sources);
    try (Hotpot store = open()) {
      assertThatThrownBy(() -> store.use(type(loader, name)))
          .isInstanceOf(TypeMismatch.class)
          .hasMessageContaining(says);
      assertThatThrownBy(() -> store.read(tx -> tx.get(ref)))
          .isInstanceOf(TypeMismatch.class)
          .hasMessageContaining(says);
    }
  }

  @Test
  void aChangedDeclaredTypeIsRefusedByName() {
    String parts = "record Part(int n) {}";
    ClassLoader first =
        version(parts, "record H(java.util.List<Part> list, Part part, Integer number) {}");
    Object part = make(first, "Part", 1);
    Ref<Object> ref = store(make(first, "H", List.of(part), part, 5));
    refusedAtOnce(
        ref,
        "H",
        "component list of app.H is stored as java.util.List<app.Part>",
        parts,
        "record H(java.util.Map<String, Part> list, Part part, Integer number) {}");
    refusedAtOnce(
        ref,
        "H",
        "component list of app.H",
        parts,
        "record H(java.util.List<String> list, Part part, Integer number) {}");
    refusedAtOnce(
        ref,
        "H",
        "component part of app.H is stored as app.Part",
        parts,
        "record Other(int n) {}",
        "record H(java.util.List<Part> list, Other part, Integer number) {}");
    refusedAtOnce(
        ref,
        "H",
        "component number of app.H",
        parts,
        "record H(java.util.List<Part> list, Part part, int number) {}");
    version(
        "sealed interface Item permits Part {}",
        "record Part(int n) implements Item {}",
        "record H(Object number, java.util.Collection<? extends Item> list, Item part) {}");
    assertThat(read(ref)).isEqualTo("H[number=5, list=[Part[n=1]], part=Part[n=1]]");
  }

  @Test
  void primitivesAreBoxedAndBoxesWidened() {
    Ref<Object> ref =
        store(
            make(
                version("record B(int a, int b, Integer c, Short d, String e, float f) {}"),
                "B",
                1,
                2,
                3,
                (short) 4,
                "5",
                6f));
    version("record B(Integer a, Long b, Long c, Integer d, CharSequence e, Double f) {}");
    assertThat(read(ref)).isEqualTo("B[a=1, b=2, c=3, d=4, e=5, f=6.0]");
    version("record B(Number a, Object b, Double c, Comparable<?> d, Object e, Number f) {}");
    assertThat(read(ref)).isEqualTo("B[a=1, b=2, c=3.0, d=4, e=5, f=6.0]");
    refusedAtOnce(ref, "B", "component b of app.B", "record B(int a, Short b) {}");
    refusedAtOnce(ref, "B", "component c of app.B", "record B(Integer a, String c) {}");
  }

  @Test
  void readingRegistersNothing() {
    Ref<Object> ref = store(make(version("record P(int x) {}"), "P", 5));
    version("record P(int x, int y) {}");
    HotpotOptions options = HotpotOptions.defaults().withReadOnly(true);
    try (Hotpot store = Hotpot.open(directory.resolve("store"), options)) {
      assertThat(store.<Object>read(tx -> tx.get(ref))).hasToString("P[x=5, y=0]");
      assertThat(store.types()).hasSize(1);
    }
  }

  @Test
  void aNameIsGivenToAnotherComponent() {
    Ref<Object> ref = store(make(version("record P(int a) {}"), "P", 1));
    ClassLoader next = version("record P(int a, @PreviousName(\"a\") int b) {}");
    assertThat(read(ref)).isEqualTo("P[a=0, b=1]");
    Ref<Object> other = store(make(next, "P", 5, 6));
    version("record P(@PreviousName(\"a\") int b, int a, int c) {}");
    assertThat(read(ref)).isEqualTo("P[b=1, a=0, c=0]");
    assertThat(read(other)).isEqualTo("P[b=6, a=5, c=0]");
  }

  @Test
  void aRemovedComponentMayHaveLostItsClass() {
    ClassLoader first =
        version(
            "record Old(int n) {}",
            "enum Gone { A, B }",
            "record K(java.util.List<Object> olds, int n) {}");
    List<Object> olds =
        List.of(make(first, "Old", 1), type(first, "Gone").getEnumConstants()[1], new int[] {1});
    Ref<Object> ref = store(make(first, "K", olds, 7));
    version("record K(int n) {}");
    assertThat(read(ref)).isEqualTo("K[n=7]");
  }

  @Test
  void elementsOfArraysAreRenamed() {
    ClassLoader first =
        version("interface I {}", "record P(int n) implements I {}", "record A(P[] ps, I[] is) {}");
    Object p = make(first, "P", 1);
    Object ps = Array.newInstance(type(first, "P"), 1);
    Array.set(ps, 0, p);
    Object is = Array.newInstance(type(first, "I"), 2);
    Array.set(is, 1, p);
    Ref<Object> ref = store(make(first, "A", ps, is));
    ClassLoader next =
        version(
            "@PreviousName(\"app.I\") interface J {}",
            "@PreviousName(\"app.P\") record Q(int n) implements J {}",
            "record A(Q[] ps, J[] is) {\n"
                + "  @Override public String toString() {\n"
                + "    return java.util.Arrays.toString(ps) + java.util.Arrays.toString(is);\n  }\n}");
    try (Hotpot store = open()) {
      store.use(type(next, "J"), type(next, "Q"), type(next, "A"));
      assertThat(store.<Object>read(tx -> tx.get(ref))).hasToString("[Q[n=1]][null, Q[n=1]]");
    }
  }

  @Test
  void aConstructorThatRefusesIsNoDamage() {
    Ref<Object> ref = store(make(version("record V(int n) {}"), "V", -1));
    version(
        "record V(int n) {\n"
            + "  V { if (n < 0) { throw new IllegalArgumentException(\"negative: \" + n); } }\n}");
    try (Hotpot store = open()) {
      assertThatThrownBy(() -> store.read(tx -> tx.get(ref)))
          .isInstanceOf(TypeMismatch.class)
          .hasMessageContaining("app.V")
          .hasMessageContaining("negative: -1")
          .hasCauseInstanceOf(IllegalArgumentException.class);
      assertThat(store.check()).isEmpty();
    }
    version("record V(int n) { V { assert false : \"never\"; } }");
    assertThatThrownBy(() -> read(ref)).isInstanceOf(TypeMismatch.class);
  }

  @Test
  void oneNameIsOneClass() {
    ClassLoader first = version("record P(int n) {}");
    Object one = make(first, "P", 1);
    Object other = make(version("record P(int n) {}"), "P", 2);
    try (Hotpot store = open()) {
      store.dataset("d").run(tx -> tx.allocate(one));
      assertThatThrownBy(() -> store.dataset("d").run(tx -> tx.allocate(other)))
          .isInstanceOf(TypeMismatch.class)
          .hasMessageContaining("loaded twice");
    }
    // No class of the application is visible from here, nor from the library.
    versions.hide();
    try (Hotpot store = open()) {
      store.use(type(first, "P"));
      Ref<Object> ref = store.dataset("d").transact(tx -> tx.allocate(one));
      assertThat(store.<Object>read(tx -> tx.get(ref))).isEqualTo(one);
    }
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
    Ref<Object> ref = store(make(first, "Holder", type(first, "E").getEnumConstants()[1]));
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
