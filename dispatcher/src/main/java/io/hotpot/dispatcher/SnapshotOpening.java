package io.hotpot.dispatcher;

import io.hotpot.replication.TransactionMessage;
import io.hotpot.replication.TransactionMessage.Floor;
import io.hotpot.replication.TransactionMessage.LastStamp;
import io.hotpot.replication.TransactionMessage.OpenSnapshot;
import io.hotpot.store.HotpotException;
import io.hotpot.store.NotAMember;
import io.hotpot.store.spi.SnapshotId;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * Opens one snapshot (PROTOCOL 14.3): asks every owner in scope for its last stamp, takes the
 * greatest of them, and has every owner stay above it.
 *
 * <p>Thread-safety: on the node's loop only.
 */
final class SnapshotOpening {

  private final CommitDispatcher desk;
  private final SnapshotId id;
  private final LongConsumer opened;
  private final Consumer<HotpotException> failed;

  /** What is not answered yet: partition to the number of its request. */
  private final TreeMap<Integer, Long> waiting = new TreeMap<>();

  private List<Integer> scope = List.of();
  private long stamp;
  private boolean isFlooring;
  private boolean isOver;

  /**
   * @param opened is told the stamp
   */
  SnapshotOpening(
      CommitDispatcher desk, SnapshotId id, LongConsumer opened, Consumer<HotpotException> failed) {
    this.desk = desk;
    this.id = id;
    this.opened = opened;
    this.failed = failed;
  }

  void begin(List<Integer> partitions) {
    scope = partitions;
    askAll();
  }

  private void askAll() {
    // An answer may come at once: the round is over only when all were asked.
    for (int partition : scope) {
      waiting.put(partition, 0L);
    }
    for (int partition : scope) {
      if (waiting.containsKey(partition) && !isOver) {
        long number = desk.requests().ask(partition, new ToOwner(partition, isFlooring));
        waiting.replace(partition, 0L, number);
      }
    }
    next();
  }

  private void next() {
    if (isOver || !waiting.isEmpty()) {
      return;
    }
    if (!isFlooring) {
      isFlooring = true;
      desk.clock().see(stamp);
      askAll();
    } else {
      end();
      opened.accept(stamp);
    }
  }

  /** One owner's part of one round. */
  private final class ToOwner implements PartitionRequests.Question {
    private final int partition;
    private final boolean isFloor;

    ToOwner(int partition, boolean isFloor) {
      this.partition = partition;
      this.isFloor = isFloor;
    }

    @Override
    public TransactionMessage request(long number, int epoch) {
      return isFloor
          ? new Floor(number, partition, epoch, id.number(), stamp)
          : new OpenSnapshot(number, partition, epoch, id.number());
    }

    @Override
    public void answered(TransactionMessage answer) {
      if (answer instanceof LastStamp last) {
        stamp = Math.max(stamp, last.stamp());
      }
      waiting.remove(partition);
      next();
    }

    @Override
    public void failed(HotpotException reason) {
      if (isOver) {
        return;
      }
      if (desk.fates().isDropped(partition)) {
        waiting.remove(partition);
        next();
      } else {
        end();
        failed.accept(reason);
      }
    }
  }

  /** Whoever wanted it does not any more. */
  void stop() {
    end();
  }

  void membershipEnded() {
    if (!isOver) {
      end();
      failed.accept(new NotAMember("the node lost its membership while a snapshot was opened"));
    }
  }

  private void end() {
    isOver = true;
    waiting.values().forEach(desk.requests()::forget);
    waiting.clear();
  }
}
