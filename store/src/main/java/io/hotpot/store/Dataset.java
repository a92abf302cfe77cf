package io.hotpot.store;

import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A named space of objects. Every transaction here may also touch other datasets of the same store.
 *
 * <p>Thread-safety: all methods from any thread.
 */
public final class Dataset {

  private final TransactionRunner transactions;
  private final PartitionDirectory directory;
  private final String name;
  private final int partition;
  private final DatasetOptions options;

  Dataset(
      TransactionRunner transactions,
      PartitionDirectory directory,
      String name,
      int partition,
      DatasetOptions options) {
    this.transactions = transactions;
    this.directory = directory;
    this.name = name;
    this.partition = partition;
    this.options = options;
  }

  /** The name when the dataset was opened; {@link Hotpot#rename} gives a new {@code Dataset}. */
  public String name() {
    return name;
  }

  public DatasetOptions options() {
    return options;
  }

  int partition() {
    return partition;
  }

  /** That of the store which the dataset is in. */
  PartitionDirectory directory() {
    return directory;
  }

  /**
   * Runs work in a transaction and commits it; on a conflict, runs it again.
   *
   * <p>Called in the work of another transaction, it is a transaction of its own: it does not see
   * what the other has written so far, and stays committed whatever becomes of the other. If it
   * changes what the other has read, the other conflicts with it each time.
   *
   * @throws ConflictException if it conflicted {@link HotpotOptions#attempts} times
   */
  public <T> T transact(TransactionWork<T> work) {
    return transactions.transact(this, work);
  }

  /** As {@link #transact}, for work without a result. */
  public void run(TransactionAction work) {
    transactions.run(this, work);
  }

  /**
   * Runs work in a read-only transaction: what it reads existed together at one moment. It never
   * conflicts: where others keep changing what it reads, it is run over a snapshot. In a cluster it
   * then acquires what it reads, together with others that read, and those who want to change it
   * conflict: for 0.1 s at first, and for longer where that is not enough.
   *
   * @throws SnapshotTooOld if the heap ran out of room while it was
   */
  public <T> T read(TransactionWork<T> work) {
    return transactions.read(this, work);
  }

  /**
   * Begins a transaction that is ended by {@link Transaction#commit} or {@link Transaction#abort}.
   */
  public Transaction begin() {
    return transactions.begin(this);
  }

  /** The root of this name; created from {@code initial}, in a transaction, where there is none. */
  public <T> Ref<T> root(String root, Supplier<T> initial) {
    Objects.requireNonNull(root, "root");
    Objects.requireNonNull(initial, "initial");
    return transact(
        tx -> {
          Optional<Ref<T>> present = tx.root(root);
          if (present.isPresent()) {
            return present.get();
          }
          Ref<T> created = tx.allocate(initial.get());
          tx.root(root, created);
          return created;
        });
  }

  /** How many objects there are, and what they take; as of about now. */
  public DatasetStats stats() {
    Partition in = directory.partitionOf(this);
    return new DatasetStats(
        name,
        in.id,
        options.mode(),
        in.usage.objects(),
        in.usage.liveBytes(),
        in.chunks.size(),
        in.log.appendedBytes());
  }

  /** The references of all live objects, in slot order, as of about now; not a transaction. */
  public Iterable<Ref<?>> refs() {
    Partition in = directory.partitionOf(this);
    return () -> new LiveRefs(in, () -> directory.partitionOf(this));
  }

  @Override
  public String toString() {
    return name;
  }
}
