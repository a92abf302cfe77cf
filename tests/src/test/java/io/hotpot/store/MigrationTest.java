package io.hotpot.store;

import static io.hotpot.store.ApplicationVersions.make;
import static io.hotpot.store.ApplicationVersions.type;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.Array;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Values of old versions become objects of today by a function. */
@Timeout(120)
class MigrationTest {

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

  private static HotpotOptions options() {
    return HotpotOptions.defaults().withMaxBytes(64L << 20);
  }

  @SuppressWarnings("unchecked")
  private static HotpotOptions migrating(Class<?> type, Function<StoredValue, Object> migration) {
    return options().withMigration((Class<Object>) type, migration);
  }

  private Hotpot open(HotpotOptions options) {
    return Hotpot.open(directory.resolve("store"), options);
  }

  private Ref<Object> store(Object value) {
    try (Hotpot store = open(options())) {
      return store.dataset("d").transact(tx -> tx.allocate(value));
    }
  }

  private String read(Ref<Object> ref, HotpotOptions options) {
    try (Hotpot store = open(options)) {
      return store.read(tx -> tx.get(ref)).toString();
    }
  }

  @Test
  void oneFunctionServesAllOldVersionsUntilTheyAreRewritten() {
    Ref<Object> first =
        store(make(versions.version("record A(String owner, double euros) {}"), "A", "Ada", 1.5));
    Ref<Object> second =
        store(make(versions.version("record A(String owner, long cents) {}"), "A", "Bob", 200L));
    ClassLoader now = versions.version("record A(String owner, String amount) {}");
    Ref<Object> third;
    AtomicInteger calls = new AtomicInteger();
    HotpotOptions options =
        migrating(
            type(now, "A"),
            old -> {
              calls.incrementAndGet();
              long cents =
                  old.has("euros")
                      ? Math.round(old.floating("euros") * 100)
                      : old.number("cents", 0);
              return make(now, "A", old.text("owner"), cents + " c");
            });
    try (Hotpot store = open(options)) {
      third = store.dataset("d").transact(tx -> tx.allocate(make(now, "A", "Eve", "3 c")));
      assertThat(store.<Object>read(tx -> tx.get(first))).hasToString("A[owner=Ada, amount=150 c]");
      assertThat(store.<Object>read(tx -> tx.get(second)))
          .hasToString("A[owner=Bob, amount=200 c]");
      assertThat(store.<Object>read(tx -> tx.get(third))).hasToString("A[owner=Eve, amount=3 c]");
      assertThat(calls).hasValue(2);
      store.run(tx -> tx.update(first, old -> old));
      store.run(tx -> tx.put(second, make(now, "A", "Bob", "0 c")));
    }
    calls.set(0);
    assertThat(read(second, options)).isEqualTo("A[owner=Bob, amount=0 c]");
    assertThat(read(third, options)).isEqualTo("A[owner=Eve, amount=3 c]");
    assertThat(calls).hasValue(0);
    assertThat(read(first, options().withTrees(true)))
        .isEqualTo("{@type=app.A, owner=Ada, amount=150 c}");
  }

  @Test
  void aChangeThatIsRefusedBecomesLegal() {
    Ref<Object> ref =
        store(
            make(
                versions.version("record L(java.util.List<String> names) {}"),
                "L",
                List.of("a", "b")));
    ClassLoader now = versions.version("record L(java.util.Map<String, Integer> names) {}");
    try (Hotpot store = open(options())) {
      assertThatThrownBy(() -> store.use(type(now, "L")))
          .isInstanceOf(TypeMismatch.class)
          .hasMessageContaining("component names of app.L")
          .hasMessageContaining("withMigration");
    }
    HotpotOptions options =
        migrating(
            type(now, "L"),
            old -> make(now, "L", Map.of(old.get("names", List.class, List.of()).get(1), 1)));
    assertThat(read(ref, options)).isEqualTo("L[names={b=1}]");
    try (Hotpot store = open(options)) {
      store.use(type(now, "L"));
      store.run(tx -> tx.put(ref, make(now, "L", Map.of("c", 3))));
    }
    assertThat(read(ref, options)).isEqualTo("L[names={c=3}]");
  }

