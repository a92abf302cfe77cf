package io.hotpot.replication;

import io.hotpot.replication.Configuration.DatasetInfo;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Configuration.PartitionStatus;
import io.hotpot.replication.LogMessage.NotOwner;
import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.OwnedPartition;
import java.util.List;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What this node is for one partition, driven by configurations and messages. The one place that
 * assigns the {@link PartitionRole}.
 *
 * <pre>
 *                  configuration: owner                    section 10 done
 *   STRANGER, -----------------------------> PROMOTING --------------------> OWNER <--> HANDING_OVER
 *   LEARNER, REPLICA, DEPOSED <-- another owner, new epoch, lease over ------- any of them
 * </pre>
 *
 * <p>Confined to the loop.
 */
final class HeldPartition {

  private final int id;
  private final Surroundings node;
  private final Consumer<HeldPartition> changed;
  private PartitionRole role = PartitionRole.DEPOSED;

  /** The newest that was acted upon in this incarnation; null: nothing yet. */
  private @Nullable PartitionInfo info;

  private @Nullable Healing healing;

  // As follower.
  private @Nullable FollowerSide follower;

  // As owner, from promotion on.
  private @Nullable OwnedLogSide side;
  private @Nullable Promotion promotion;
  private @Nullable OwnedPartition owned;
  private @Nullable Migration migration;
  private long promotedAtNs;
  private long takeoverNs;

  /** Work beside the loop: the log is not to be touched. */
  private int worksUnderWay;

  /** The thread that does it, one work after another. */
  private @Nullable Executor worker;

  /** Raised when what was under way counts for nothing any more. */
  private int life;

  /**
   * @param changed is told after the role has changed
   */
  HeldPartition(int id, Surroundings node, Consumer<HeldPartition> changed) {
    this.id = id;
    this.node = node;
    this.changed = changed;
  }

  int id() {
    return id;
  }

  PartitionRole role() {
    return role;
  }

  /** What may be used now; null: this node does not serve the partition. */
  @Nullable OwnedPartition served() {
    return role == PartitionRole.OWNER ? owned : null;
  }

  @Nullable OwnedLogSide ownerSide() {
    return side;
  }

  /** As an operator is told of it. */
  OperatorAnswer.Holding holding() {
    HeldLog log = node.parts().log(id);
    OwnedLogSide mine = side;
    PartitionInfo now = info;
    return new OperatorAnswer.Holding(
        id,
        now == null ? 0 : now.epoch(),
        role,
        log == null ? 0 : log.tail(),
        mine != null ? mine.settledTo() : log == null ? 0 : log.settledTo(),
        takeoverNs,
        mine == null ? List.of() : mine.followers());
  }

  private void become(PartitionRole next) {
    if (role != next) {
      role = next;
      changed.accept(this);
    }
  }

  // ---- configurations

  /**
   * Takes the partition's place in a configuration.
   *
   * @param now null: there is no such partition any more
   */
  void configured(Configuration configuration, @Nullable PartitionInfo now) {
    if (worksUnderWay > 0 && isNewRole(now)) {
      // The log is being worked on: what is under way is of no use, and this comes again after it.
      life++;
      return;
    }
    if (now == null) {
      leave();
      become(PartitionRole.STRANGER);
      disposeOfLog();
    } else {
      if (isNewRole(now)) {
        Migration moving = migration;
        if (moving != null) {
          moving.decided(now);
        }
        leave();
        info = now;
        enter(configuration, now);
      } else {
        info = now;
        stay(configuration, now);
      }
    }
    progress();
  }

  private boolean isNewRole(@Nullable PartitionInfo now) {
    if (now == null || info == null || now.epoch() != info.epoch()) {
      return true;
    }
    return roleIn(now) != roleIn(info) && !isLearnerNoMore(now);
  }

  /** A learner that is counted goes on with what it has. */
  private boolean isLearnerNoMore(PartitionInfo now) {
    return role == PartitionRole.LEARNER && roleIn(now) == PartitionRole.REPLICA;
  }

