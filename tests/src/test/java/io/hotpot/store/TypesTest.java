package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every kind of value, as objects and as trees. */
@Timeout(120)
class TypesTest {

  enum Color {
    RED,
    GREEN {
      @Override
      int weight() {
        return 2;
      }
    };

    int weight() {
      return 1;
    }
  }

  sealed interface Shape permits Circle, Square {}

  record Circle(double radius) implements Shape {}

  record Square(float side) implements Shape {}

  record Pair<A, B>(A first, B second) {}

  record Primitives(boolean z, byte b, short s, char c, int i, long l, float f, double d) {}

  record Everything(Object value) {}

  record Chain(int number, Chain next) {}

  static class Point {
    int x;
    private long y;
    transient int scratch;

    Point() {}

    Point(int x, long y) {
      this.x = x;
      this.y = y;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Point p && p.x == x && p.y == y;
    }

    @Override
    public int hashCode() {
      return Objects.hash(x, y);
    }
  }

  static final class Point3 extends Point {
    int z;

    Point3() {}

    Point3(int x, long y, int z) {
      super(x, y);
      this.z = z;
    }

    @Override
    public boolean equals(Object other) {
      return super.equals(other) && other instanceof Point3 p && p.z == z;
    }

    @Override
    public int hashCode() {
      return super.hashCode() + z;
    }
  }

  @TempDir Path directory;
  private Hotpot store;
  private Dataset dataset;

  @BeforeEach
  void open() {
    reopen(options());
  }

  private static HotpotOptions options() {
    return HotpotOptions.defaults().withMaxBytes(64L << 20);
  }

  private void reopen(HotpotOptions options) {
    if (store != null) {
      store.close();
    }
    store = Hotpot.open(directory.resolve("store"), options);
    dataset = store.dataset("d");
  }

  @AfterEach
  void close() {
    store.close();
  }

  static Stream<Object> values() {
    return Stream.of(
        new Primitives(
            true,
            (byte) -7,
            (short) -300,
            '\u20AC',
            Integer.MIN_VALUE,
            Long.MAX_VALUE,
            -0.0f,
            Double.NaN),
        new Circle(1.5),
        new Square(2),
        new Pair<>("left", 5),
        new Pair<>(new Pair<>(1L, 2.5), List.of(Color.RED, Color.GREEN)),
        new Pair<>(null, null),
        Color.GREEN,
        new Point(3, -4),
        new Point3(1, 2, 3),
        new Chain(1, new Chain(2, new Chain(3, null))),
        new Everything("\u0000 \uD83C\uDF72 \u00E4\u00F6\u00FC" + "x".repeat(5000)),
        new Everything(""),
        new Everything((byte) 1),
        new Everything((short) 2),
        new Everything('c'),
        new Everything(3),
        new Everything(4L),
        new Everything(5.5f),
        new Everything(Double.NEGATIVE_INFINITY),
        new Everything(true),
        new Everything(new BigInteger("-123456789012345678901234567890")),
        new Everything(new BigDecimal("1.2300")),
        new Everything(new UUID(1, -2)),
        new Everything(Ref.of(ObjectId.pack(3, 2, 1))),
        new Everything(Optional.of("there")),
        new Everything(Optional.empty()),
        new Everything(List.of()),
        new Everything(List.of("a", 1, List.of(2L))),
        new Everything(new ArrayList<>(Arrays.asList("a", null))),
        new Everything(new LinkedList<>(List.of(1, 2))),
        new Everything(Set.of("only")),
        new Everything(new HashSet<>(List.of(1, 2, 3))),
        new Everything(new LinkedHashSet<>(List.of(3, 1, 2))),
        new Everything(new TreeSet<>(List.of("b", "a"))),
        new Everything(Map.of("k", Color.RED)),
        new Everything(new HashMap<>(Map.of(1, "x"))),
        new Everything(new LinkedHashMap<>(Map.of("k", new Circle(1)))),
        new Everything(new TreeMap<>(Map.of("b", 1, "a", 2))),
        new Everything(Instant.ofEpochSecond(-1, 999_999_999)),
        new Everything(Duration.ofNanos(-1)),
        new Everything(LocalDate.of(2024, 2, 29)),
        new Everything(LocalTime.of(23, 59, 59, 1)),
        new Everything(LocalDateTime.of(1999, 12, 31, 23, 59)),
        new Everything(ZonedDateTime.parse("2020-01-01T00:00:00+01:00[Europe/Paris]")),
        new Everything(OffsetDateTime.parse("2020-01-01T00:00:00-05:00")),
        new Everything(ZoneId.of("Europe/Paris")),
        new Everything(Period.of(1, -2, 3)),
        new Everything(Year.of(-5)),
        new Everything(new byte[] {1, -1}),
        new Everything(new int[] {1, Integer.MIN_VALUE}),
        new Everything(new long[] {1, Long.MIN_VALUE}),
        new Everything(new short[] {1, -1}),
        new Everything(new char[] {'a', '\u20AC'}),
        new Everything(new float[] {1, Float.NaN}),
        new Everything(new double[] {1, Double.POSITIVE_INFINITY}),
        new Everything(new boolean[] {true, false}),
        new Everything(new String[] {"a", null}),
        new Everything(new Object[] {"a", 1, null}),
        new Everything(new Circle[] {new Circle(1), null}),
        new Everything(new Shape[] {new Circle(1), new Square(2)}));
  }

