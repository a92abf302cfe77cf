package io.hotpot.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.store.Dataset;
import io.hotpot.store.DatasetOptions;
import io.hotpot.store.Hotpot;
import io.hotpot.store.HotpotOptions;
import io.hotpot.store.Ref;
import io.hotpot.store.StoredType;
import io.hotpot.store.TransactionMode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.Period;
import java.time.Year;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Exports and imports: nothing is lost, and never is a part of one there. */
@Timeout(120)
class ExportImportTest {

  enum Kind {
    SAVINGS,
    CREDIT
  }

  record Node(String name, @Nullable Ref<?> next) {}

  record Primitives(
      boolean a, byte b, short c, char d, int e, long f, float g, double h, @Nullable String i) {}

  private static final List<Object> VALUES =
      List.of(
          "text \u2603 \ud83d\ude00 \u0000 \"\\",
          5,
          5_000_000_000L,
          1L,
          (byte) 1,
          (short) 2,
          'c',
          1.5f,
          1.5,
          Double.NaN,
          Double.NEGATIVE_INFINITY,
          true,
          new BigInteger("123456789012345678901234567890"),
          new BigDecimal("1.2300"),
          new UUID(1, 2),
          Instant.EPOCH,
          Duration.ofNanos(5),
          LocalDate.EPOCH,
          LocalTime.NOON,
          LocalDateTime.of(2026, 1, 1, 1, 1),
          ZonedDateTime.of(2026, 1, 1, 1, 1, 1, 1, ZoneId.of("Europe/Paris")),
          OffsetDateTime.parse("2026-01-01T01:01:01+02:00"),
          ZoneId.of("UTC"),
          Period.ofDays(3),
          Year.of(2026),
          Optional.of("x"),
          Optional.empty(),
          List.of(1, List.of("a")),
          new ArrayList<>(List.of(1)),
          new LinkedList<>(List.of(1)),
          Set.of("one"),
          new HashSet<>(Set.of("one")),
          new LinkedHashSet<>(List.of("b", "a")),
          new TreeSet<>(List.of("b", "a")),
          Map.of("k", 1),
          new HashMap<>(Map.of(1L, "v")),
          new LinkedHashMap<>(Map.of(Kind.SAVINGS, 1)),
          new TreeMap<>(Map.of("k", List.of())),
          Kind.CREDIT,
          new Primitives(true, (byte) -1, (short) 2, 'x', 3, Long.MIN_VALUE, 1f, -0.0, null));

  private static final List<Object> ARRAYS =
      List.of(
          new byte[] {1, -1},
          new int[] {1, Integer.MIN_VALUE},
          new long[] {1},
          new short[] {1},
          new double[] {1.5, Double.NaN},
          new float[] {1.5f},
          new boolean[] {true},
          new char[] {'a'},
          new String[] {"a", null},
          new Object[] {1, "a"},
          new Kind[] {Kind.SAVINGS},
          new ArrayDeque<>(List.of(1)));

  private final Cli cli = new Cli();
  @TempDir Path directory;

  private String path(String name) {
    return directory.resolve(name).toString();
  }

  private Hotpot open(String name) {
    return Hotpot.open(directory.resolve(name), HotpotOptions.defaults().withMaxBytes(64L << 20));
  }

  private static Object[] plain(List<Object> values) {
    return values.stream()
        .map(v -> v instanceof ArrayDeque<?> deque ? List.copyOf(deque) : v)
        .toArray();
  }

  /** Immutable collections have many classes that do not matter. */
  private static String mutableClass(Object value) {
    String name = value.getClass().getName();
    return name.startsWith("java.util.ImmutableCollections") ? "" : name;
  }

