package io.hotpot.replication;

import io.hotpot.replication.LogMessage.Append;
import io.hotpot.replication.LogMessage.Appended;
import io.hotpot.replication.LogMessage.AppendedAt;
import io.hotpot.replication.LogMessage.HandOver;
import io.hotpot.replication.LogMessage.HandedOver;
import io.hotpot.replication.LogMessage.Reconcile;
import io.hotpot.replication.LogMessage.Tail;
import io.hotpot.store.CorruptException;
import io.hotpot.store.HeapFull;
import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.HeldParts;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A replica's or learner's side of a partition in one epoch (PROTOCOL 6.5, 10.1 to 10.4): it
 * promises the epoch, agrees with the owner where their logs part, and then takes what is appended.
 *
 * <pre>
 *   PROMISING --> APART -- session --> TOLD -- Reconcile --> CUTTING --> FOLLOWING
 *                   ^                                          `--> LEARNING --^
 *                   `---------------- end of the session ----------------------
 * </pre>
 *
 * <p>Confined to the loop.
 */
final class FollowerSide {

  private enum State {
    /** The promise is being written; or a higher epoch is promised, and this one is over. */
    PROMISING,
    /** It has not told the owner, in a session, where its log ends. */
    APART,
    /** It has told the owner where its log ends. */
    TOLD,
    /** It cuts what the owner's log does not have. */
    CUTTING,
    /** It is missing something, and copies it chunk by chunk. */
    LEARNING,
    /** Its log is a prefix of the owner's, and it takes what follows. */
    FOLLOWING
  }

  private final Surroundings node;
  private final MediumWork work;
  private final HeldLog log;
  private final int partition;
  private final int epoch;
  private final int owner;
  private final Warming warming;
  private final UnhurriedFlush unhurried;
  private final RemoteChunks chunks;
  private State state = State.PROMISING;
  private long session;

  /** Whether what is held here counts for nothing: only then may all of it be cleared. */
  private boolean isWorthless;

  /** Whether it fetches chunks before it follows. */
  private boolean isLearner;

  private @Nullable Learner learner;

  /**
   * @param isNew whether nothing was ever served from this partition
   */
  FollowerSide(
      Surroundings node,
      MediumWork work,
      Healing healing,
      HeldLog log,
      int epoch,
      int owner,
      boolean isLearner,
      boolean isNew) {
    this.node = node;
    this.work = work;
    this.log = log;
    this.partition = log.partition();
    this.epoch = epoch;
    this.owner = owner;
    this.warming =
        new Warming(
            node.loop(),
            node.unhurried(),
            log,
            this::isFollowing,
            damages -> healing.healAll(damages, this::isHealed),
            node.events());
    this.unhurried = new UnhurriedFlush(node.flusher(), log, this::flushed);
    this.chunks = new RemoteChunks(node, work, log, epoch, owner);
    this.isLearner = isLearner;
    this.isWorthless = isLearner || isNew;
  }

  private void become(State next) {
    if (state == State.FOLLOWING && next != State.FOLLOWING) {
      node.copies().unreadable(partition);
    }
    state = next;
  }

  /** What this node has in step may be read here (7.11), and the owner may write to it itself. */
  private void counted() {
    if (state == State.FOLLOWING && !isLearner) {
      node.copies().readable(partition, epoch, log);
      chunks.follow(session);
    }
  }

  void begin() {
    if (log.isDamaged() && isWorthless) {
      // What is left of it has no use beside whole copies.
      work.unhurried().run(log::clear, this::promise);
    } else if (log.isDamaged()) {
      node.fence().accept("partition " + partition + ": what is held here of it is damaged");
    } else {
      promise();
    }
  }

  private void promise() {
    int promised = node.parts().promised(partition);
    if (promised == epoch || (promised > epoch && isWorthless)) {
      // A learner's higher promise is of a handover to it that came to nothing (12.3): there is no
      // such epoch, or the dispatcher would have named it when this node joined.
      promised();
    } else if (promised < epoch) {
      work.run(() -> node.parts().promise(partition, epoch), this::promised);
    } else {
      node.events()
          .accept(
              "partition %d: epoch %d is promised already, nothing is taken of epoch %d"
                  .formatted(partition, promised, epoch));
    }
  }

