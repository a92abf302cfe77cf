package io.hotpot.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.tools.Json;
import io.hotpot.tools.bench.ClusterResults.Figures;
import io.hotpot.tools.bench.ClusterResults.Raw;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is computed from figures of clusters, and how it is shown. */
class ClusterReportTest {

  private static final ClusterKind OWN = new Named(Subject.HOTPOT);
  private static final ClusterKind FAST = new Named("Fast");
  private static final ClusterKind SLOW = new Named("Slow");

  /** A kind that is never started. */
  private record Named(String name) implements ClusterKind {
    @Override
    public String setting() {
      return "as it comes";
    }

    @Override
    public ClusterNode join(ClusterPlace place) {
      throw new UnsupportedOperationException();
    }
  }

  private static ClusterResults results(ClusterKind... kinds) {
    ClusterResults results = new ClusterResults(List.of(kinds), List.of(ClusterWorkload.values()));
    results.add(Raw.ROUND_TRIP, 10_000);
    results.add(Raw.ROUND_TRIP, 30_000);
    results.add(Raw.ROUND_TRIP, 20_000);
    for (ClusterKind kind : kinds) {
      if (kind == FAST) {
        addAll(results, FAST, ClusterWorkload.UPDATE, 900, 1000, 1100);
        addAll(results, FAST, ClusterWorkload.C, 1000);
      } else if (kind == SLOW) {
        addAll(results, SLOW, ClusterWorkload.UPDATE, 100);
      } else {
        addAll(results, OWN, ClusterWorkload.UPDATE, 2500);
        addAll(results, OWN, ClusterWorkload.UPDATE_ALONE, 12_500);
        addAll(results, OWN, ClusterWorkload.C, 1500);
      }
    }
    return results;
  }

  /** Figures of a driver at a time: half its operations take as long as the rate says. */
  private static void addAll(
      ClusterResults results, ClusterKind kind, ClusterWorkload workload, double... rates) {
    for (double rate : rates) {
      results.add(kind, workload, new Figures(rate, 1e6 / rate, 2e6 / rate, Double.NaN, 1));
    }
  }

  private static Bar bar(ClusterResults results, String name) {
    return ClusterBars.of(results).stream()
        .filter(bar -> bar.name().contains(name))
        .findFirst()
        .orElseThrow();
  }

  private static String text(ClusterResults results) {
    StringWriter text = new StringWriter();
    new ClusterReport("ext4 at /tmp", results).print(new PrintWriter(text, true));
    return text.toString();
  }

  @Test
  void ratesAreComparedToTheBestPeersMedian() {
    Bar updates = bar(results(OWN, SLOW, FAST), "rate of UPDATE,");

    assertThat(updates.value()).isEqualTo(2.5);
    assertThat(updates.isMet()).isFalse();
    assertThat(bar(results(OWN, SLOW, FAST), "rate of C,").isMet()).isTrue();
    assertThat(bar(results(OWN, SLOW), "rate of UPDATE,").value()).isEqualTo(25);
  }

  @Test
  void latenciesAreComparedToTheLeastOfAnyPeer() {
    Bar updates = bar(results(OWN, SLOW, FAST), "p99 of UPDATE,");

    assertThat(updates.value()).isEqualTo(0.4);
    assertThat(updates.isMet()).isTrue();
  }

  @Test
  void anUpdateIsCountedInRoundTripsOfTheSameRun() {
    Bar bar = bar(results(OWN), "an update by its owner");

    assertThat(bar.value()).isEqualTo(4.0);
    assertThat(bar.isMet()).isTrue();
    assertThat(bar.aside()).isEqualTo("aim: 3");
  }

  @Test
  void thereIsNoBarWithoutBothItsSides() {
    assertThat(ClusterBars.of(results(SLOW, FAST))).isEmpty();
    assertThat(ClusterBars.of(results(OWN)).stream().map(Bar::name))
        .containsExactly("an update by its owner, in round trips");
  }

  @Test
  void whatFailedCountsForNothingAndIsSaid() {
    ClusterResults results = results(OWN, SLOW, FAST);
    results.fail(FAST, "it broke");

    assertThat(results.failures()).containsExactly("Fast: it broke");
    assertThat(bar(results, "rate of UPDATE,").value()).isEqualTo(25);
    assertThat(text(results)).contains("failed: it broke");
    assertThat(Json.of(new ClusterReport("ext4", results).toMap()))
        .contains("\"failed\":\"it broke\"");
  }

  @Test
  void theTableHasAColumnForEachClusterAndTheRatio() {
    assertThat(text(results(OWN, FAST)).lines().map(line -> line.strip().replaceAll(" +", " ")))
        .contains(
            "64 bytes to another JVM over loopback TCP and back 20.0 us (10.0 .. 30.0)",
            "Hotpot Fast Hotpot by best",
            "updates of one object, any of 10,000 2,500 1,000 2.50",
            "p50, us 400.0 1,000",
            "p99, us 800.0 2,000");
  }

  @Test
  void theJsonHasEveryRound() {
    assertThat(Json.of(new ClusterReport("ext4", results(FAST)).toMap()))
        .contains("\"rate\":{\"median\":1000.0,\"unit\":\"1/s\",\"all\":[900.0,1000.0,1100.0]}")
        .contains("\"ROUND_TRIP\":{\"median\":20000.0,\"unit\":\"ns\"");
  }
}
