package io.hotpot.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.tools.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is computed from measured figures, and how it is shown. */
class ReportTest {

  private static final PeerKind FAST = new Named("Fast", true, Map.of());
  private static final PeerKind SLOW =
      new Named("Slow", true, Map.of(Measure.READ, "it cannot read"));
  private static final PeerKind LOOSE = new Named("Loose", false, Map.of());

  /** A kind that is never opened. */
  private record Named(String name, boolean isTransactional, Map<Measure, String> unfit)
      implements PeerKind {
    @Override
    public String setting() {
      return "as it comes";
    }

    @Override
    public Optional<String> obstacle() {
      return Optional.empty();
    }

    @Override
    public Peer open(Path directory, boolean sync) {
      throw new UnsupportedOperationException();
    }
  }

  private static void add(Results results, String subject, Measure measure, double... values) {
    for (double value : values) {
      results.add(subject, measure, new Outcome.Measured(Double.toString(value)));
    }
  }

  private static Bar bar(Results results, String name) {
    return Bar.of(results).stream().filter(b -> b.name().contains(name)).findFirst().orElseThrow();
  }

  private static Results results() {
    Results results = new Results(List.of(FAST, LOOSE, SLOW));
    add(results, Subject.HOTPOT, Measure.RAW_WARM, 30);
    add(results, Subject.HOTPOT, Measure.RAW_LOG, 110, 90, 100);
    add(results, Subject.HOTPOT, Measure.COMMIT, 600, 900, 500);
    add(results, Subject.HOTPOT, Measure.READ, 100);
    add(results, "Fast", Measure.COMMIT, 2400);
    add(results, "Fast", Measure.READ, 150);
    add(results, "Slow", Measure.COMMIT, 9000);
    add(results, "Loose", Measure.COMMIT, 10);
    return results;
  }

  @Test
  void commitsAreCountedInAppendsToALogWithTheWarmOnesBeside() {
    Bar bar = bar(results(), "a commit, in raw appends");

    assertThat(bar.value()).isEqualTo(6.0);
    assertThat(bar.isMet()).isTrue();
    assertThat(bar.aside()).isEqualTo("20.0 warm appends");
  }

  @Test
  void ratiosAreToTheFastestTransactionalPeer() {
    Bar commits = bar(results(), "rate of commits, by the fastest");
    Bar reads = bar(results(), "rate of hot reads, by the fastest");

    assertThat(commits.value()).isEqualTo(4.0);
    assertThat(commits.isMet()).isTrue();
    assertThat(reads.value()).isEqualTo(1.5);
    assertThat(reads.isMet()).isFalse();
  }

  @Test
  void thereIsNoBarWithoutItsFigures() {
    Results results = new Results(List.of());
    add(results, Subject.HOTPOT, Measure.COMMIT, 600);

    assertThat(Bar.of(results)).isEmpty();
  }

  @Test
  void whatFailedStaysFailedAndWhatIsSkippedIsNotTriedAgain() {
    Results results = results();
    results.add("Fast", Measure.POWER, new Outcome.Failed("it broke"));
    results.add("Slow", Measure.POWER, new Outcome.Skipped("no library"));

    assertThat(results.failures()).containsExactly("Fast, POWER: it broke");
    assertThat(results.isOpen("Fast", Measure.POWER)).isFalse();
    assertThat(results.isOpen("Fast", Measure.COMMIT)).isTrue();
    assertThat(results.isOpen("Slow", Measure.COMMIT)).isFalse();
    assertThat(new Results(List.of(SLOW)).isOpen("Slow", Measure.READ)).isFalse();
  }

  @Test
  void theTableHasARowForEachStoreAndSaysWhyFiguresAreMissing() {
    Results results = results();
    results.add("Loose", Measure.READ, new Outcome.Failed("it broke"));
    StringWriter text = new StringWriter();

    new Report("ext4 at /tmp", results).print(new PrintWriter(text, true));

    assertThat(text.toString().lines().map(line -> line.strip().replaceAll(" +", " ")))
        .contains(
            "commit read",
            "Hotpot 0.60 0.10",
            "Fast 2.40 0.15",
            "Slow 9.00 -",
            "Loose 0.01 failed",
            "best / Hotpot 4.00 1.50",
            "- read: it cannot read");
  }

  @Test
  void aPeerThatCannotRunIsARowWithTheReason() {
    Results results = results();
    results.add("Slow", Measure.POWER, new Outcome.Skipped("no library"));
    StringWriter text = new StringWriter();

    new Report("ext4 at /tmp", results).print(new PrintWriter(text, true));

    assertThat(text.toString()).containsPattern("(?m)^Slow +skipped: no library$");
    assertThat(Json.of(new Report("ext4 at /tmp", results).toMap()))
        .contains("\"skipped\":\"no library\"");
  }

  @Test
  void theJsonHasTheReasonsAndTheRatios() {
    String json = Json.of(new Report("ext4 at /tmp", results()).toMap());

    assertThat(json)
        .contains("\"READ\":{\"none\":\"it cannot read\"}")
        .contains("\"bestPeerByHotpot\":{\"COMMIT\":4.0,\"READ\":1.5}")
        .contains("\"COMMIT\":{\"median\":600.0,\"unit\":\"ns\",\"all\":[600.0,900.0,500.0]}");
  }
}
