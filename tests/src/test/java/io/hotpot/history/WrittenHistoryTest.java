package io.hotpot.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Histories with one fault each, which must be found, and sound ones, which must not. */
class WrittenHistoryTest {

  @TempDir Path directory;
  private long time;

  private String line(String type, int process, String f, String value) {
    return "{\"type\":\"%s\",\"process\":%d,\"f\":\"%s\",\"value\":%s,\"time\":%d}\n"
        .formatted(type, process, f, value, ++time);
  }

  /** Two operations of one process one after the other are written by two calls. */
  private String done(int process, String f, String value) {
    return line("invoke", process, f, value) + line("ok", process, f, value);
  }

  private String txn(int process, String value) {
    return done(process, "txn", value);
  }

  private Optional<String> anomaly(String... lines) throws IOException {
    Path file = Files.writeString(directory.resolve("history.jsonl"), String.join("", lines));
    return new WrittenHistory(List.of(file)).anomaly(30);
  }

  @Test
  void whatIsWrittenIsRead() throws IOException {
    Path file = directory.resolve("written.jsonl");
    try (HistoryWriter writer = new HistoryWriter(file)) {
      writer.write(
          "invoke", 1, "txn", List.of(List.of("r", 1, List.of()), List.of("append", 1, 7)));
      writer.write("ok", 1, "txn", List.of(List.of("r", 1, List.of()), List.of("append", 1, 7)));
      writer.write("invoke", 2, "bank", List.of(10, 20));
    }
    try (HistoryWriter writer = new HistoryWriter(file)) {
      writer.write("fail", 2, "bank", List.of(10, 20));
    }
    WrittenHistory history = new WrittenHistory(List.of(file));
    assertThat(history.anomaly(30)).isEmpty();
    assertThat(history.count("ok")).isEqualTo(1);
    assertThat(history.count("fail")).isEqualTo(1);
    assertThat(history.count("info")).isZero();
  }

  @Test
  void soundHistoriesPass() throws IOException {
    assertThat(
            anomaly(
                txn(1, "[[\"r\",1,[]],[\"append\",1,7],[\"append\",2,7]]"),
                txn(2, "[[\"r\",1,[7]],[\"append\",1,8],[\"r\",2,[7]]]"),
                done(3, "bank", "[10,20]"),
                txn(3, "[[\"r\",1,[7,8]]]")))
        .isEmpty();
  }

  @Test
  void whatNobodyKnowsMayHaveHappenedOrNot() throws IOException {
    String unknown = line("invoke", 1, "txn", "[[\"append\",1,7],[\"append\",2,8]]");
    assertThat(anomaly(unknown, txn(2, "[[\"r\",1,[]],[\"r\",2,[]]]"))).isEmpty();
    assertThat(anomaly(unknown, txn(2, "[[\"r\",1,[7]],[\"r\",2,[8]]]"))).isEmpty();
    assertThat(anomaly(unknown, txn(2, "[[\"r\",1,[7]],[\"r\",2,[]]]"))).isPresent();
  }

  @Test
  void aLostAppendIsFound() throws IOException {
    assertThat(
            anomaly(
                txn(1, "[[\"r\",1,[]],[\"append\",1,7]]"),
                txn(1, "[[\"r\",1,[7]],[\"append\",1,8]]"),
                txn(2, "[[\"r\",1,[7]]]")))
        .isPresent();
  }

  @Test
  void twoAppendsToTheSameStateAreFound() throws IOException {
    assertThat(
            anomaly(
                txn(1, "[[\"r\",1,[]],[\"append\",1,7]]"),
                txn(2, "[[\"r\",1,[]],[\"append\",1,8]]"),
                txn(2, "[[\"r\",1,[7,8]]]")))
        .isPresent();
  }

  @Test
  void aListThatChangesItsBeginningIsFound() throws IOException {
    assertThat(anomaly(txn(1, "[[\"r\",1,[7]]]"), txn(1, "[[\"r\",1,[8,7]]]")))
        .hasValueSatisfying(found -> assertThat(found).contains("list 1 was [7] and then [8, 7]"));
  }

  @Test
  void whatFailedMustNotBeSeen() throws IOException {
    assertThat(
            anomaly(
                line("invoke", 1, "txn", "[[\"append\",1,7]]"),
                line("fail", 1, "txn", "[[\"append\",1,7]]"),
                txn(2, "[[\"r\",1,[7]]]")))
        .isPresent();
  }

  @Test
  void writeSkewIsFound() throws IOException {
    String first = "[[\"r\",1,[]],[\"r\",2,[]],[\"append\",1,7]]";
    String second = "[[\"r\",1,[]],[\"r\",2,[]],[\"append\",2,8]]";
    assertThat(
            anomaly(
                line("invoke", 1, "txn", first),
                line("invoke", 2, "txn", second),
                line("ok", 1, "txn", first),
                line("ok", 2, "txn", second)))
        .isPresent();
  }

  @Test
  void moneyThatComesOrGoesIsFound() throws IOException {
    assertThat(anomaly(done(1, "bank", "[10,21]"))).isPresent();
  }

  @Test
  void aProcessDoesOneThingAtATime() {
    assertThatThrownBy(
            () -> anomaly(line("invoke", 1, "txn", "[]"), line("invoke", 1, "txn", "[]")))
        .hasMessageContaining("two things at once");
  }
}
