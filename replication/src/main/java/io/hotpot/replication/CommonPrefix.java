package io.hotpot.replication;

import io.hotpot.replication.LogMessage.Tail;
import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.HeldLog.BatchEnd;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where two logs part (PROTOCOL 10.4): at the last batch that both have with the same checksum; the
 * chain makes everything below equal. Positions alone say nothing.
 */
final class CommonPrefix {

  private CommonPrefix() {}

  /**
   * The end of what both have.
   *
   * @param log the owner's
   * @param tail of the other log
   * @return null if nothing is known to be common
   */
  static @Nullable BatchEnd of(HeldLog log, Tail tail) {
    List<BatchEnd> theirs = tail.batches();
    if (!theirs.isEmpty()) {
      long first = theirs.getFirst().end();
      Set<BatchEnd> ours =
          new HashSet<>(log.batchesFrom(LogAddress.head(LogAddress.sequenceOfEnd(first))));
      for (BatchEnd batch : theirs.reversed()) {
        if (ours.contains(batch)) {
          return batch;
        }
      }
    }
    // What is settled is in every log that counts.
    return LogAddress.batchEndingAt(log, tail.settledTo());
  }
}
