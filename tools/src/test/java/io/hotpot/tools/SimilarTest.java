package io.hotpot.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SimilarTest {

  @Test
  void distanceCountsLettersThatDiffer() {
    assertThat(Similar.distance("kitten", "sitting")).isEqualTo(3);
    assertThat(Similar.distance("", "abc")).isEqualTo(3);
    assertThat(Similar.distance("abc", "abc")).isZero();
  }

  @Test
  void nearNamesComeNearestFirst() {
    List<String> known = List.of("orders", "order", "accounts", "acc");
    assertThat(Similar.near("ordes", known)).containsExactly("order", "orders");
    assertThat(Similar.near("ACCOUNTS", known)).containsExactly("accounts");
    assertThat(Similar.near("zzzz", known)).isEmpty();
  }

  @Test
  void withoutANearNameSomeOfThoseThatAreThereAreShown() {
    List<String> many = IntStream.range(0, 30).mapToObj(i -> "d" + (10 + i)).toList();
    assertThat(Similar.hint("other", many, "none")).contains("d10, d11").endsWith("and 20 more");
    assertThat(Similar.hint("other", List.of(), "the store has none"))
        .isEqualTo("the store has none");
  }
}