  @Test
  void aWholeStoreComesBack() {
    try (Hotpot hotpot = open("a")) {
      Dataset values = hotpot.dataset("values");
      values.root("all", () -> VALUES);
      values.root("arrays", () -> ARRAYS);
      Dataset locked =
          hotpot.dataset("locked", DatasetOptions.defaults().withMode(TransactionMode.MRSW));
      Ref<Node> head = locked.root("head", () -> new Node("head", null));
      Ref<Node> far = values.root("far", () -> new Node("far", head));
      locked.run(
          tx -> {
            tx.acquire(head);
            tx.put(head, new Node("head", far));
          });
      hotpot.dataset("empty");
      hotpot.addType(
          new StoredType(
              "Unused", 0, "RECORD", List.of(new StoredType.Component("a", "INT")), List.of()));
    }
    assertThat(cli.run("export", path("a"), "-o", path("a.jsonl"))).isZero();
    assertThat(cli.out()).contains("3 datasets, 4 objects, 4 roots");
    assertThat(cli.run("import", path("b"), path("a.jsonl"))).isZero();
    assertThat(cli.out()).contains("imported 4 objects and 4 roots into [empty, locked, values]");
    assertThat(cli.err()).isEmpty();
    assertThat(cli.run("check", path("b"))).isZero();
    try (Hotpot hotpot = open("b")) {
      Dataset values = hotpot.dataset("values");
      List<Object> found = values.read(tx -> tx.get(tx.<List<Object>>root("all").orElseThrow()));
      assertThat(found)
          .isEqualTo(VALUES)
          .zipSatisfy(VALUES, (a, b) -> assertThat(mutableClass(a)).isEqualTo(mutableClass(b)));
      List<Object> arrays =
          values.read(tx -> tx.get(tx.<List<Object>>root("arrays").orElseThrow()));
      assertThat(Arrays.deepToString(plain(arrays))).isEqualTo(Arrays.deepToString(plain(ARRAYS)));
      Dataset locked = hotpot.findDataset("locked").orElseThrow();
      assertThat(locked.options().mode()).isEqualTo(TransactionMode.MRSW);
      Ref<Node> head = locked.read(tx -> tx.<Node>root("head").orElseThrow());
      Ref<Node> far = values.read(tx -> tx.<Node>root("far").orElseThrow());
      Node first = locked.read(tx -> tx.get(head));
      Node second = values.read(tx -> tx.get(far));
      assertThat(first).isEqualTo(new Node("head", far));
      assertThat(second).isEqualTo(new Node("far", head));
      assertThat(hotpot.types()).anyMatch(type -> type.name().equals("Unused"));
      assertThat(hotpot.findDataset("empty")).isPresent();
    }
  }

  @Test
  void anExportOfAnImportIsTheSame() throws IOException {
    try (Hotpot hotpot = open("a")) {
      hotpot.dataset("values").root("all", () -> VALUES);
    }
    assertThat(cli.run("export", path("a"))).isZero();
    String first = cli.out();
    Files.writeString(directory.resolve("a.jsonl"), first);
    assertThat(cli.run("import", path("b"), path("a.jsonl"), "--json")).isZero();
    assertThat(cli.out()).contains("\"objects\":1,\"roots\":1,\"referencesToNothing\":0");
    assertThat(cli.run("export", path("b"))).isZero();
    assertThat(cli.out()).isEqualTo(first);
  }

  @Test
  void whatIsNotExportedIsNullAfterwards() {
    try (Hotpot hotpot = open("a")) {
      Ref<Node> other = hotpot.dataset("other").root("o", () -> new Node("o", null));
      hotpot.dataset("one").root("n", () -> new Node("n", other));
    }
    assertThat(cli.run("export", path("a"), "one", "-o", path("a.jsonl"), "--json")).isZero();
    assertThat(cli.out()).contains("\"objects\":1");
    assertThat(cli.run("import", path("b"), path("a.jsonl"))).isZero();
    assertThat(cli.err())
        .contains("1 references or roots named objects that are not in the export");
    assertThat(cli.run("get", path("b"), "one/n")).isZero();
    assertThat(cli.out()).contains("\"next\":null");
  }

  // ---- what is wrong with a line

  private static final String TYPE =
      "{\"type\":\"T\",\"kind\":\"RECORD\",\"components\":[[\"a\",\"INT\"]],\"constants\":[]}";
  private static final String DATASET = "{\"dataset\":\"d\",\"mode\":\"MRMW\"}";

  private static String object(int slot, String value) {
    return "{\"ref\":\"@1." + slot + ".0\",\"in\":\"d\",\"value\":" + value + "}";
  }

  private void refused(String message, String... lines) throws IOException {
    Path file = Files.write(directory.resolve("bad.jsonl"), List.of(lines));
    assertThat(cli.run("import", path("new"), file.toString())).as(message).isEqualTo(2);
    assertThat(cli.err()).contains(message).doesNotContain("\tat ");
    assertThat(directory.resolve("new")).doesNotExist();
    assertThat(cli.run("import", path("old"), file.toString())).as(message).isEqualTo(2);
    try (Hotpot hotpot = open("old")) {
      assertThat(hotpot.datasets()).map(Dataset::name).containsExactly("old");
    }
  }

