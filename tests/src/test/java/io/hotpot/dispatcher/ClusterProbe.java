package io.hotpot.dispatcher;

import io.hotpot.replication.ClusterCounter;
import io.hotpot.replication.Configuration;
import io.hotpot.replication.Peer;
import io.hotpot.store.spi.HeldParts;
import io.hotpot.store.spi.OwnedPartition;
import io.hotpot.store.spi.RemoteCopy;
import java.util.List;

/** Looks into a node without taking part: what it serves, and what it holds. */
public final class ClusterProbe {

  private final ClusterNode node;

  public ClusterProbe(ClusterNode node) {
    this.node = node;
  }

  public Peer self() {
    return node.self();
  }

  public Configuration configuration() {
    return node.configuration();
  }

  /** Whether it would answer for what it serves now: it has a lease that is not over. */
  public boolean holdsLease() {
    return !self().equals(Peer.STRANGER)
        && node.protocol().loop().bootNs() < node.protocol().leaseEndNs();
  }

  /** A partition that it owns and serves; null: it does not. */
  public OwnedPartition owned(int partition) {
    return node.protocol().owned(partition);
  }

  /** What it has counted since it started. */
  public long counted(ClusterCounter counter) {
    return node.protocol().counters().get(counter);
  }

  /** Up to where a log that it owns is settled; -1: it does not own it. */
  public long settledTo(int partition) {
    return node.protocol().settledTo(partition);
  }

  public HeldParts parts() {
    return node.parts();
  }

  /** Why the dispatcher does not let it in; null: it did not say so. */
  public String refusal() {
    return node.protocol().refusal();
  }

  /** Valid copies of what others own. */
  public List<RemoteCopy> copies() {
    return node.copies().copies();
  }

  /** Gives a partition to another node, if this one serves it and the other one has a copy. */
  public void migrate(int partition, int target) {
    node.protocol().loop().execute(() -> node.protocol().migrate(partition, target, outcome -> {}));
  }

  /** Heals what is damaged in its copy of a partition's log, from those of others. */
  public void heal(int partition, long address) {
    node.protocol().loop().execute(() -> node.protocol().heal(partition, address, isHealed -> {}));
  }
}