  private void promised() {
    become(State.APART);
    tell();
  }

  // ---- sessions with the owner

  void sessionBegan() {
    if (state != State.PROMISING) {
      part();
      tell();
    }
  }

  void sessionEnded() {
    if (state != State.PROMISING) {
      part();
    }
  }

  private void part() {
    become(State.APART);
    session = 0;
    chunks.stop();
    Learner copying = learner;
    if (copying != null) {
      copying.stop();
    }
    learner = null;
  }

  /** This node is something else now. */
  void end() {
    part();
  }

  /** The in-sync set counts this node: what it has must stay. */
  void becomesReplica() {
    isLearner = false;
    isWorthless = false;
    counted();
  }

  /** What is held here is going to count: the owner was told that it is in step. */
  void counts() {
    isWorthless = false;
  }

  boolean isFollowing() {
    return state == State.FOLLOWING;
  }

  /** The owner asks; or this node was told of the epoch by the dispatcher. */
  void tell() {
    if (state != State.APART || node.session(owner) == 0) {
      return;
    }
    session = node.session(owner);
    become(State.TOLD);
    long settledTo = log.settledTo();
    node.context().send(owner, new Tail(partition, epoch, settledTo, log.batchesFrom(settledTo)));
  }

  // ---- agreeing where the logs part

  void reconcile(Reconcile message) {
    if (state != State.TOLD) {
      return;
    }
    become(State.CUTTING);
    long now = session;
    if (message.checksum() == log.lastChecksum()
        && (LogAddress.isEmpty(log) || message.address() == log.tail())) {
      reconciled();
    } else if (message.address() != 0 && message.address() >= log.settledTo()) {
      boolean mayClear = isWorthless;
      work.run(() -> cut(message, mayClear), () -> ifStill(now));
    } else if (isWorthless) {
      work.unhurried().run(log::clear, () -> ifStill(now));
    } else {
      node.fence()
          .accept(
              "partition %d: its owner, node %d, does not have what is settled here"
                  .formatted(partition, owner));
    }
  }

  private void cut(Reconcile message, boolean mayClear) {
    try {
      log.cut(message.address(), message.checksum());
    } catch (CorruptException e) {
      if (!mayClear) {
        throw e;
      }
      // To join anew would not help: a learner begins from nothing instead.
      log.clear();
    }
  }

  private void ifStill(long asked) {
    if (state == State.CUTTING && session == asked) {
      reconciled();
    }
  }

  private void reconciled() {
    if (isLearner) {
      become(State.LEARNING);
      learner = new Learner(node, work, log, epoch, owner, this);
      learner.begin();
    } else {
      follow();
      acknowledge(node.settings().power());
    }
  }

  /** The log is a prefix of the owner's: from now on it takes what follows. */
  void follow() {
    become(State.FOLLOWING);
    counted();
    warming.goOn();
  }

  private void isHealed() {
    warming.goOn();
  }

  Warming warming() {
    return warming;
  }

  /** The owner has dropped this learner back: it copies chunks again. */
  void learnAgain() {
    become(State.LEARNING);
  }

  /** Everything that was copied is of no use: it begins with nothing. */
  void startOver(String reason) {
    if (!isWorthless) {
      node.fence().accept("partition " + partition + " cannot be followed: " + reason);
      return;
    }
    node.events().accept("partition " + partition + " is copied from the beginning: " + reason);
    become(State.CUTTING);
    long now = session;
    work.unhurried().run(log::clear, () -> ifStill(now));
  }

  @Nullable Learner learner() {
    return learner;
  }

  // ---- appends

  /** What the owner sends in the order of its log. */
  void take(LogMessage message) {
    Learner copying = learner;
    if (state == State.LEARNING && copying != null) {
      copying.keepForLater(message);
    } else if (state == State.FOLLOWING) {
      apply(message);
    }
  }

