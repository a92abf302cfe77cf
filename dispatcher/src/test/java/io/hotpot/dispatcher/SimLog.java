package io.hotpot.dispatcher;

import io.hotpot.store.spi.ObjectRead;
import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.TransactionId;
import java.util.ArrayList;
import java.util.List;

/** The log of a partition: what it holds up to {@link #settled} survives everything. */
final class SimLog {

  sealed interface Entry {
    TransactionId id();
  }

  record CommitEntry(TransactionId id, long stamp, List<ObjectWrite> writes) implements Entry {}

  record PrepareEntry(
      TransactionId id, int home, long stamp, List<ObjectRead> reads, List<ObjectWrite> writes)
      implements Entry {}

  record DecisionEntry(TransactionId id, Outcome outcome, List<Integer> participants)
      implements Entry {}

  /** Stamps above it only, whoever owns the partition. */
  record BoundEntry(TransactionId id, long bound) implements Entry {}

  final int partition;
  final List<Entry> entries = new ArrayList<>();
  int settled;

  SimLog(int partition) {
    this.partition = partition;
  }

  /** What a new owner finds: all that is settled, and of the rest as much as it happens to have. */
  void cut(int kept) {
    while (entries.size() > settled + kept) {
      entries.removeLast();
    }
  }
}
