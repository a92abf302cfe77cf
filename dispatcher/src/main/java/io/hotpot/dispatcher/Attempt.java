package io.hotpot.dispatcher;

import io.hotpot.store.spi.Elsewhere.Part;
import io.hotpot.store.spi.TransactionId;
import java.util.List;
import java.util.function.Consumer;

/**
 * What one call of commit wants: its parts, and whom to tell. It gets a new id each time that its
 * stamp was too low, since a participant remembers the id that was aborted.
 *
 * <p>Thread-safety: on the node's loop only.
 *
 * @param parts by ascending partition; at least one has writes
 */
record Attempt(List<Part> parts, int copiesWanted, Consumer<Ending> ending) {

  /** How often a stamp may turn out to be too low (8.2.3). */
  static final int MOST_STAMPS = 3;

  List<Integer> partitions() {
    return parts.stream().map(Part::partition).toList();
  }

  /** How a transaction is called in messages to people. */
  static String name(TransactionId id, int home) {
    return "transaction " + id + ", recorded in partition " + home;
  }
}