  private static boolean same(Object one, Object other) {
    if (one instanceof Everything a && other instanceof Everything b) {
      return Objects.deepEquals(a.value(), b.value())
          && (a.value() == null
              || a.value().getClass() == b.value().getClass()
              || a.value() instanceof Set
              || a.value() instanceof Map
              || a.value() instanceof List);
    }
    return Objects.equals(one, other);
  }

  @Test
  void everyValueComesBackAfterReopening() {
    List<Object> values = values().toList();
    List<Ref<Object>> refs = new ArrayList<>();
    for (Object value : values) {
      refs.add(dataset.transact(tx -> tx.allocate(value)));
    }
    Ref<Object> deque =
        dataset.transact(tx -> tx.allocate(new Everything(new ArrayDeque<>(List.of(1, 2)))));
    reopen(options());
    for (int i = 0; i < refs.size(); i++) {
      Ref<Object> ref = refs.get(i);
      Object found = dataset.read(tx -> tx.get(ref));
      assertThat(same(found, values.get(i))).as("%s, found %s", values.get(i), found).isTrue();
    }
    Everything everything = (Everything) dataset.<Object>read(tx -> tx.get(deque));
    assertThat((ArrayDeque<?>) everything.value()).map(Object::toString).containsExactly("1", "2");
  }

  @Test
  void everyValueHasATreeThatIsWrittenBackToTheSameBytes() {
    List<Object> values = values().toList();
    List<Ref<Object>> refs = new ArrayList<>();
    for (Object value : values) {
      refs.add(dataset.transact(tx -> tx.allocate(value)));
    }
    reopen(options().withTrees(true));
    List<Ref<Object>> copies = new ArrayList<>();
    for (Ref<Object> ref : refs) {
      copies.add(dataset.transact(tx -> tx.allocate(tx.get(ref))));
    }
    reopen(options());
    for (int i = 0; i < refs.size(); i++) {
      Ref<Object> ref = copies.get(i);
      Object found = dataset.read(tx -> tx.get(ref));
      assertThat(same(found, values.get(i))).as("%s, found %s", values.get(i), found).isTrue();
    }
  }