  /**
   * @return whether it went well; else the session is over
   */
  boolean apply(LogMessage message) {
    switch (message) {
      case Append(int p, int e, long address, long settledTo, boolean power, byte[] bytes) -> {
        return append(address, bytes.length, settledTo, power, () -> put(address, bytes));
      }
      case AppendedAt(int p, int e, long address, long settledTo, boolean power, int length) -> {
        return append(address, length, settledTo, power, () -> takeInPlace(address, length));
      }
      case LogMessage.Settled settled -> settledTo(settled.settledTo());
      case LogMessage.ReleaseChunk release -> release(release.sequence());
      case LogMessage.HeldChunks held -> releaseAllBut(held.sequences());
      default -> throw new IllegalArgumentException("not of the stream: " + message);
    }
    return true;
  }

  private void put(long address, byte[] bytes) {
    log.append(address, bytes, node.copies()::changed);
    node.counters().add(ClusterCounter.RECORD_BYTES_COPIED, bytes.length);
  }

  private void takeInPlace(long address, int length) {
    if (length <= 0 || length > LogAddress.CHUNK_BYTES) {
      throw new CorruptException("a batch of " + length + " bytes");
    }
    log.appendInPlace(address, length, node.copies()::changed);
    node.counters().count(ClusterCounter.APPENDS_TAKEN_IN_PLACE);
    node.counters().add(ClusterCounter.APPENDED_BYTES_TAKEN_IN_PLACE, length);
  }

  private boolean append(
      long address, int length, long settledTo, boolean power, Runnable appending) {
    if (length > 0 && address + length <= log.tail()) {
      // Of a stream that the owner has begun again since: what was copied has it.
      settledTo(settledTo);
      return true;
    }
    try {
      appending.run();
    } catch (CorruptException | HeapFull e) {
      String reason = "partition " + partition + " cannot be appended to: " + e.getMessage();
      node.events().accept(reason);
      node.fabric().disconnect(owner, reason);
      return false;
    }
    node.bulk().committed();
    node.counters().count(ClusterCounter.APPENDS_TAKEN);
    node.counters().add(ClusterCounter.APPENDED_BYTES_TAKEN, length);
    chunks.look();
    settledTo(settledTo);
    acknowledge(power);
    return true;
  }

  private void settledTo(long address) {
    long to = Math.min(address, log.tail());
    if (to > log.settledTo()) {
      log.settledTo(to);
      warming.goOn();
    }
  }

  private void release(int sequence) {
    if (log.sequences().contains(sequence)) {
      log.releaseWhenSettled(sequence);
      warming.goOn();
    }
  }

  /** The owner has released some while this node was away: nobody tells it of those again. */
  private void releaseAllBut(List<Integer> held) {
    if (held.isEmpty()) {
      return;
    }
    Set<Integer> kept = Set.copyOf(held);
    int newest = Collections.max(kept);
    for (int sequence : log.sequences()) {
      if (sequence < newest && !kept.contains(sequence)) {
        log.releaseWhenSettled(sequence);
      }
    }
    warming.goOn();
  }

  /**
   * Says how far this log goes without a hole.
   *
   * @param power whether only when that is on the medium
   */
  private void acknowledge(boolean power) {
    if (!power) {
      sendAppended();
      unhurried.appended();
      return;
    }
    log.startFlush();
    long now = session;
    node.flusher()
        .flush(
            () -> {
              if (session == now && state == State.FOLLOWING) {
                flushed();
                sendAppended();
              }
            });
  }

  /** What is settled, and had to wait for this node's medium, takes effect. */
  void flushed() {
    if (state == State.FOLLOWING) {
      log.settledTo(log.settledTo());
      warming.goOn();
    }
  }

  private void sendAppended() {
    node.context().send(owner, new Appended(partition, epoch, log.tail(), log.durableTo()));
  }

  // ---- migration

  /** The owner offers the partition: accepted only if the logs are equal (12.3). */
  void handOver(HandOver offer) {
    boolean isEqual =
        state == State.FOLLOWING
            && !isLearner
            && log.tail() == offer.tail()
            && log.lastChecksum() == offer.checksum();
    if (!isEqual) {
      node.context().send(owner, new HandedOver(partition, epoch, false));
      return;
    }
    // From here on nothing of the present epoch is taken.
    become(State.PROMISING);
    HeldParts parts = node.parts();
    work.run(
        () -> parts.promise(partition, epoch + 1),
        () -> node.context().send(owner, new HandedOver(partition, epoch, true)));
  }
}
