package io.hotpot.dispatcher;

import io.hotpot.store.spi.Elsewhere.Part;
import io.hotpot.store.spi.TransactionId;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What one call of commit wants: its parts, and whom to tell. It gets a new id each time that its
 * stamp was too low, since a participant remembers the id that was aborted.
 *
 * <p>Thread-safety: on the node's loop only.
 *
 * @param parts by ascending partition; at least one has writes
 * @param lock under which it commits what it has acquired; 0: it has acquired nothing
 * @param locked the partitions where it has acquired something
 */
record Attempt(
    List<Part> parts, int copiesWanted, long lock, Set<Integer> locked, Consumer<Ending> ending) {

  /** Of a transaction that has acquired nothing. */
  Attempt(List<Part> parts, int copiesWanted, Consumer<Ending> ending) {
    this(parts, copiesWanted, 0, Set.of(), ending);
  }

  /** What a partition must hold for it; 0: nothing. */
  long lockIn(int partition) {
    return locked.contains(partition) ? lock : 0;
  }

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
