package io.hotpot.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ProgressLineTest {

  private final StringWriter text = new StringWriter();
  private long nowNs;

  private ProgressLine line(boolean visible) {
    return new ProgressLine(new PrintWriter(text), "checking", "chunks", visible, () -> nowNs);
  }

  @Test
  void aBarGrowsAndGoesAway() {
    try (ProgressLine line = line(true)) {
      line.report(0, 2000);
      nowNs += 100_000_000;
      line.report(1000, 2000);
      assertThat(text.toString())
          .endsWith(
              "checking [" + "#".repeat(15) + ".".repeat(15) + "]  50%  1,000 of 2,000 chunks");
    }
    assertThat(text.toString()).endsWith("\r\u001b[K");
    assertThat(text.toString().split("\r\u001b\\[K", -1)).allMatch(shown -> shown.length() < 80);
  }

  @Test
  void nobodyIsShownMoreThanTenLinesASecond() {
    try (ProgressLine line = line(true)) {
      line.report(1, 10);
      String once = text.toString();
      nowNs += 99_999_999;
      line.report(2, 10);
      assertThat(text.toString()).isEqualTo(once);
    }
  }

  @Test
  void anUnknownTotalIsACount() {
    try (ProgressLine line = line(true)) {
      line.report(1234, 0);
      assertThat(text.toString()).endsWith("checking: 1,234 chunks");
    }
  }

  @Test
  void nothingIsShownWhereNobodyWatches() {
    try (ProgressLine line = line(false)) {
      line.report(1, 2);
    }
    assertThat(text.toString()).isEmpty();
  }
}
