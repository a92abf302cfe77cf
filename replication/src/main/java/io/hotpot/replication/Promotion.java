package io.hotpot.replication;

import io.hotpot.replication.Configuration.Node;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.store.CorruptException;
import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.HeldLog.Damaged;
import io.hotpot.store.spi.OwnedPartition;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The way to owning a partition (PROTOCOL 10): promise, make the own log the authoritative one,
 * bring the others in line, and wait until all of it is settled and every member has said that it
 * holds no copy of an earlier epoch.
 *
 * <p>Confined to the loop.
 */
final class Promotion {

  private final Surroundings node;
  private final MediumWork work;
  private final HeldLog log;
  private final PartitionInfo info;
  private final OwnedLogSide side;
  private final Healing healing;
  private final Consumer<OwnedPartition> done;

  /** Who has not said that it has seen the epoch, as of the configuration that made it. */
  private final SortedMap<Integer, Peer> unseen = new TreeMap<>();

  private @Nullable OwnedPartition owned;
  private boolean isFlushing;

  /**
   * @param configuration the first one that this node has of the epoch
   * @param done is told when the partition may be served
   */
  Promotion(
      Surroundings node,
      MediumWork work,
      HeldLog log,
      PartitionInfo info,
      Configuration configuration,
      OwnedLogSide side,
      Healing healing,
      Consumer<OwnedPartition> done) {
    this.node = node;
    this.work = work;
    this.log = log;
    this.info = info;
    this.side = side;
    this.healing = healing;
    this.done = done;
    for (Node member : Members.present(configuration)) {
      unseen.put(member.id(), member.peer());
    }
  }

  void begin() {
    if (log.isDamaged()) {
      // It was chosen as the last one that has anything of it, so there is nobody to ask.
      work.run(this::takeOver, this::isBuilt, OwnedPartition::depose);
    } else {
      work.run(this::takeOverIfSound, this::isBuilt, Attempt::undo);
    }
  }

  private OwnedPartition takeOver() {
    node.parts().promise(info.id(), info.epoch());
    return LogAddress.isEmpty(log) && !log.isDamaged()
        ? log.begin(info.epoch(), side)
        : log.promote(info.epoch(), side);
  }

  /**
   * @param by null: the log is damaged
   */
  private record Attempt(@Nullable OwnedPartition by, List<Damaged> damages) {

    void undo() {
      if (by != null) {
        by.depose();
      }
    }
  }

  private Attempt takeOverIfSound() {
    try {
      return new Attempt(takeOver(), List.of());
    } catch (CorruptException e) {
      List<Damaged> damages = log.damages();
      if (damages.isEmpty()) {
        throw e;
      }
      return new Attempt(null, damages);
    }
  }

  /** The others of the set may have what is damaged here. */
  private void isBuilt(Attempt attempt) {
    OwnedPartition by = attempt.by();
    if (by != null) {
      isBuilt(by);
    } else {
      healing.healAll(
          attempt.damages(),
          () -> work.run(this::takeOverIfHealed, this::isBuilt, OwnedPartition::depose));
    }
  }

  private OwnedPartition takeOverIfHealed() {
    List<Damaged> damages = log.damages();
    if (!damages.isEmpty()) {
      throw new CorruptException(
          "nobody has sound bytes of what is damaged in this node's copy: " + damages);
    }
    return takeOver();
  }

  private void isBuilt(OwnedPartition by) {
    owned = by;
    side.promoted(by);
    // Only now, with the promise durable, the others are asked.
    Configuration configuration = node.context().configuration();
    PartitionInfo now = configuration.partitions().get(info.id());
    if (now != null) {
      side.configured(configuration, now);
    }
    node.redeliver().run();
    check();
  }

  /** Whether the log is this node's to write, and messages about it can be answered. */
  boolean isBuilt() {
    return owned != null;
  }

  @Nullable OwnedPartition owned() {
    return owned;
  }

  /** Looks whether it is done; called whenever something may have changed. */
  void check() {
    OwnedPartition by = owned;
    if (by == null || isFlushing || !side.isAllAcknowledged() || !isSeenByAll()) {
      return;
    }
    isFlushing = true;
    node.flusher()
        .flush(
            () -> {
              if (owned != null) {
                by.publish();
                done.accept(by);
              }
            });
  }

  private boolean isSeenByAll() {
    Configuration configuration = node.context().configuration();
    unseen
        .values()
        .removeIf(
            peer ->
                node.epochsSeen().hasSeen(peer, info.id(), info.epoch())
                    || !Members.isPresent(configuration, peer));
    return unseen.isEmpty();
  }

  /** Something else became of the partition. */
  void stop() {
    owned = null;
  }
}
