package io.hotpot.dispatcher;

import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Configuration.PartitionStatus;
import io.hotpot.replication.NodeContext;
import io.hotpot.replication.Peer;
import io.hotpot.replication.TransactionMessage.CloseSnapshot;
import io.hotpot.replication.TransactionMessage.SnapshotsOpen;
import io.hotpot.store.HotpotException;
import io.hotpot.store.NotAMember;
import io.hotpot.store.spi.OwnedPartition;
import io.hotpot.store.spi.SnapshotId;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The snapshots that this node's application has open, and those being opened. They end with the
 * node's incarnation.
 *
 * <p>Thread-safety: on the node's loop only.
 */
final class OpenSnapshots {

  /** As many as a message has room for; with more the owners keep what was closed unheard. */
  private static final int MOST_LISTED = 4096;

  private final CommitDispatcher desk;
  private final TreeMap<Long, SnapshotOpening> opening = new TreeMap<>();
  private final TreeMap<Long, SnapshotId> open = new TreeMap<>();
  private long lastNumber;

  OpenSnapshots(CommitDispatcher desk) {
    this.desk = desk;
  }

  /** A snapshot: who, and at which stamp. */
  record Opened(SnapshotId id, long stamp) {}

  /**
   * Opens a snapshot of everything that the dispatcher knows now.
   *
   * @return what to {@link #close} if nobody waits for it any more; null: it has failed already
   */
  @Nullable SnapshotId open(Consumer<Opened> opened, Consumer<HotpotException> failed) {
    Peer self = desk.context().self();
    if (self.equals(Peer.STRANGER)) {
      failed.accept(new NotAMember("this node is no member of the cluster"));
      return null;
    }
    SnapshotId id = new SnapshotId(self.nodeId(), self.incarnation(), ++lastNumber);
    open.put(id.number(), id);
    SnapshotOpening made =
        new SnapshotOpening(
            desk,
            id,
            stamp -> {
              opening.remove(id.number());
              opened.accept(new Opened(id, stamp));
            },
            reason -> {
              opening.remove(id.number());
              close(id);
              failed.accept(reason);
            });
    opening.put(id.number(), made);
    desk.context().refresh(() -> begin(made, id));
    return id;
  }

  private void begin(SnapshotOpening made, SnapshotId id) {
    if (opening.get(id.number()) == made) {
      made.begin(scope());
    }
  }

  /**
   * Every partition that may hold something acknowledged: a new one does not serve before the
   * dispatcher says so.
   */
  private List<Integer> scope() {
    List<Integer> scope = new ArrayList<>();
    for (PartitionInfo info : desk.context().configuration().partitions().values()) {
      if (info.status() != PartitionStatus.NEW && !desk.fates().isDropped(info.id())) {
        scope.add(info.id());
      }
    }
    return scope;
  }

  /** Tells the owners that they need keep nothing for it. */
  void close(SnapshotId id) {
    SnapshotOpening unfinished = opening.remove(id.number());
    if (unfinished != null) {
      unfinished.stop();
    }
    if (open.remove(id.number()) == null) {
      return;
    }
    NodeContext context = desk.context();
    for (PartitionInfo info : context.configuration().partitions().values()) {
      OwnedPartition owned = context.owned(info.id());
      if (owned != null) {
        owned.closeSnapshot(id);
      } else if (info.owner() != context.self().nodeId()) {
        // Where there is no session, SnapshotsOpen says it when there is.
        context.send(info.owner(), new CloseSnapshot(info.id(), id.number()));
      }
    }
  }

  /** Whatever the peer keeps for what was closed while there was no session. */
  void sessionBegan(Peer peer) {
    if (peer.nodeId() > 0 && lastNumber > 0 && open.size() <= MOST_LISTED) {
      desk.context()
          .send(
              peer.nodeId(),
              new SnapshotsOpen(open.keySet().stream().mapToLong(Long::longValue).toArray()));
    }
  }

  void membershipEnded() {
    List<SnapshotOpening> unfinished = new ArrayList<>(opening.values());
    opening.clear();
    open.clear();
    unfinished.forEach(SnapshotOpening::membershipEnded);
  }
}