  @Test
  void aWrongLineIsNamedAndNothingIsImported() throws IOException {
    try (Hotpot hotpot = open("old")) {
      hotpot.dataset("old");
    }
    String one = object(1, "{\"@type\":\"T\",\"a\":1}");
    refused("line 2: this is not JSON", DATASET, "{\"ref\":");
    refused("line 2: this is none that 'export' writes: [nonsense]", DATASET, "{\"nonsense\":1}");
    refused("line 1: this is no JSON object", "[1]");
    refused(
        "line 4: the value: component 'a' of T is missing",
        TYPE,
        DATASET,
        one,
        object(2, "{\"@type\":\"T\"}"));
    refused(
        "line 3: the value: the store knows no type 'U'",
        TYPE,
        DATASET,
        object(1, "{\"@type\":\"U\"}"));
    refused("line 2: no line before describes dataset 'd'", TYPE, one);
    refused(
        "line 4: the object @1.1.0 has been there before", TYPE, DATASET, one, one, "{\"end\":2}");
    refused("line 2: dataset 'd' has been described before", DATASET, DATASET);
    refused("line 1: there is no mode 'MANY'", "{\"dataset\":\"d\",\"mode\":\"MANY\"}");
    refused("line 1: ", "{\"dataset\":\"a/b\",\"mode\":\"MRMW\"}");
    refused("line 1: it describes a type", "{\"type\":\"T\",\"kind\":\"RECORD\"}");
    refused("line 2: the object @1.1.0 has no value", DATASET, "{\"ref\":\"@1.1.0\",\"in\":\"d\"}");
    refused("cut short", TYPE, DATASET, one);
    refused("line 4: the export had 2 objects, but 1 are here", TYPE, DATASET, one, "{\"end\":2}");
    refused("line 2: there is more behind the last line", "{\"end\":0}", DATASET);
  }

  @Test
  void aDatasetThatIsThereAlreadyIsRefused() throws IOException {
    Path file = Files.write(directory.resolve("d.jsonl"), List.of(DATASET, "{\"end\":0}"));
    assertThat(cli.run("import", path("b"), file.toString())).isZero();
    assertThat(cli.run("import", path("b"), file.toString())).isEqualTo(2);
    assertThat(cli.err()).contains("line 1: there is a dataset 'd' already");
    assertThat(cli.run("ls", path("b"))).isZero();
    assertThat(cli.lines()).hasSize(1);
  }

  @Test
  void whatIsNotThereOrNoExportMakesNoStore() {
    assertThat(cli.run("import", path("new"), path("nothing.jsonl"))).isEqualTo(3);
    assertThat(cli.err()).contains("nothing.jsonl does not exist");
    assertThat(cli.run("import", path("new"), directory.toString())).isEqualTo(2);
    assertThat(directory.resolve("new")).doesNotExist();
  }

  // ---- interruptions

  @Test
  void anImportThatIsInterruptedAnywhereLeavesNothing() throws IOException {
    StringBuilder lines = new StringBuilder(TYPE + "\n" + DATASET + "\n");
    int objects = 450;
    for (int i = 0; i < objects; i++) {
      lines.append(object(i + 1, "{\"@type\":\"T\",\"a\":" + i + "}")).append('\n');
    }
    lines.append("{\"end\":").append(objects).append("}\n");
    for (int stopAfter : new int[] {1, 2, 3, 202, 203, 400, 453, 454, 455}) {
      try (Hotpot hotpot =
          Hotpot.open(
              directory.resolve("a"),
              HotpotOptions.defaults().withTrees(true).withMaxBytes(64L << 20))) {
        int[] reports = new int[1];
        Importer importer = new Importer(hotpot);
        String text = lines.toString();
        boolean whole = false;
        try {
          importer.run(
              new BufferedReader(new StringReader(text)),
              (done, total) -> {
                if (++reports[0] == stopAfter) {
                  throw new Failure(1, "stop");
                }
              });
          whole = true;
        } catch (Failure e) {
          assertThat(Objects.requireNonNull(e.getMessage())).isEqualTo("stop");
        }
        assertThat(whole).as("%d reports were made", reports[0]).isFalse();
        assertThat(hotpot.datasets()).isEmpty();
      }
    }
  }

  @Test
  void whatAnImportThatWasKilledLeftIsDroppedByTheNext() throws IOException {
    try (Hotpot hotpot = open("a")) {
      hotpot.dataset(Importer.WORKING + "d").root("half", () -> "half");
    }
    Path file = Files.write(directory.resolve("d.jsonl"), List.of(DATASET, "{\"end\":0}"));
    assertThat(cli.run("import", path("a"), file.toString())).isZero();
    assertThat(cli.err()).contains("dropped 1 datasets of an import that had been cut short");
    assertThat(cli.run("ls", path("a"))).isZero();
    assertThat(cli.lines()).hasSize(1).allMatch(line -> line.startsWith("d "));
  }
}
