package io.hotpot.dispatcher;

import io.hotpot.replication.NodeContext;
import io.hotpot.replication.Owners;
import io.hotpot.replication.TransactionMessage;
import io.hotpot.replication.TransactionMessage.ReadAt;
import io.hotpot.replication.TransactionMessage.VersionAt;
import io.hotpot.store.CorruptException;
import io.hotpot.store.HotpotException;
import io.hotpot.store.NotAMember;
import io.hotpot.store.NotEnoughReplicas;
import io.hotpot.store.SnapshotTooOld;
import io.hotpot.store.spi.OwnedPartition;
import io.hotpot.store.spi.OwnedPartition.AtStamp;
import io.hotpot.store.spi.OwnedPartition.SnapshotReading;
import io.hotpot.store.spi.Refusal;
import io.hotpot.store.spi.SnapshotId;
import io.hotpot.store.spi.SnapshotView;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * An open snapshot: asks the owner of each object for the version at its stamp. What this node owns
 * itself is read by a plain call, without the loop, unless it must be waited for.
 *
 * <p>Thread-safety: all methods from any thread but the loop's.
 */
final class ClusterSnapshot implements SnapshotView {

  private final NodeContext context;
  private final CommitDispatcher dispatcher;
  private final Calls calls;
  private final SnapshotId id;
  private final long stamp;

  ClusterSnapshot(
      NodeContext context, CommitDispatcher dispatcher, Calls calls, OpenSnapshots.Opened opened) {
    this.context = context;
    this.dispatcher = dispatcher;
    this.calls = calls;
    this.id = opened.id();
    this.stamp = opened.stamp();
  }

  @Override
  public long stamp() {
    return stamp;
  }

  @Override
  public AtStamp.@Nullable Found find(long objectId) {
    OwnedPartition owned = context.owned(Owners.partitionOf(objectId));
    AtStamp found = owned == null ? null : here(owned, objectId);
    if (found == null) {
      found = ask(objectId);
    }
    checkIncarnation();
    return switch (found) {
      case AtStamp.Found version -> version;
      case AtStamp.Nothing() -> null;
      case AtStamp.TooOld(String reason) -> throw new SnapshotTooOld(reason);
      case AtStamp.Unreadable(String reason) -> throw new CorruptException(reason);
    };
  }

  /** Null: not at once, or not here. */
  private @Nullable AtStamp here(OwnedPartition owned, long objectId) {
    AtomicReference<@Nullable AtStamp> answer = new AtomicReference<>();
    owned.readAt(
        id,
        stamp,
        objectId,
        new SnapshotReading() {
          @Override
          public void seen(AtStamp found) {
            answer.set(found);
          }

          @Override
          public void refused(Refusal refusal) {
            // The partition is asked for on the loop, as if it were elsewhere: perhaps it is.
          }
        });
    AtStamp found = answer.get();
    // An owner's word counts only within its lease (5.5).
    return found != null && context.loop().bootNs() - context.leaseEndNs() < 0 ? found : null;
  }

  private AtStamp ask(long objectId) {
    int partition = Owners.partitionOf(objectId);
    AtomicReference<@Nullable Long> asked = new AtomicReference<>();
    return calls.<AtStamp>call(
        call -> begin(objectId, new Reading(objectId, call), asked, true),
        ClusterElsewhere.PATIENCE_NS,
        call -> {
          Long number = asked.get();
          if (number != null) {
            dispatcher.requests().forget(number);
          }
          call.fail(ClusterElsewhere.unserved(partition));
        });
  }

  /** On the loop. A partition that nobody has heard of may be newer than what this node knows. */
  private void begin(
      long objectId, Reading reading, AtomicReference<@Nullable Long> asked, boolean mayBeNew) {
    int partition = Owners.partitionOf(objectId);
    if (isOver()) {
      reading.failed(ended());
    } else if (dispatcher.owners().info(partition) != null
        || dispatcher.fates().isGone(partition)) {
      asked.set(dispatcher.requests().ask(partition, reading));
    } else if (mayBeNew) {
      context.refresh(() -> begin(objectId, reading, asked, false));
    } else {
      reading.call.complete(new AtStamp.Nothing());
    }
  }

  /** One object's way to its owner and back. */
  private final class Reading implements PartitionRequests.Question {
    private final long objectId;
    private final Calls.Call<AtStamp> call;

    Reading(long objectId, Calls.Call<AtStamp> call) {
      this.objectId = objectId;
      this.call = call;
    }

    @Override
    public TransactionMessage request(long number, int epoch) {
      return new ReadAt(number, Owners.partitionOf(objectId), epoch, id.number(), objectId, stamp);
    }

    @Override
    public void answered(TransactionMessage answer) {
      if (answer instanceof VersionAt(long request, int p, long at, byte[] payload)) {
        call.complete(at == 0 ? new AtStamp.Nothing() : new AtStamp.Found(at, payload));
      }
    }

    @Override
    public void failed(HotpotException reason) {
      call.fail(reason instanceof NotAMember ? ended() : reason);
    }
  }

  private boolean isOver() {
    return context.self().incarnation() != id.incarnation();
  }

  private void checkIncarnation() {
    if (isOver()) {
      throw ended();
    }
  }

  private static SnapshotTooOld ended() {
    return new SnapshotTooOld(
        "this node has lost its membership since the snapshot was opened, and with it what others kept for the"
            + " snapshot; open another one");
  }

  @Override
  public void close() {
    try {
      context.loop().execute(() -> dispatcher.snapshots().close(id));
    } catch (RejectedExecutionException e) {
      // The store is closed: the incarnation is over, and with it what owners keep for it.
    }
  }

  /** For who has given up waiting for it. */
  static NotEnoughReplicas notOpened() {
    return new NotEnoughReplicas(
        "a snapshot needs the owner of every partition, and not all have answered for "
            + ClusterElsewhere.PATIENCE_NS / 1_000_000_000
            + " s; look at the state of the cluster");
  }
}
