package io.hotpot.replication;

import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.LogMessage.HandOver;
import io.hotpot.replication.MembershipMessage.Migrate;
import io.hotpot.store.spi.HeldLog;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The owner gives a partition to a node of the in-sync set (PROTOCOL 12). From the offer on it
 * serves again only if nobody else can have become the owner.
 *
 * <pre>
 *   FLUSHING --> SETTLING -- all settled --> OFFERED -- HandedOver, session over --> ASKING -- configuration --> (over)
 *                  `-- 100 ms, refused by the target, target excluded --> (goes on serving)
 * </pre>
 *
 * <p>Confined to the loop.
 */
final class Migration {

  private enum State {
    /** It serves still, while most of what is not on the medium is written to it. */
    FLUSHING,
    /** Nothing is let in any more; what is in flight is settled. */
    SETTLING,
    /** The target was asked whether its log is equal. */
    OFFERED,
    /** The target may have promised the next epoch: the dispatcher is asked until it decides. */
    ASKING,
    OVER
  }

  /** What becomes of it. */
  interface Owner {

    /** Nothing is let in from now on. */
    void stopServing();

    /** From now on this node is fenced by itself. */
    void handingOver();

    /** It serves again. */
    void goOn(String reason);
  }

  /** How long writers wait for what is in flight. */
  private static final long LIMIT_NS = 100_000_000;

  private final Surroundings node;
  private final HeldLog log;
  private final OwnedLogSide side;
  private final int target;
  private final Owner owner;
  private @Nullable Consumer<MigrationOutcome> done;
  private PartitionInfo info;
  private State state = State.FLUSHING;
  private boolean isAsked;
  private long beganNs;

  /**
   * @param done is told what became of it
   */
  Migration(
      Surroundings node,
      HeldLog log,
      PartitionInfo info,
      OwnedLogSide side,
      int target,
      Owner owner,
      Consumer<MigrationOutcome> done) {
    this.node = node;
    this.log = log;
    this.info = info;
    this.side = side;
    this.target = target;
    this.owner = owner;
    this.done = done;
  }

  int target() {
    return target;
  }

  void begin() {
    node.flusher().flush(this::settle);
  }

  private void settle() {
    if (state != State.FLUSHING) {
      return;
    }
    state = State.SETTLING;
    owner.stopServing();
    beganNs = node.loop().bootNs();
    node.loop()
        .after(
            LIMIT_NS,
            () -> {
              if (state == State.SETTLING) {
                giveUp(
                    ClusterCounter.MIGRATION_UNSETTLED,
                    "what is in flight did not settle within 100 ms");
              }
            });
    check();
  }

  /** Looks whether everything is settled; called whenever something may have changed. */
  void check() {
    if (state != State.SETTLING || !side.isAllAcknowledged()) {
      return;
    }
    if (side.settledTo() < side.appendedTo()) {
      node.flusher().flush(this::offerIfSettled);
    } else {
      offerIfSettled();
    }
  }

  private void offerIfSettled() {
    if (state != State.SETTLING
        || !side.isAllAcknowledged()
        || side.settledTo() < side.appendedTo()) {
      return;
    }
    state = State.OFFERED;
    owner.handingOver();
    node.context()
        .send(target, new HandOver(info.id(), info.epoch(), log.tail(), log.lastChecksum()));
    if (node.session(target) == 0) {
      ask();
    }
  }

  void handedOver(int from, boolean accepted) {
    if (state != State.OFFERED || from != target) {
      return;
    }
    if (accepted) {
      ask();
    } else {
      // It has promised nothing, and the dispatcher was not asked: nobody else can be the owner.
      giveUp(ClusterCounter.MIGRATION_UNEQUAL, "the log of node " + target + " is not equal");
    }
  }

  /** Whether the target has promised is not known any more. */
  void sessionEnded(int peer) {
    if (peer == target && state == State.OFFERED) {
      ask();
    }
  }

  private void ask() {
    state = State.ASKING;
    if (isAsked) {
      return;
    }
    isAsked = true;
    PartitionInfo now = info;
    node.context()
        .ask(
            request -> new Migrate(request, now.id(), now.epoch(), now.revision(), target),
            answer -> {
              // Refused: what it says may be old, or the question came twice. The configuration
              // tells; until then nothing is served.
              isAsked = !(answer instanceof MembershipMessage.Refused);
            });
  }

  /** Four times in a lease: a question that was refused is asked anew, for the present revision. */
  void tick() {
    if (state == State.ASKING && !isAsked) {
      ask();
    }
  }

  /** A configuration in which the epoch is still this node's. */
  void configured(PartitionInfo now) {
    info = now;
    if (state != State.OVER && !now.inSync().contains(target)) {
      giveUp(ClusterCounter.MIGRATION_TARGET_LEFT, "node " + target + " has left the in-sync set");
    }
  }

  /** A configuration in which this node does not own it any more, or owns it anew. */
  void decided(PartitionInfo now) {
    if (state == State.ASKING && now.owner() == target) {
      tell(new MigrationOutcome.Moved(node.loop().bootNs() - beganNs));
    }
  }

  private void giveUp(ClusterCounter why, String reason) {
    state = State.OVER;
    owner.goOn(reason);
    tell(new MigrationOutcome.Refused(why, reason));
  }

  /** Something else became of the partition, or of this node. */
  void stop() {
    state = State.OVER;
    tell(
        new MigrationOutcome.Refused(
            ClusterCounter.MIGRATION_NOT_SERVED, "its owner lost it while it handed it over"));
  }

  /** Once. */
  private void tell(MigrationOutcome outcome) {
    Consumer<MigrationOutcome> told = done;
    done = null;
    if (told != null) {
      told.accept(outcome);
    }
  }
}