  @Test
  void aTreeThatDoesNotFitIsRefusedByItsPlace() {
    dataset.run(tx -> tx.allocate(new Pair<>(new Circle(1), Color.RED)));
    dataset.run(tx -> tx.allocate(new Primitives(true, (byte) 1, (short) 1, 'c', 1, 1, 1, 1)));
    reopen(options().withTrees(true));
    String type = TypesTest.class.getName();
    refused("has no component [z]", Map.of("@type", type + "$Circle", "radius", 1, "z", 2));
    refused("component 'radius'", Map.of("@type", type + "$Circle"));
    refused("the value.radius must be a number", Map.of("@type", type + "$Circle", "radius", "x"));
    refused("knows no type 'Nothing'", Map.of("@type", "Nothing"));
    refused("has no constant 'BLUE'", Map.of("@enum", type + "$Color", "constant", "BLUE"));
    refused("without \"@type\"", Map.of("a", 1, "b", 2));
    refused("@nonsense", List.of(Map.of("@nonsense", 1)));
    refused("@date", List.of(Map.of("@date", "tomorrow")));
    refused("@ref", List.of(Map.of("@ref", "here")));
    refused("a whole number", List.of(Map.of("@byte", 300)));
  }

  private void refused(String says, Object tree) {
    assertThatThrownBy(() -> dataset.run(tx -> tx.allocate(tree)))
        .isInstanceOf(TypeMismatch.class)
        .hasMessageContaining(says);
  }

  @Test
  void whatCannotBeStoredIsRefused() {
    List<Object> self = new ArrayList<>();
    self.add(self);
    assertThatThrownBy(() -> dataset.run(tx -> tx.allocate(new Everything(self))))
        .isInstanceOf(TypeMismatch.class)
        .hasMessageContaining("deep");
    Chain chain = null;
    for (int i = 0; i < 100_000; i++) {
      chain = new Chain(i, chain);
    }
    Chain tooDeep = chain;
    assertThatThrownBy(() -> dataset.run(tx -> tx.allocate(tooDeep)))
        .isInstanceOf(TypeMismatch.class)
        .hasMessageContaining("deep");
    Runnable lambda = () -> {};
    for (Object value : new Object[] {lambda, new Thread(), new Object(), new StringBuilder()}) {
      assertThatThrownBy(() -> dataset.run(tx -> tx.allocate(new Everything(value))))
          .isInstanceOf(TypeMismatch.class)
          .hasMessageContaining("value");
    }
    assertThatThrownBy(
            () ->
                dataset.run(
                    tx ->
                        tx.allocate(new Everything(new TreeMap<>(String.CASE_INSENSITIVE_ORDER)))))
        .isInstanceOf(TypeMismatch.class);
  }

  @Test
  void mutableValuesAreGivenOutAsCopies() {
    Ref<Everything> ref =
        dataset.transact(tx -> tx.allocate(new Everything(new ArrayList<>(List.of("kept")))));
    Everything first = dataset.read(tx -> tx.get(ref));
    ((List<?>) first.value()).clear();
    assertThat((List<?>) dataset.read(tx -> tx.get(ref)).value()).hasSize(1);
    Ref<Point> point = dataset.transact(tx -> tx.allocate(new Point(1, 1)));
    dataset.read(tx -> tx.get(point)).x = 99;
    assertThat(dataset.read(tx -> tx.get(point)).x).isEqualTo(1);
  }

  // ---- kinds of types

  private record Hidden(String text) {}

  record Tree(String name, List<Tree> children, Map<String, Tree> byName, Optional<Tree> first) {}

  record Positive(int value) {
    Positive {
      if (value <= 0) {
        throw new IllegalArgumentException(value + " is not positive");
      }
    }
  }

  record Nullable(
      String text,
      Integer boxed,
      Color color,
      Ref<Circle> ref,
      List<String> list,
      int[] ints,
      Shape[] shapes,
      Optional<String> optional,
      Circle circle,
      Instant instant) {}

  /** All keys have one hash. */
  record Colliding(int number) {
    @Override
    public int hashCode() {
      return 7;
    }
  }

  static final class Cycle {
    int number;
    Cycle next;
  }

  static final class NoFields {}

