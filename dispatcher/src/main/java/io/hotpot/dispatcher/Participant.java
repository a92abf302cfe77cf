package io.hotpot.dispatcher;

import io.hotpot.replication.ClusterCounter;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Owners.Route;
import io.hotpot.replication.Peer;
import io.hotpot.replication.TransactionMessage;
import io.hotpot.replication.TransactionMessage.Commit;
import io.hotpot.replication.TransactionMessage.Committed;
import io.hotpot.replication.TransactionMessage.Decide;
import io.hotpot.replication.TransactionMessage.Decided;
import io.hotpot.replication.TransactionMessage.Learned;
import io.hotpot.replication.TransactionMessage.NotCommitted;
import io.hotpot.replication.TransactionMessage.Prepare;
import io.hotpot.replication.TransactionMessage.Resolve;
import io.hotpot.replication.TransactionMessage.Resolved;
import io.hotpot.replication.TransactionMessage.Yes;
import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.OwnedPartition;
import io.hotpot.store.spi.Refusal;
import io.hotpot.store.spi.Settling;
import io.hotpot.store.spi.Spared;
import io.hotpot.store.spi.TransactionId;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * This node as the owner of partitions that transactions use, its own ones as well: the same
 * requests come by message and by plain call. The partition keeps what must last; here is only what
 * may be forgotten.
 *
 * <p>Thread-safety: on the node's loop only. Replies are given on any thread.
 */
final class Participant {

  /** How many aborts are remembered. */
  private static final int MOST_ABORTED = 4096;

  /** One partition's part of a transaction, in one epoch. */
  private record Taken(int partition, int epoch, TransactionId id) implements Comparable<Taken> {
    @Override
    public int compareTo(Taken other) {
      int c = Integer.compare(partition, other.partition);
      if (c == 0) {
        c = Integer.compare(epoch, other.epoch);
      }
      return c == 0 ? id.compareTo(other.id) : c;
    }
  }

  private final CommitDispatcher desk;
  private final SlotDesk slots;

  /** Decisions being recorded: to be told again meanwhile must not make them look recorded. */
  private final TreeSet<Taken> recording = new TreeSet<>();

  /** Slots that prepared transactions of other nodes fill. */
  private final Map<Taken, long[]> inserts = new TreeMap<>();

  /** Aborts that may have overtaken their Prepare, the oldest first. */
  private final LinkedHashSet<Taken> aborted = new LinkedHashSet<>();

  Participant(CommitDispatcher desk, SlotDesk slots) {
    this.desk = desk;
    this.slots = slots;
  }

  /** A request of another node, or of this one. */
  void handle(Peer from, TransactionMessage request, Consumer<TransactionMessage> reply) {
    switch (request) {
      case Commit commit -> commit(from, commit, reply);
      case Prepare prepare -> prepare(from, prepare, reply);
      case Decide decide -> decide(decide, reply);
      case Decided told -> {
        OwnedPartition owned = desk.context().owned(told.partition());
        if (owned != null) {
          decided(owned, told.id(), told.home(), told.outcome());
        }
      }
      case Learned learned -> {
        OwnedPartition owned = desk.context().owned(learned.home());
        if (owned != null) {
          owned.learned(learned.id(), learned.participant());
        }
      }
      case Resolve resolve -> resolve(resolve, reply);
      default -> throw new IllegalArgumentException("no request to a partition: " + request);
    }
  }

  /** The partition, if it is owned here in that epoch. */
  private @Nullable OwnedPartition owned(int partition, int epoch) {
    OwnedPartition owned = desk.context().owned(partition);
    return owned != null && owned.epoch() == epoch ? owned : null;
  }

  private void commit(Peer from, Commit commit, Consumer<TransactionMessage> reply) {
    TransactionId id = commit.id();
    int partition = commit.partition();
    OwnedPartition owned = owned(partition, commit.epoch());
    if (owned == null) {
      reply.accept(notOwner(id, partition));
      return;
    }
    Taken taken = new Taken(partition, commit.epoch(), id);
    useSlots(from, taken, commit.writes());
    owned.commit(
        id,
        commit.settledBelow(),
        commit.copiesWanted(),
        new Spared(from.nodeId(), commit.keptAs()),
        commit.lock(),
        commit.reads(),
        commit.writes(),
        settling(
            stamp -> {
              desk.context().loop().execute(() -> isCommitted(taken));
              desk.counters().count(ClusterCounter.PARTS_COMMITTED);
              reply.accept(new Committed(id, partition, stamp));
            },
            refusal -> {
              desk.context().loop().execute(() -> returnSlots(from, taken));
              reply.accept(refused(id, partition, refusal));
            }));
  }

  private void prepare(Peer from, Prepare prepare, Consumer<TransactionMessage> reply) {
    TransactionId id = prepare.id();
    int partition = prepare.partition();
    OwnedPartition owned = owned(partition, prepare.epoch());
    if (owned == null) {
      reply.accept(notOwner(id, partition));
      return;
    }
    Taken taken = new Taken(partition, prepare.epoch(), id);
    if (aborted.remove(taken)) {
      // Prepared now, it would be locked until somebody doubts it.
      reply.accept(
          new NotCommitted(
              id, partition, Refusal.Reason.FENCED, 0, 0, id + " was aborted before it came"));
      return;
    }
    useSlots(from, taken, prepare.writes());
    owned.prepare(
        id,
        prepare.settledBelow(),
        prepare.copiesWanted(),
        new Spared(from.nodeId(), prepare.keptAs()),
        prepare.lock(),
        prepare.home(),
        prepare.stamp(),
        prepare.reads(),
        prepare.writes(),
        settling(
            stamp -> {
              desk.counters().count(ClusterCounter.PARTS_PREPARED);
              reply.accept(new Yes(id, partition));
            },
            refusal -> {
              desk.context().loop().execute(() -> returnSlots(from, taken));
              reply.accept(refused(id, partition, refusal));
            }));
  }

