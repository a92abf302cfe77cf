package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a component's declared type may become. */
class DeclaredTypeTest {

  sealed interface Figure permits Dot {}

  record Dot(int x) implements Figure {}

  @PreviousName("io.hotpot.store.Point")
  record Place(int x) {}

  interface Named<K, V> extends Map<V, List<K>> {}

  record Types<T, N extends Comparable<N>>(
      T anything,
      N comparable,
      Object object,
      String text,
      List<String> texts,
      ArrayList<String> arrayList,
      Collection<String> collection,
      Collection<? extends CharSequence> wild,
      List<?> unknown,
      @SuppressWarnings("rawtypes") List raw,
      List<Integer> numbers,
      Set<String> set,
      Map<String, List<Dot>> dots,
      Map<String, Collection<? extends Figure>> figures,
      Named<Dot, String> named,
      List<Dot>[] arrays,
      List<Figure>[] wider,
      int[][] grid,
      long[][] longs,
      Dot dot,
      Figure figure,
      Place place,
      List<Place> places) {}

  private static DeclaredType type(String component) {
    RecordComponent found =
        Arrays.stream(Types.class.getRecordComponents())
            .filter(c -> c.getName().equals(component))
            .findFirst()
            .orElseThrow();
    return DeclaredType.of(found.getGenericType());
  }

  private static boolean becomes(String stored, String now) {
    return type(now).admits(type(stored), DeclaredTypeTest.class.getClassLoader());
  }

  @Test
  void aTextSaysAllOfIt() {
    String prefix = DeclaredTypeTest.class.getName() + "$";
    assertThat(type("anything")).hasToString("java.lang.Object");
    assertThat(type("comparable")).hasToString("java.lang.Comparable");
    assertThat(type("wild")).hasToString("java.util.Collection<java.lang.CharSequence>");
    assertThat(type("figures"))
        .hasToString("java.util.Map<java.lang.String,java.util.Collection<" + prefix + "Figure>>");
    assertThat(type("arrays")).hasToString("java.util.List<" + prefix + "Dot>[]");
    assertThat(type("grid")).hasToString("int[][]");
    for (RecordComponent component : Types.class.getRecordComponents()) {
      DeclaredType declared = DeclaredType.of(component.getGenericType());
      assertThat(DeclaredType.parse(declared.toString())).isEqualTo(declared);
    }
    for (String nonsense :
        List.of("", "<", ">", "<>", "a<", "a<b", "a<b>>", "a<,>", "[]", "[][]")) {
      assertThat(DeclaredType.parse(nonsense).admits(type("text"), null)).isFalse();
    }
  }

  @Test
  void everythingBecomesItselfAndObject() {
    for (RecordComponent component : Types.class.getRecordComponents()) {
      assertThat(becomes(component.getName(), component.getName())).isTrue();
      assertThat(becomes(component.getName(), "object")).isTrue();
      assertThat(becomes(component.getName(), "anything")).isTrue();
    }
  }

  @Test
  void widerTypesTakeWhatIsStored() {
    assertThat(becomes("arrayList", "texts")).isTrue();
    assertThat(becomes("texts", "collection")).isTrue();
    assertThat(becomes("collection", "wild")).isTrue();
    assertThat(becomes("texts", "unknown")).isTrue();
    assertThat(becomes("texts", "raw")).isTrue();
    assertThat(becomes("raw", "unknown")).isTrue();
    assertThat(becomes("text", "comparable")).isTrue();
    assertThat(becomes("dot", "figure")).isTrue();
    assertThat(becomes("dots", "figures")).isTrue();
    assertThat(becomes("named", "dots")).isTrue();
    assertThat(becomes("arrays", "wider")).isTrue();
    DeclaredType old = DeclaredType.parse("io.hotpot.store.Point");
    ClassLoader loader = DeclaredTypeTest.class.getClassLoader();
    assertThat(type("place").admits(old, loader)).isTrue();
    assertThat(type("dot").admits(old, loader)).isFalse();
    DeclaredType oldList = DeclaredType.parse("java.util.ArrayList<io.hotpot.store.Point>");
    assertThat(type("places").admits(oldList, loader)).isTrue();
  }

  @Test
  void otherTypesDoNot() {
    assertThat(becomes("texts", "dots")).isFalse();
    assertThat(becomes("texts", "set")).isFalse();
    assertThat(becomes("texts", "numbers")).isFalse();
    assertThat(becomes("texts", "arrayList")).isFalse();
    assertThat(becomes("collection", "texts")).isFalse();
    assertThat(becomes("wild", "collection")).isFalse();
    assertThat(becomes("raw", "texts")).isFalse();
    assertThat(becomes("unknown", "texts")).isFalse();
    assertThat(becomes("object", "text")).isFalse();
    assertThat(becomes("anything", "comparable")).isFalse();
    assertThat(becomes("figure", "dot")).isFalse();
    assertThat(becomes("dot", "place")).isFalse();
    assertThat(becomes("figures", "dots")).isFalse();
    assertThat(becomes("wider", "arrays")).isFalse();
    assertThat(becomes("grid", "longs")).isFalse();
    assertThat(becomes("grid", "arrays")).isFalse();
    assertThat(becomes("arrays", "texts")).isFalse();
  }
}