  record Empty() {}

  private <T> T roundTrip(T value) {
    Ref<T> ref = dataset.transact(tx -> tx.allocate(value));
    reopen(options());
    return dataset.read(tx -> tx.get(ref));
  }

  @Test
  void privateAndEmptyAndRecursiveTypes() {
    assertThat(roundTrip(new Hidden("x"))).isEqualTo(new Hidden("x"));
    assertThat(roundTrip(new Empty())).isEqualTo(new Empty());
    assertThat(roundTrip(new NoFields())).isInstanceOf(NoFields.class);
    Tree leaf = new Tree("leaf", List.of(), Map.of(), Optional.empty());
    Tree tree = new Tree("root", List.of(leaf, leaf), Map.of("leaf", leaf), Optional.of(leaf));
    assertThat(roundTrip(tree)).isEqualTo(tree);
    assertThat(roundTrip(new Positive(1))).isEqualTo(new Positive(1));
  }

  @Test
  void nullWhereverNullCanBe() {
    Nullable nothing = new Nullable(null, null, null, null, null, null, null, null, null, null);
    assertThat(roundTrip(nothing)).isEqualTo(nothing);
    HashMap<String, String> map = new HashMap<>();
    map.put(null, "value");
    map.put("key", null);
    assertThat(((Everything) roundTrip(new Everything(map))).value()).isEqualTo(map);
    List<Object> nulls = Arrays.asList(null, null);
    assertThat(((Everything) roundTrip(new Everything(nulls))).value()).isEqualTo(nulls);
    Object unmodifiable = Stream.of("a", null).toList();
    assertThat(((Everything) roundTrip(new Everything(unmodifiable))).value())
        .isEqualTo(unmodifiable);
    LinkedHashSet<Object> set = new LinkedHashSet<>(Arrays.asList(1, null));
    assertThat(((Everything) roundTrip(new Everything(set))).value()).isEqualTo(set);
    Object[] array = (Object[]) ((Everything) roundTrip(new Everything(new Circle[2]))).value();
    assertThat(array).isInstanceOf(Circle[].class).containsOnlyNulls();
  }

  @Test
  void keysWhoseHashesCollide() {
    Map<Colliding, Integer> map = new HashMap<>();
    for (int i = 0; i < 2000; i++) {
      map.put(new Colliding(i), i);
    }
    Everything everything = roundTrip(new Everything(map));
    assertThat(everything.value()).isEqualTo(map);
    Everything immutable = roundTrip(new Everything(Set.copyOf(map.keySet())));
    assertThat(immutable.value()).isEqualTo(map.keySet());
  }

  @Test
  void arraysOfEveryElementTypeKeepIt() {
    Object[] arrays = {
      new Integer[] {1, null},
      new UUID[] {new UUID(1, 2)},
      new Ref<?>[] {Ref.of(ObjectId.pack(3, 2, 1))},
      new List<?>[] {List.of(1)},
      new HashMap<?, ?>[] {new HashMap<>(Map.of(1, 2))},
      new Number[] {1, 2L},
      new CharSequence[] {"a"},
      new Comparable<?>[] {"a", 1},
      new Color[] {Color.GREEN, Color.RED},
      new Shape[][] {{new Circle(1)}, null, {}},
      new int[][] {{1}, {}},
      new byte[][][] {{{1}}},
      new String[][] {{"a"}},
      new Object[][] {{1, "a"}},
      new Point[] {new Point(1, 2)},
      new Optional<?>[] {Optional.of(1)},
    };
    for (Object array : arrays) {
      Object found = roundTrip(new Everything(array)).value();
      assertThat(found.getClass()).isEqualTo(array.getClass());
      assertThat(Objects.deepEquals(found, array)).isTrue();
    }
  }