  private PartitionRole roleIn(PartitionInfo in) {
    if (in.status() == PartitionStatus.WAITING) {
      return PartitionRole.DEPOSED;
    }
    if (in.owner() == node.self()) {
      return PartitionRole.OWNER;
    }
    if (in.inSync().contains(node.self())) {
      return PartitionRole.REPLICA;
    }
    return in.learners().contains(node.self()) ? PartitionRole.LEARNER : PartitionRole.STRANGER;
  }

  private void enter(Configuration configuration, PartitionInfo now) {
    switch (roleIn(now)) {
      case OWNER -> promote(configuration, now);
      case REPLICA -> follow(configuration, now, false);
      case LEARNER -> follow(configuration, now, true);
      case STRANGER -> {
        become(PartitionRole.STRANGER);
        disposeIfOthersHoldIt(configuration, now);
      }
      case DEPOSED, PROMOTING, HANDING_OVER -> become(PartitionRole.DEPOSED);
    }
  }

  private void stay(Configuration configuration, PartitionInfo now) {
    FollowerSide following = follower;
    if (following != null && isLearnerNoMore(now)) {
      following.becomesReplica();
      become(PartitionRole.REPLICA);
    }
    OwnedLogSide mine = side;
    Promotion building = promotion;
    if (mine != null && (building == null || building.isBuilt())) {
      mine.configured(configuration, now);
    }
    Migration moving = migration;
    if (moving != null) {
      moving.configured(now);
    }
    Healing healer = healing;
    if (healer != null) {
      healer.configured(now);
    }
    if (role == PartitionRole.STRANGER) {
      disposeIfOthersHoldIt(configuration, now);
    }
  }

  /** Gives up the present role. What is not settled is another owner's to decide. */
  private void leave() {
    life++;
    FollowerSide following = follower;
    if (following != null) {
      following.end();
    }
    follower = null;
    Promotion building = promotion;
    OwnedPartition was = owned;
    if (building != null) {
      was = building.owned();
      building.stop();
    }
    Migration moving = migration;
    if (moving != null) {
      moving.stop();
    }
    OwnedLogSide mine = side;
    if (mine != null) {
      mine.end(info == null ? 0 : info.epoch());
    }
    Healing healer = healing;
    healing = null;
    if (healer != null) {
      healer.stop();
    }
    promotion = null;
    migration = null;
    owned = null;
    side = null;
    become(PartitionRole.DEPOSED);
    if (was != null && mine != null) {
      was.stopServing();
      HeldLog log = was.log();
      was.depose();
      log.settledTo(Math.max(log.settledTo(), Math.min(mine.visibleTo(), log.tail())));
    }
  }

  /** The node's lease is over: nothing that is not settled may be believed (5.5). */
  void fenced() {
    info = null;
    leave();
    become(PartitionRole.DEPOSED);
  }

  // ---- roles

  private HeldLog logOf(Configuration configuration, PartitionInfo now) {
    HeldLog log = node.parts().log(id);
    if (log != null) {
      return log;
    }
    DatasetInfo dataset =
        Objects.requireNonNull(
            configuration.datasets().get(now.dataset()), "a partition has a dataset");
    return node.parts().create(id, dataset.mode());
  }

  private void follow(Configuration configuration, PartitionInfo now, boolean isLearner) {
    become(isLearner ? PartitionRole.LEARNER : PartitionRole.REPLICA);
    HeldLog log = logOf(configuration, now);
    Healing healer = new Healing(node, work(), log, now);
    healing = healer;
    FollowerSide next =
        new FollowerSide(
            node,
            work(),
            healer,
            log,
            now.epoch(),
            now.owner(),
            isLearner,
            now.status() == PartitionStatus.NEW);
    follower = next;
    next.begin();
  }

