package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Threads run random transactions against a real store, over several datasets, beside the cleaner
 * and snapshots, in a heap so small that slots and chunks are used again and again; what all of
 * them saw is then checked as one history (invariants 4 to 6).
 */
@Timeout(300)
class HistoryTest {

  private static final long SEED = Long.getLong("hotpot.seed", System.nanoTime());
  private static final int TRANSACTIONS = Integer.getInteger("hotpot.transactions", 12_000);

  @ParameterizedTest
  @CsvSource({"POWER, MRMW", "PROCESS, MRMW", "PROCESS, MRSW"})
  void isStrictlySerializableAndOpaque(
      Durability durability, TransactionMode mode, @TempDir Path directory) {
    HistoryRun run = new HistoryRun(SEED, TRANSACTIONS, mode);
    Map<String, Long> counters = run.run(directory.resolve("store"), durability);
    assertThat(run.committed()).isGreaterThan(TRANSACTIONS / 4);
    // Chunks were cleaned and slots used again.
    assertThat(counters.get("cleanedChunks")).isPositive();
    assertThat(run.replaced()).isGreaterThan(TRANSACTIONS / 20);
    assertThat(run.slotsUsed()).isLessThan(run.created());
  }
}
