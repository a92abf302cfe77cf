package io.hotpot.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class LatenciesTest {

  @Test
  void quantilesAreRightToWithinAHundredth() {
    for (long unit = 1; unit < 1L << 40; unit *= 7) {
      Latencies latencies = new Latencies();
      for (int i = 1; i <= 1000; i++) {
        latencies.record(i * unit);
      }
      assertThat(latencies.quantile(0.5)).isCloseTo(500 * unit, Percentage.withPercentage(1));
      assertThat(latencies.quantile(0.99)).isCloseTo(990 * unit, Percentage.withPercentage(1));
      assertThat(latencies.quantile(1)).isCloseTo(1000 * unit, Percentage.withPercentage(1));
    }
  }

  @Test
  void theExtremesAreCounted() {
    Latencies latencies = new Latencies();
    latencies.record(0);
    latencies.record(Long.MAX_VALUE);

    assertThat(latencies.quantile(0.5)).isZero();
    assertThat(latencies.quantile(1)).isCloseTo(Long.MAX_VALUE, Percentage.withPercentage(1));
  }

  @Test
  void nothingCountedIsZero() {
    assertThat(new Latencies().quantile(0.99)).isZero();
    assertThat(Latencies.of(new Latencies().toText()).total()).isZero();
  }

  @Test
  void partsThatCameAsTextAddUpToTheWhole() {
    SplittableRandom random = new SplittableRandom(1);
    Latencies whole = new Latencies();
    Latencies sum = new Latencies();
    for (int part = 0; part < 3; part++) {
      Latencies latencies = new Latencies();
      for (int i = 0; i < 1000; i++) {
        long nanos = random.nextLong(1L << random.nextInt(1, 50));
        latencies.record(nanos);
        whole.record(nanos);
      }
      sum.add(Latencies.of(latencies.toText()));
    }
    assertThat(sum.total()).isEqualTo(3000);
    assertThat(sum.toText()).isEqualTo(whole.toText());
  }
}