  private void promote(Configuration configuration, PartitionInfo now) {
    if (now.status() == PartitionStatus.DROPPED && node.parts().log(id) == null) {
      become(PartitionRole.STRANGER);
      return;
    }
    HeldLog log = logOf(configuration, now);
    Healing healer = new Healing(node, work(), log, now);
    healing = healer;
    OwnedLogSide next = new OwnedLogSide(node, log, now.epoch(), healer);
    side = next;
    promotedAtNs = node.loop().bootNs();
    become(PartitionRole.PROMOTING);
    Promotion building =
        new Promotion(node, work(), log, now, configuration, next, healer, this::isPromoted);
    promotion = building;
    building.begin();
  }

  private void isPromoted(OwnedPartition by) {
    OwnedLogSide mine = side;
    if (mine == null || role != PartitionRole.PROMOTING) {
      return;
    }
    promotion = null;
    owned = by;
    node.counters().count(ClusterCounter.PROMOTIONS);
    takeoverNs = node.loop().bootNs() - promotedAtNs;
    become(PartitionRole.OWNER);
    mine.serve(by);
    node.dispatcher().accept(new MembershipMessage.Serving(id, by.epoch()));
  }

  // ---- migration

  /**
   * Gives the partition to another node.
   *
   * @param done is told what became of it, once
   */
  void migrate(int target, Consumer<MigrationOutcome> done) {
    Consumer<MigrationOutcome> counted = MigrationAnswers.counted(node.counters(), done);
    OwnedLogSide mine = side;
    OwnedPartition by = owned;
    PartitionInfo now = info;
    if (migration != null) {
      counted.accept(MigrationAnswers.UNDER_WAY);
    } else if (mine == null || by == null || now == null || role != PartitionRole.OWNER) {
      counted.accept(MigrationAnswers.NOT_SERVED);
    } else if (now.status() == PartitionStatus.DROPPED) {
      // The dispatcher would refuse it for ever, and nobody would release what is held.
      counted.accept(MigrationAnswers.DROPPED);
    } else if (target == now.owner() || !now.inSync().contains(target)) {
      counted.accept(MigrationAnswers.notInSync(target, now));
    } else {
      Migration moving =
          new Migration(node, by.log(), now, mine, target, new Moving(mine, by), counted);
      migration = moving;
      moving.begin();
    }
  }

  private final class Moving implements Migration.Owner {
    private final OwnedLogSide mine;
    private final OwnedPartition by;

    Moving(OwnedLogSide mine, OwnedPartition by) {
      this.mine = mine;
      this.by = by;
    }

    @Override
    public void stopServing() {
      mine.stopServing(by);
    }

    @Override
    public void handingOver() {
      become(PartitionRole.HANDING_OVER);
    }

    @Override
    public void goOn(String reason) {
      migration = null;
      node.events().accept("partition " + id + " stays with this node: " + reason);
      become(PartitionRole.OWNER);
      mine.serve(by);
    }
  }

  // ---- healing

  /**
   * Heals what is damaged in the log (13.5).
   *
   * @param done is told whether it is worthwhile to look again
   */
  void heal(long address, Consumer<Boolean> done) {
    Healing healer = healing;
    if (healer == null || role == PartitionRole.LEARNER) {
      // A learner's log counts for nothing yet, and is verified before it does.
      done.accept(false);
    } else {
      healer.heal(address, done);
    }
  }

  // ---- dropping

  /** A copy that the partition does without takes room from others. */
  private void disposeIfOthersHoldIt(Configuration configuration, PartitionInfo now) {
    DatasetInfo dataset = configuration.datasets().get(now.dataset());
    if (now.status() == PartitionStatus.SERVING
        && dataset != null
        && now.inSync().size() >= dataset.degree()) {
      disposeOfLog();
    }
  }

  private void disposeOfLog() {
    if (node.parts().log(id) != null) {
      work().unhurried().run(() -> node.parts().dispose(id), () -> {});
    }
  }

