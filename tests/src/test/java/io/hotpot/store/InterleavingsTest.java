package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Isolation of a few transactions whose steps interleave in every way (invariant 5). */
@Timeout(120)
class InterleavingsTest {

  private static final long SEED = Long.getLong("hotpot.seed", 1);

  @Test
  void everyInterleavingOfTwoTransactionsIsExplainedByASerialOrder() {
    Interleavings interleavings = new Interleavings();
    interleavings.everyInterleaving();
    assertThat(interleavings.runs).isEqualTo(2000);
  }

  @Test
  void manyInterleavingsOfThreeTransactionsAreExplainedByASerialOrder() {
    Interleavings interleavings = new Interleavings();
    interleavings.manyTriples(SEED, 20_000);
    assertThat(interleavings.runs).isEqualTo(20_000);
  }
}