  @Test
  void objectsOfClassesThatAreGoneAreStoredValues() {
    ClassLoader first =
        versions.version(
            "record Name(String given, String family) {}",
            "enum Kind { CAT, DOG }",
            "record Pet(Name name, Kind kind, Name[] others) {}");
    Object name = make(first, "Name", "Rex", "Doe");
    Object others = Array.newInstance(type(first, "Name"), 1);
    Array.set(others, 0, name);
    Object dog = type(first, "Kind").getEnumConstants()[1];
    Ref<Object> ref = store(make(first, "Pet", name, dog, others));
    ClassLoader now = versions.version("record Pet(String name, String kind, int others) {}");
    HotpotOptions options =
        migrating(
            type(now, "Pet"),
            old -> {
              StoredValue was = Objects.requireNonNull(old.get("name", StoredValue.class));
              assertThat(was.type()).isEqualTo("app.Name");
              Object[] more = Objects.requireNonNull(old.get("others", Object[].class));
              assertThat(((StoredValue) more[0]).text("given")).isEqualTo("Rex");
              return make(
                  now,
                  "Pet",
                  was.text("given", "?") + " " + was.text("family", "?"),
                  old.text("kind"),
                  1);
            });
    assertThat(read(ref, options)).isEqualTo("Pet[name=Rex Doe, kind=DOG, others=1]");
  }

  @Test
  void enumsLoseConstantsAndBecomeRecords() {
    ClassLoader first = versions.version("enum E { A, B, C }", "record H(E one, E two) {}");
    Object[] constants = type(first, "E").getEnumConstants();
    Ref<Object> ref = store(make(first, "H", constants[0], constants[2]));
    ClassLoader now = versions.version("enum E { B, C }", "record H(E one, E two) {}");
    HotpotOptions options =
        migrating(
            type(now, "E"),
            old -> {
              assertThat(old.text(StoredValue.CONSTANT)).isEqualTo("A");
              return type(now, "E").getEnumConstants()[0];
            });
    assertThat(read(ref, options)).isEqualTo("H[one=B, two=C]");
    ClassLoader later = versions.version("record E(String code) {}", "record H(E one, E two) {}");
    assertThat(
            read(
                ref,
                migrating(
                    type(later, "E"),
                    old ->
                        make(
                            later,
                            "E",
                            old.text(StoredValue.CONSTANT, "").toLowerCase(Locale.ROOT)))))
        .isEqualTo("H[one=E[code=a], two=E[code=c]]");
  }

  @Test
  void aRenamedClassMigratesToo() {
    Ref<Object> ref = store(make(versions.version("record Old(int n) {}"), "Old", 1));
    ClassLoader now = versions.version("@PreviousName(\"app.Old\") record New(String n) {}");
    HotpotOptions options =
        migrating(type(now, "New"), old -> make(now, "New", old.type() + old.number("n")));
    assertThat(read(ref, options)).isEqualTo("New[n=app.Old1]");
  }

  @Test
  void aMigrationThatFailsSaysOfWhat() {
    Ref<Object> ref = store(make(versions.version("record F(int n, String s) {}"), "F", 1, "x"));
    ClassLoader now = versions.version("record F(String n) {}");
    Map<String, Function<StoredValue, Object>> wrong =
        Map.of(
            "made null of app.F (version 1) [n, s]",
            old -> null,
            "made a java.lang.String",
            old -> "text",
            "IllegalStateException",
            old -> {
              throw new IllegalStateException("no idea");
            },
            "has no component 'm'",
            old -> old.number("m"),
            "component s of app.F (version 1) [n, s] is a java.lang.String, not a whole number",
            old -> old.number("s", 5),
            "not true or false",
            old -> old.truth("n"),
            "component n",
            old -> old.text("n"));
    wrong.forEach(
        (says, migration) -> {
          try (Hotpot store = open(migrating(type(now, "F"), migration))) {
            assertThatThrownBy(() -> store.read(tx -> tx.get(ref)))
                .isInstanceOf(TypeMismatch.class)
                .hasMessageContaining(says);
          }
        });
    HotpotOptions once = migrating(String.class, old -> "");
    assertThatThrownBy(() -> once.withMigration(String.class, old -> ""))
        .isInstanceOf(MisuseException.class)
        .hasMessageContaining("has a migration already");
  }

  @Test
  void everyKindOfComponentIsRead() {
    StoredValue value =
        new StoredValue(
            new Schema(3, "app.T", Schema.Kind.RECORD, List.of(), List.of()),
            new LinkedHashMap<>(
                Map.of(
                    "long", 1L, "short", (short) 2, "byte", (byte) 3, "char", 'a', "int", 4,
                    "float", 1.5f, "double", 2.5, "truth", true, "text", "x")));
    assertThat(value.number("long") + value.number("short") + value.number("byte")).isEqualTo(6);
    assertThat(value.number("char") + value.number("int")).isEqualTo('a' + 4);
    assertThat(value.floating("float") + value.floating("double") + value.floating("int"))
        .isEqualTo(8);
    assertThat(value.truth("truth") && value.truth("none", true)).isTrue();
    assertThat(value.text("text") + value.text("none", "y")).isEqualTo("xy");
    assertThat(value.floating("none", 1.5)).isEqualTo(1.5);
    assertThat(value.number("none", 7)).isEqualTo(7);
    assertThat(value.get("text")).isEqualTo("x");
    assertThat(value.version()).isEqualTo(3);
    assertThat(value.components()).hasSize(9);
  }
}