  /** Four times in a lease. */
  void tick() {
    Migration moving = migration;
    if (moving != null) {
      moving.tick();
    }
    Healing healer = healing;
    if (healer != null) {
      healer.tick();
    }
    OwnedLogSide mine = side;
    if (mine != null) {
      mine.learners().tick();
    }
    PartitionInfo now = info;
    if (now == null || now.owner() != node.self()) {
      return;
    }
    if (now.status() == PartitionStatus.NEW && role == PartitionRole.OWNER) {
      node.dispatcher().accept(new MembershipMessage.Serving(id, now.epoch()));
    } else if (now.status() == PartitionStatus.DROPPED && worksUnderWay == 0) {
      releaseDropped();
    }
  }

  /** Whatever others may still ask about is resolved and learned first (16.3). */
  private void releaseDropped() {
    OwnedPartition by = owned;
    if (role == PartitionRole.OWNER && by != null) {
      if (by.inDoubt().isEmpty() && by.unlearned().isEmpty()) {
        leave();
        become(PartitionRole.STRANGER);
        disposeOfLog();
      }
    } else if (role == PartitionRole.STRANGER && node.parts().log(id) == null) {
      node.dispatcher().accept(new MembershipMessage.PartitionReleased(id));
    }
  }

  // ---- messages

  /** Looks whether something that waits for others is done. */
  private void progress() {
    Promotion building = promotion;
    if (building != null) {
      building.check();
    }
    Migration moving = migration;
    if (moving != null) {
      moving.check();
    }
  }

  /** A member has said that it has seen an epoch. */
  void epochSeen() {
    progress();
  }

  void sessionBegan(int peer) {
    OwnedLogSide mine = side;
    if (mine != null) {
      mine.left(peer);
      AppendStream stream = mine.streams().of(peer);
      if (stream != null) {
        stream.sessionBegan(node.session(peer));
      }
    }
    FollowerSide following = follower;
    if (following != null && isOwner(peer)) {
      following.sessionBegan();
    }
    progress();
  }

  void sessionEnded(int peer) {
    OwnedLogSide mine = side;
    if (mine != null) {
      mine.sessionEnded(peer);
    }
    FollowerSide following = follower;
    if (following != null && isOwner(peer)) {
      following.sessionEnded();
    }
    Migration moving = migration;
    if (moving != null) {
      moving.sessionEnded(peer);
    }
    Healing healer = healing;
    if (healer != null) {
      healer.sessionEnded(peer);
    }
  }

  /** An incarnation was excluded. */
  void peerLeft(int peer) {
    OwnedLogSide mine = side;
    if (mine != null) {
      mine.left(peer);
    }
  }

  private boolean isOwner(int peer) {
    return info != null && info.owner() == peer;
  }

  /**
   * Takes a message.
   *
   * @return false if it came too early, and is to come again
   */
  boolean received(int from, LogMessage message) {
    PartitionInfo now = info;
    if (now == null || message.epoch() > now.epoch()) {
      // Nothing of a stream is sent to a node that has not said that it knows the epoch.
      return message.lane() == Fabric.Lane.BULK;
    }
    if (message instanceof LogMessage.ReadBatches read) {
      Healing.answer(node, node.parts().log(id), from, read);
      return true;
    }
    if (message.epoch() < now.epoch()) {
      if (message instanceof LogMessage.CatchUp
          || message instanceof LogMessage.ReadChunk
          || message instanceof LogMessage.NewEpoch
          || message instanceof LogMessage.HandOver) {
        node.context().send(from, new NotOwner(id, now.epoch(), now.owner()));
      }
      return true;
    }
    if (message instanceof LogMessage.BatchBytes bytes) {
      Healing healer = healing;
      if (healer != null) {
        healer.received(from, bytes);
      }
      return true;
    }
    boolean isTaken =
        now.owner() == node.self() ? asOwner(from, message) : asFollower(from, message);
    progress();
    return isTaken;
  }

