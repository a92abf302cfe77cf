package io.hotpot.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The checker finds and names every anomaly that it is there to find. */
@Timeout(60)
class HistoryCheckerTest {

  private static final int X = 1;
  private static final int Y = 2;

  private static Observed done(
      int id, long begin, long end, Map<Integer, Integer> reads, Map<Integer, Integer> writes) {
    return new Observed(id, begin, end, true, reads, writes);
  }

  private static Observed failed(
      int id, long begin, long end, Map<Integer, Integer> reads, Map<Integer, Integer> writes) {
    return new Observed(id, begin, end, false, reads, writes);
  }

  private static void finds(String name, Observed... history) {
    assertThat(HistoryChecker.anomaly(List.of(history)))
        .hasValueSatisfying(found -> assertThat(found).startsWith(name));
  }

  @Test
  void aSerialHistoryIsSound() {
    assertThat(
            HistoryChecker.anomaly(
                List.of(
                    done(1, 0, 1, Map.of(X, 0), Map.of(X, 11)),
                    done(2, 2, 3, Map.of(X, 11, Y, 0), Map.of(Y, 21)),
                    failed(3, 2, 5, Map.of(X, 11, Y, 0), Map.of(X, 31)),
                    done(4, 6, 7, Map.of(X, 11, Y, 21), Map.of()))))
        .isEmpty();
  }

  @Test
  void overlappingTransactionsMayComeInEitherOrder() {
    assertThat(
            HistoryChecker.anomaly(
                List.of(
                    done(1, 0, 9, Map.of(X, 0), Map.of(X, 11)),
                    done(2, 1, 8, Map.of(X, 0), Map.of()))))
        .isEmpty();
  }

  @Test
  void lostUpdate() {
    finds(
        "lost update",
        done(1, 0, 9, Map.of(X, 0), Map.of(X, 11)),
        done(2, 0, 9, Map.of(X, 0), Map.of(X, 21)));
  }

  @Test
  void dirtyWrite() {
    finds(
        "dirty write (G0)",
        done(1, 0, 9, Map.of(X, 0, Y, 22), Map.of(X, 11, Y, 12)),
        done(2, 0, 9, Map.of(X, 11, Y, 0), Map.of(X, 21, Y, 22)));
  }

  @Test
  void abortedRead() {
    finds(
        "aborted read (G1a)",
        failed(1, 0, 9, Map.of(X, 0), Map.of(X, 11)),
        done(2, 0, 9, Map.of(X, 11), Map.of()));
  }

  @Test
  void intermediateRead() {
    finds(
        "intermediate read (G1b)",
        done(1, 0, 9, Map.of(X, 0), Map.of(X, 12)),
        done(2, 0, 9, Map.of(X, 11), Map.of()));
  }

  @Test
  void circularInformationFlow() {
    finds(
        "circular information flow (G1c)",
        done(1, 0, 9, Map.of(X, 0, Y, 21), Map.of(X, 11)),
        done(2, 0, 9, Map.of(Y, 0, X, 11), Map.of(Y, 21)));
  }

  @Test
  void readSkew() {
    finds(
        "read skew (G-single)",
        done(1, 0, 9, Map.of(X, 0, Y, 0), Map.of(X, 11, Y, 12)),
        done(2, 0, 9, Map.of(X, 0, Y, 12), Map.of()));
  }

  @Test
  void writeSkew() {
    finds(
        "write skew (G2)",
        done(1, 0, 9, Map.of(X, 0, Y, 0), Map.of(X, 11)),
        done(2, 0, 9, Map.of(X, 0, Y, 0), Map.of(Y, 21)));
  }

  @Test
  void staleRead() {
    finds(
        "stale read",
        done(1, 0, 1, Map.of(X, 0), Map.of(X, 11)),
        done(2, 2, 3, Map.of(X, 0), Map.of()));
  }

  @Test
  void readFromTheFuture() {
    finds(
        "real-time circular information flow",
        done(1, 5, 6, Map.of(X, 0), Map.of(X, 11)),
        done(2, 2, 3, Map.of(X, 11), Map.of()));
  }

  @Test
  void inconsistentReadOfATransactionThatFailed() {
    finds(
        "opacity violation",
        done(1, 0, 9, Map.of(X, 0, Y, 0), Map.of(X, 11, Y, 12)),
        failed(2, 0, 9, Map.of(X, 0, Y, 12), Map.of()));
  }
}