  @Test
  void largeArraysAreStoredUpToTheLimitOfAnObject() {
    int fits = BatchFormat.MAX_PAYLOAD_BYTES - 20;
    byte[] large = new byte[fits];
    large[fits - 1] = 1;
    assertThat((byte[]) roundTrip(new Everything(large)).value()).isEqualTo(large);
    int[] ints = new int[fits / Integer.BYTES];
    Arrays.setAll(ints, i -> i);
    assertThat((int[]) roundTrip(new Everything(ints)).value()).isEqualTo(ints);
    Object[] tooLarge = {
      new byte[BatchFormat.MAX_PAYLOAD_BYTES],
      new long[10_000_000],
      new Object[20_000_000],
      "x".repeat(20_000_000),
      "\u20AC".repeat(2_000_000),
    };
    for (Object value : tooLarge) {
      assertThatThrownBy(() -> dataset.run(tx -> tx.allocate(new Everything(value))))
          .isInstanceOf(ObjectTooLarge.class)
          .hasMessageContaining("split it");
    }
    // A list that contains one list twice, which contains one list twice, and so on.
    List<Object> doubling = List.of("x");
    for (int i = 0; i < 40; i++) {
      doubling = List.of(doubling, doubling);
    }
    Object huge = doubling;
    assertThatThrownBy(() -> dataset.run(tx -> tx.allocate(new Everything(huge))))
        .isInstanceOf(ObjectTooLarge.class);
    assertThat(roundTrip(new Everything("still usable")).value()).isEqualTo("still usable");
  }

  @Test
  void graphsWithCyclesAreRefused() {
    Cycle cycle = new Cycle();
    cycle.next = new Cycle();
    cycle.next.next = cycle;
    assertThatThrownBy(() -> dataset.run(tx -> tx.allocate(cycle)))
        .isInstanceOf(TypeMismatch.class)
        .hasMessageContaining("contains itself")
        .hasMessageContaining("component next of " + Cycle.class.getName());
    cycle.next.next = null;
    cycle.next.number = 5;
    assertThat(roundTrip(cycle).next.number).isEqualTo(5);
  }

  /** A subclass would come back as its superclass. */
  @Test
  void subclassesOfCollectionsAreRefused() {
    class Mine extends ArrayList<String> {
      private static final long serialVersionUID = 1L;
    }
    Map<String, String> bounded =
        new LinkedHashMap<>() {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > 3;
          }
        };
    for (Object value : List.of(new Mine(), bounded)) {
      assertThatThrownBy(() -> dataset.run(tx -> tx.allocate(new Everything(value))))
          .isInstanceOf(TypeMismatch.class)
          .hasMessageContaining("collection of class " + value.getClass().getName());
    }
  }

  @Test
  void aMutableObjectWithinARecordIsNobodyElses() {
    int[] ints = {1, 2, 3};
    Ref<Everything> ref = dataset.transact(tx -> tx.allocate(new Everything(ints)));
    ints[0] = 99;
    int[] first = (int[]) dataset.read(tx -> tx.get(ref)).value();
    assertThat(first).containsExactly(1, 2, 3);
    first[1] = 99;
    int[] second = (int[]) dataset.read(tx -> tx.get(ref)).value();
    assertThat(second).containsExactly(1, 2, 3);
    dataset.run(
        tx -> {
          Everything own = tx.get(ref);
          ((int[]) own.value())[2] = 99;
          assertThat((int[]) tx.get(ref).value()).containsExactly(1, 2, 3);
        });
    Ref<Everything> nested =
        dataset.transact(
            tx -> tx.allocate(new Everything(List.of(Optional.of(new Circle[] {new Circle(1)})))));
    Circle[] circles = circles(nested);
    circles[0] = new Circle(99);
    assertThat(circles(nested)[0]).isEqualTo(new Circle(1));
  }

  private Circle[] circles(Ref<Everything> ref) {
    List<?> list = (List<?>) dataset.read(tx -> tx.get(ref)).value();
    return (Circle[]) ((Optional<?>) list.getFirst()).orElseThrow();
  }
}