  private boolean asOwner(int from, LogMessage message) {
    OwnedLogSide mine = side;
    if (mine == null) {
      return true;
    }
    Promotion building = promotion;
    if (building != null && !building.isBuilt()) {
      return false;
    }
    AppendStream stream = mine.streams().of(from);
    if (stream == null) {
      // A configuration that this node does not have yet may count the sender.
      return !(message instanceof LogMessage.Tail || message instanceof LogMessage.CatchUp);
    }
    switch (message) {
      case LogMessage.Appended appended -> mine.acknowledged(from, appended);
      case LogMessage.ChunkAt at -> stream.chunkAt(at);
      case LogMessage.Tail tail -> stream.tail(tail);
      case LogMessage.CatchUp _ -> mine.learners().catchUp(from, mine.appendedTo());
      case LogMessage.ReadChunk read -> mine.learners().readChunk(from, read);
      case LogMessage.InStep(int p, int e, long durableTo) -> mine.inStep(from, durableTo);
      case LogMessage.HandedOver(int p, int e, boolean accepted) -> {
        Migration moving = migration;
        if (moving != null) {
          moving.handedOver(from, accepted);
        }
      }
      default -> node.fabric().disconnect(from, "an owner is never told " + message.getClass());
    }
    return true;
  }

  private boolean asFollower(int from, LogMessage message) {
    FollowerSide following = follower;
    if (following == null || !isOwner(from)) {
      return true;
    }
    Learner copying = following.learner();
    switch (message) {
      case LogMessage.NewEpoch _ -> following.tell();
      case LogMessage.Reconcile reconcile -> following.reconcile(reconcile);
      case LogMessage.Append _,
          LogMessage.AppendedAt _,
          LogMessage.Settled _,
          LogMessage.ReleaseChunk _,
          LogMessage.HeldChunks _ ->
          following.take(message);
      case LogMessage.HandOver offer -> following.handOver(offer);
      case LogMessage.Manifest manifest -> {
        if (copying != null) {
          copying.received(manifest);
        }
      }
      case LogMessage.ChunkBytes bytes -> {
        if (copying != null) {
          copying.received(bytes);
        }
      }
      default -> node.fabric().disconnect(from, "a replica is never told " + message.getClass());
    }
    return true;
  }

  SortedSet<Integer> overdue(long ns, long nowNs) {
    OwnedLogSide mine = side;
    return mine == null ? new TreeSet<>() : mine.overdue(ns, nowNs);
  }

  // ---- work beside the loop

  private MediumWork work() {
    return new Beside(node.medium());
  }

  private final class Beside implements MediumWork {
    private final Executor thread;

    Beside(Executor thread) {
      this.thread = thread;
    }

    @Override
    public MediumWork unhurried() {
      return new Beside(node.unhurried());
    }

    @Override
    public <T> void run(Supplier<T> task, Consumer<T> then, Consumer<T> late) {
      int asked = life;
      Executor busy = worker;
      Executor next = worksUnderWay > 0 && busy != null ? busy : thread;
      worker = next;
      worksUnderWay++;
      next.execute(
          () -> {
            try {
              T result = task.get();
              node.loop().execute(() -> finish((asked == life ? then : late), result));
            } catch (RuntimeException e) {
              node.loop().execute(() -> failed(asked, e));
            }
          });
    }
  }

  private <T> void finish(Consumer<T> told, T result) {
    worksUnderWay--;
    told.accept(result);
    comeAgain();
  }

  private void failed(int asked, RuntimeException e) {
    worksUnderWay--;
    String reason = "partition " + id + " cannot be used: " + e.getMessage();
    node.events().accept(reason);
    if (asked == life) {
      node.fence().accept(reason);
    }
    comeAgain();
  }

  /** Whatever could not be done while the log was worked on. */
  private void comeAgain() {
    Configuration configuration = node.context().configuration();
    if (worksUnderWay == 0 && node.context().self().nodeId() != 0) {
      configured(configuration, configuration.partitions().get(id));
      node.redeliver().run();
    }
  }
}
