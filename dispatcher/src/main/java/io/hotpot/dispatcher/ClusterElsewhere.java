package io.hotpot.dispatcher;

import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.CopyReader;
import io.hotpot.replication.NodeContext;
import io.hotpot.replication.Owners;
import io.hotpot.replication.Owners.Route;
import io.hotpot.replication.SharerSide;
import io.hotpot.replication.TransactionMessage.ReturnSlots;
import io.hotpot.store.CommitId;
import io.hotpot.store.CommitOutcome;
import io.hotpot.store.CommitOutcomeUnknown;
import io.hotpot.store.HotpotException;
import io.hotpot.store.NotAMember;
import io.hotpot.store.NotEnoughReplicas;
import io.hotpot.store.spi.Elsewhere;
import io.hotpot.store.spi.OwnedPartition;
import io.hotpot.store.spi.ReadLocks;
import io.hotpot.store.spi.RemoteCopy;
import io.hotpot.store.spi.SnapshotId;
import io.hotpot.store.spi.SnapshotView;
import io.hotpot.store.spi.Threads;
import io.hotpot.store.spi.TransactionLocks;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The rest of the cluster, for the transactions of this node's application: a copy that is here is
 * read without a message, and so is what this node is a replica of; for everything else the calling
 * thread waits while the node's loop works.
 *
 * <p>Thread-safety: all methods from any thread but the loop's.
 */
public final class ClusterElsewhere implements Elsewhere {

  /** How long a thread waits for owners before it is told that there is none. */
  public static final long PATIENCE_NS = 30_000_000_000L;

  private final NodeContext context;
  private final SharerSide copies;
  private final CommitDispatcher dispatcher;
  private final Calls calls;
  private final Allocation allocation;
  private final ClusterBarriers barriers;

  public ClusterElsewhere(
      NodeContext context, SharerSide copies, CommitDispatcher dispatcher, Threads threads) {
    this.context = context;
    this.copies = copies;
    this.dispatcher = dispatcher;
    this.calls = new Calls(threads, context.loop());
    this.allocation = new Allocation(context);
    this.barriers = new ClusterBarriers(context, calls);
  }

  @Override
  public RemoteCopy read(long objectId) {
    RemoteCopy copy = copies.find(objectId);
    if (copy == null) {
      copy = copies.readHere(objectId);
    }
    return copy != null ? copy : fetch(objectId);
  }

  private RemoteCopy fetch(long objectId) {
    return calls.<RemoteCopy>call(
        call ->
            copies.read(
                objectId,
                new CopyReader() {
                  @Override
                  public void found(RemoteCopy copy) {
                    call.complete(copy);
                  }

                  @Override
                  public void failed(HotpotException reason) {
                    call.fail(reason);
                  }
                }),
        PATIENCE_NS,
        call -> call.fail(unserved(Owners.partitionOf(objectId))));
  }

  static NotEnoughReplicas unserved(int partition) {
    return new NotEnoughReplicas(
        "nobody has served partition "
            + partition
            + " for "
            + PATIENCE_NS / 1_000_000_000
            + " s; look at the state of the cluster");
  }

  @Override
  public long installations() {
    return copies.installations();
  }

  @Override
  public void checkLease(int incarnation) {
    int now = incarnation();
    if (now != incarnation) {
      throw new NotAMember(
          "the node joined anew while the transaction ran - began in incarnation="
              + incarnation
              + ", now="
              + now);
    }
    if (context.loop().bootNs() >= context.leaseEndNs()) {
      throw new NotAMember("the lease of " + context.self() + " has run out");
    }
  }

  @Override
  public int incarnation() {
    return context.self().incarnation();
  }

  @Override
  public long reserve(int partition) {
    OwnedPartition owned = context.owned(partition);
    if (owned != null) {
      return owned.reserve(1)[0];
    }
    PartitionInfo info = context.configuration().partitions().get(partition);
    Long atHand = info == null ? null : dispatcher.slotPools().poll(partition, info.epoch());
    if (atHand != null) {
      return atHand;
    }
    return calls.<Long>call(
        call -> dispatcher.slotPools().reserve(partition, call::complete),
        PATIENCE_NS,
        call -> call.fail(unserved(partition)));
  }

  @Override
  public void giveBack(long[] objectIds) {
    context.loop().execute(() -> giveBackNow(objectIds));
  }