  private void decide(Decide decide, Consumer<TransactionMessage> reply) {
    TransactionId id = decide.id();
    int home = decide.home();
    OwnedPartition owned = owned(home, decide.epoch());
    if (owned == null) {
      reply.accept(notOwner(id, home));
      return;
    }
    Taken taken = new Taken(home, decide.epoch(), id);
    owned.decide(
        id,
        decide.participants(),
        settling(
            stamp -> {
              desk.context().loop().execute(() -> isCommitted(taken));
              reply.accept(new Decided(id, home, home, Outcome.COMMIT));
            },
            refusal ->
                reply.accept(
                    refusal.reason() == Refusal.Reason.FENCED
                        ? new Decided(id, home, home, Outcome.ABORT)
                        : refused(id, home, refusal))));
  }

  /**
   * Applies what the home has decided, and tells the home when that is recorded.
   *
   * <p>What is EXPIRED at the home has not committed there: it keeps a commit until all of its
   * participants have told that they know; this one may have, in a batch that has rotted since.
   */
  void decided(OwnedPartition owned, TransactionId id, int home, Outcome outcome) {
    if (outcome == Outcome.LOST || (outcome == Outcome.EXPIRED && owned.mayHaveLostDecision(id))) {
      owned.outcomeLost(id);
      return;
    }
    Taken taken = new Taken(owned.id(), owned.epoch(), id);
    if (!recording.add(taken)) {
      return;
    }
    Outcome applied = outcome == Outcome.EXPIRED ? Outcome.ABORT : outcome;
    if (applied == Outcome.ABORT) {
      remember(taken);
    }
    owned.decided(
        id,
        applied,
        settling(
            stamp -> desk.context().loop().execute(() -> recorded(taken, home, applied)),
            refusal -> desk.context().loop().execute(() -> recording.remove(taken))));
  }

  private void remember(Taken taken) {
    aborted.add(taken);
    if (aborted.size() > MOST_ABORTED) {
      aborted.removeFirst();
    }
  }

  private void recorded(Taken taken, int home, Outcome outcome) {
    recording.remove(taken);
    Peer committer = new Peer(taken.id().nodeId(), taken.id().incarnation());
    if (outcome == Outcome.COMMIT) {
      isCommitted(taken);
      Route route = desk.owners().route(home);
      if (route != null) {
        desk.deliver(route, new Learned(taken.id(), home, taken.partition()));
      }
    } else {
      returnSlots(committer, taken);
    }
  }

  private void isCommitted(Taken taken) {
    inserts.remove(taken);
    desk.committedHere(taken.partition(), taken.id());
  }

  private void resolve(Resolve resolve, Consumer<TransactionMessage> reply) {
    if (TransactionIds.home(resolve.id()) != resolve.partition()) {
      // It is not to be fenced here, and nobody else's abort: this partition cannot tell.
      reply.accept(new Resolved(resolve.id(), resolve.partition(), Outcome.EXPIRED, 0));
      return;
    }
    OwnedPartition owned = owned(resolve.partition(), resolve.epoch());
    // Who asks asks again, and hears of the new owner from the dispatcher.
    if (owned != null) {
      owned.resolve(
          resolve.id(),
          (outcome, stamp) ->
              reply.accept(new Resolved(resolve.id(), resolve.partition(), outcome, stamp)));
    }
  }

  private void useSlots(Peer from, Taken taken, List<ObjectWrite> writes) {
    long[] ids =
        writes.stream()
            .filter(write -> write.kind() == ObjectWrite.Kind.INSERT)
            .mapToLong(ObjectWrite::objectId)
            .toArray();
    long[] reserved = slots.use(from, taken.partition(), taken.epoch(), ids);
    if (reserved.length > 0) {
      inserts.put(taken, reserved);
    }
  }

  private void returnSlots(Peer committer, Taken taken) {
    long[] ids = inserts.remove(taken);
    if (ids != null) {
      slots.unused(committer, taken.partition(), taken.epoch(), ids);
    }
  }

  /** What was begun in an epoch that has ended does not end any more. */
  void changed() {
    aborted.removeIf(taken -> owned(taken.partition(), taken.epoch()) == null);
    recording.removeIf(taken -> owned(taken.partition(), taken.epoch()) == null);
    inserts.keySet().removeIf(taken -> owned(taken.partition(), taken.epoch()) == null);
  }

  private NotCommitted notOwner(TransactionId id, int partition) {
    PartitionInfo info = desk.owners().info(partition);
    return new NotCommitted(
        id,
        partition,
        Refusal.Reason.NOT_OWNER,
        0,
        info == null ? 0 : info.epoch(),
        desk.context().self() + " does not serve partition " + partition + " in that epoch");
  }

  private static NotCommitted refused(TransactionId id, int partition, Refusal refusal) {
    return new NotCommitted(
        id, partition, refusal.reason(), refusal.objectId(), refusal.floor(), refusal.message());
  }

  private static Settling settling(LongConsumer settled, Consumer<Refusal> refused) {
    return new Settling() {
      @Override
      public void settled(long stamp) {
        settled.accept(stamp);
      }

      @Override
      public void refused(Refusal refusal) {
        refused.accept(refusal);
      }
    };
  }
}
