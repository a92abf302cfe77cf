package io.hotpot.dispatcher;

import io.hotpot.replication.ClusterCounter;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Owners.Route;
import io.hotpot.replication.Peer;
import io.hotpot.replication.TransactionMessage.Decided;
import io.hotpot.replication.TransactionMessage.Resolve;
import io.hotpot.replication.TransactionMessage.Resolved;
import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.OwnedPartition;
import io.hotpot.store.spi.TransactionId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Transactions that are prepared in partitions owned here and not decided: asks their homes how
 * they ended (PROTOCOL 9.1), so that no lock outlives its transaction for long. As the home it asks
 * itself, and tells the participants of its commits that have not said that they know.
 *
 * <p>Thread-safety: on the node's loop only.
 */
final class InDoubt {

  /** How long a coordinator may take before it is doubted. */
  static final long PATIENCE_NS = 250_000_000L;

  /** L/4: how soon an unanswered question is asked again. */
  static final long AGAIN_NS = 500_000_000L;

  /** A question to a home, or the telling of a participant. */
  private static final class Open {
    final long sinceNs;
    long askedNs = Long.MIN_VALUE;
    boolean isSeen;

    Open(long sinceNs) {
      this.sinceNs = sinceNs;
    }
  }

  private record Key(TransactionId id, int partition, int epoch, boolean asHome)
      implements Comparable<Key> {
    @Override
    public int compareTo(Key other) {
      int c = id.compareTo(other.id);
      if (c == 0) {
        c = Integer.compare(partition, other.partition);
      }
      if (c == 0) {
        c = Integer.compare(epoch, other.epoch);
      }
      return c == 0 ? Boolean.compare(asHome, other.asHome) : c;
    }
  }

  private final CommitDispatcher desk;
  private final Participant participant;
  private final TreeMap<Key, Open> open = new TreeMap<>();

  /** The epochs of our partitions when we last looked. */
  private final Map<Integer, Integer> epochs = new TreeMap<>();

  private boolean isStopped;

  InDoubt(CommitDispatcher desk, Participant participant) {
    this.desk = desk;
    this.participant = participant;
  }

  /** Looks from now on, until {@link #stop}. */
  void begin() {
    if (!isStopped) {
      look();
      desk.context().loop().after(PATIENCE_NS, this::begin);
    }
  }

  void stop() {
    isStopped = true;
  }

  /** Asks for all that is due; also to be called when the configuration has changed. */
  void look() {
    open.values().forEach(each -> each.isSeen = false);
    for (OwnedPartition owned : owned()) {
      // After a promotion nobody may be left who drives what was prepared.
      boolean isNew = !Integer.valueOf(owned.epoch()).equals(epochs.get(owned.id()));
      epochs.put(owned.id(), owned.epoch());
      for (OwnedPartition.InDoubt each : owned.inDoubt()) {
        Peer coordinator = new Peer(each.id().nodeId(), each.id().incarnation());
        boolean isAlone = isNew || desk.fates().isExcluded(coordinator);
        if (isDue(new Key(each.id(), owned.id(), owned.epoch(), false), isAlone)) {
          ask(owned, each.id(), each.home());
        }
      }
      for (OwnedPartition.Unlearned each : owned.unlearned()) {
        if (isDue(new Key(each.id(), owned.id(), owned.epoch(), true), isNew)) {
          tell(owned.id(), each);
        }
      }
    }
    open.values().removeIf(each -> !each.isSeen);
  }

  private List<OwnedPartition> owned() {
    List<OwnedPartition> found = new ArrayList<>();
    for (PartitionInfo info : new TreeMap<>(desk.context().configuration().partitions()).values()) {
      OwnedPartition owned = desk.context().owned(info.id());
      if (owned != null) {
        found.add(owned);
      }
    }
    return found;
  }

  private boolean isDue(Key key, boolean atOnce) {
    long nowNs = desk.context().loop().bootNs();
    Open found = open.computeIfAbsent(key, k -> new Open(nowNs));
    found.isSeen = true;
    boolean isOld = atOnce || nowNs - found.sinceNs >= PATIENCE_NS;
    boolean isAsked = found.askedNs != Long.MIN_VALUE && nowNs - found.askedNs < AGAIN_NS;
    if (!isOld || isAsked) {
      return false;
    }
    found.askedNs = nowNs;
    return true;
  }

  private void ask(OwnedPartition owned, TransactionId id, int home) {
    desk.counters().count(ClusterCounter.IN_DOUBT_ASKED);
    if (home == owned.id()) {
      // It decides itself, by this question, if nothing is decided (9.2).
      owned.resolve(
          id,
          (outcome, stamp) -> {
            if (outcome == Outcome.LOST) {
              owned.outcomeLost(id);
            }
          });
    } else if (desk.fates().isGone(home)) {
      participant.decided(owned, id, home, Outcome.EXPIRED);
    } else {
      Route route = desk.owners().route(home);
      if (route != null) {
        desk.deliver(route, new Resolve(id, home, route.epoch()));
      }
    }
  }

  private void tell(int home, OwnedPartition.Unlearned unlearned) {
    for (int partition : unlearned.participants()) {
      Route route = desk.owners().route(partition);
      if (route != null) {
        desk.deliver(route, new Decided(unlearned.id(), partition, home, Outcome.COMMIT));
      } else if (desk.fates().isGone(partition)) {
        forget(home, unlearned.id(), partition);
      }
    }
  }

  /** What is gone needs to learn nothing. */
  private void forget(int home, TransactionId id, int participantGone) {
    OwnedPartition owned = desk.context().owned(home);
    if (owned != null) {
      owned.learned(id, participantGone);
    }
  }

  /** A home has answered: whatever is prepared here under that id and home ends. */
  void resolved(Resolved answer) {
    for (OwnedPartition owned : owned()) {
      if (owned.id() != answer.partition() && isPrepared(owned, answer)) {
        desk.counters().count(ClusterCounter.IN_DOUBT_RESOLVED);
        participant.decided(owned, answer.id(), answer.partition(), answer.outcome());
      }
    }
  }

  private boolean isPrepared(OwnedPartition owned, Resolved answer) {
    return open.containsKey(new Key(answer.id(), owned.id(), owned.epoch(), false))
        && owned.inDoubt().stream()
            .anyMatch(each -> each.id().equals(answer.id()) && each.home() == answer.partition());
  }
}