  private void giveBackNow(long[] objectIds) {
    Map<Integer, List<Long>> byPartition = new TreeMap<>();
    for (long id : objectIds) {
      byPartition.computeIfAbsent(Owners.partitionOf(id), p -> new ArrayList<>()).add(id);
    }
    byPartition.forEach(
        (partition, ids) -> {
          long[] returned = ids.stream().mapToLong(Long::longValue).toArray();
          OwnedPartition owned = context.owned(partition);
          Route route = dispatcher.owners().route(partition);
          if (owned != null) {
            owned.giveBack(returned);
          } else if (route != null) {
            dispatcher.deliver(route, new ReturnSlots(partition, route.epoch(), returned));
          }
          // Else they come back with the next owner, or with the end of this incarnation.
        });
  }

  @Override
  public int partitionToAllocateIn(int dataset) {
    Integer known = allocation.known(dataset);
    return known != null
        ? known
        : calls.<Integer>call(
            call -> allocation.find(dataset, call::complete, call::fail),
            PATIENCE_NS,
            call ->
                call.fail(
                    new NotEnoughReplicas(
                        "dataset " + dataset + " has no partition to create objects in yet")));
  }

  @Override
  public TransactionLocks locks(long age) {
    return new HeldLocks(this, context.loop(), calls, new LockSet(dispatcher, age));
  }

  @Override
  public ReadLocks readLocks(long age, long limitNs) {
    return new HeldLocks(this, context.loop(), calls, LockSet.shared(dispatcher, age, limitNs));
  }

  @Override
  public Result commit(List<Part> parts, int copiesWanted) {
    return commit(parts, copiesWanted, null);
  }

  /**
   * @param locks under which it commits, and which are released then; null: none
   */
  Result commit(List<Part> parts, int copiesWanted, @Nullable LockSet locks) {
    AtomicReference<@Nullable Attempt> begun = new AtomicReference<>();
    return calls.<Result>call(
        call -> {
          if (locks != null && !locks.beginCommit()) {
            call.complete(
                locks.state() == TransactionLocks.State.LOST
                    ? new Result.LockLost()
                    : new Result.Conflicting(0));
            return;
          }
          Attempt attempt =
              new Attempt(
                  parts,
                  copiesWanted,
                  locks == null ? 0 : locks.number(),
                  locks == null ? Set.of() : locks.partitions(),
                  ending -> {
                    if (locks != null) {
                      locks.release();
                    }
                    switch (ending) {
                      case Ending.Committed committed ->
                          call.complete(new Result.Committed(committed.stamp()));
                      case Ending.Conflicting conflicting ->
                          call.complete(new Result.Conflicting(conflicting.objectId()));
                      case Ending.LockLost _ -> call.complete(new Result.LockLost());
                      case Ending.Failed failed -> call.fail(failed.reason());
                    }
                  });
          begun.set(attempt);
          dispatcher.begin(attempt);
        },
        PATIENCE_NS,
        call -> {
          Attempt attempt = begun.get();
          if (attempt != null) {
            dispatcher.giveUp(attempt);
          }
        });
  }

  @Override
  public CommitOutcome outcome(CommitId commit, long patienceNs) {
    AtomicReference<@Nullable Consumer<CommitOutcome>> begun = new AtomicReference<>();
    return calls.<CommitOutcome>call(
        call -> {
          Consumer<CommitOutcome> asker = call::complete;
          begun.set(asker);
          dispatcher.questions().ask(commit, asker);
        },
        patienceNs,
        call -> {
          Consumer<CommitOutcome> asker = begun.get();
          if (asker != null) {
            dispatcher.questions().forget(commit, asker);
          }
          String why = "partition " + commit.partition() + " has not answered in time";
          call.fail(
              new CommitOutcomeUnknown(
                  "whether commit " + commit + " happened is not known still, because " + why,
                  new NotEnoughReplicas(why),
                  commit));
        });
  }

  @Override
  public boolean barrier(String name, int parties, long limitNs) throws InterruptedException {
    return barriers.await(name, parties, limitNs);
  }

  @Override
  public SnapshotView openSnapshot() {
    AtomicReference<@Nullable SnapshotId> begun = new AtomicReference<>();
    OpenSnapshots.Opened opened =
        calls.<OpenSnapshots.Opened>call(
            call -> begun.set(dispatcher.snapshots().open(call::complete, call::fail)),
            PATIENCE_NS,
            call -> {
              SnapshotId id = begun.get();
              if (id != null) {
                dispatcher.snapshots().close(id);
              }
              call.fail(ClusterSnapshot.notOpened());
            });
    checkLease(opened.id().incarnation());
    return new ClusterSnapshot(context, dispatcher, calls, opened);
  }

  /** Ends all waiting; what was sent already may still happen. */
  public void close() {
    calls.close();
  }
}
