package io.hotpot.replication;

import io.hotpot.store.spi.OwnedPartition;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Gives partitions that this node owns to the node that commits most in them (PROTOCOL 12.6): the
 * one that has made more than 60 % of the last 4,096 commits of a partition, for 10 s. A partition
 * moves once in ten leases at most: a new owner counts from when it began to serve. Off unless it
 * is switched on.
 *
 * <p>Confined to the loop.
 */
public final class MigrationPolicy {

  /** How many commits are looked at. */
  static final int WINDOW = 4096;

  /** More than so many of them make a node the one that uses the partition. */
  static final int SHARE = WINDOW * 60 / 100;

  /** How long it must have been so. */
  static final long HOLDS_NS = 10_000_000_000L;

  /** In leases: how long a partition stays. */
  static final int STAYS_LEASES = 10;

  /** The way to give a partition away. */
  public interface Migrating {
    void migrate(int partition, int target, Consumer<MigrationOutcome> done);
  }

  /** Who has committed in a partition lately, in the epoch that this node owns. */
  private static final class Usage {
    final int epoch;
    long movedNs;
    private final Map<Integer, Integer> counts = new TreeMap<>();
    private int @Nullable [] lately;
    private int next;
    private boolean isFull;

    /** Who has more than the share, and since when; 0: nobody. */
    private int user;

    private long userSinceNs;
    private boolean isPutOff;

    Usage(int epoch, long nowNs) {
      this.epoch = epoch;
      this.movedNs = nowNs;
    }

    void committed(int node) {
      int[] ring = lately;
      if (ring == null) {
        ring = new int[WINDOW];
        lately = ring;
      }
      if (isFull) {
        counts.merge(ring[next], -1, Integer::sum);
      }
      counts.merge(node, 1, Integer::sum);
      ring[next] = node;
      next = (next + 1) % WINDOW;
      isFull |= next == 0;
    }

    /** Notes who has more than the share now. */
    void look(long nowNs) {
      int heaviest = 0;
      for (Map.Entry<Integer, Integer> each : counts.entrySet()) {
        if (isFull && each.getValue() > SHARE) {
          heaviest = each.getKey();
        }
      }
      if (heaviest != user) {
        user = heaviest;
        userSinceNs = nowNs;
        isPutOff = false;
      }
    }
  }

  private final NodeContext context;
  private final long leaseNs;
  private final Migrating migrating;
  private final Map<Integer, Usage> usages = new TreeMap<>();
  private boolean isOn;
  private boolean isTimed;

  public MigrationPolicy(NodeContext context, long leaseNs, Migrating migrating) {
    this.context = context;
    this.leaseNs = leaseNs;
    this.migrating = migrating;
  }

  /** Switches it; what was seen before it was off counts for nothing. */
  public void set(boolean on) {
    isOn = on;
    usages.clear();
    tickLater();
  }

  /** A node's transaction has committed in a partition that this node owns. */
  public void committed(int partition, int node) {
    OwnedPartition owned = isOn ? context.owned(partition) : null;
    if (owned != null) {
      usage(owned).committed(node);
    }
  }

  private Usage usage(OwnedPartition owned) {
    Usage present = usages.get(owned.id());
    if (present != null && present.epoch == owned.epoch()) {
      return present;
    }
    Usage made = new Usage(owned.epoch(), context.loop().bootNs());
    usages.put(owned.id(), made);
    return made;
  }

  private void tickLater() {
    if (isOn && !isTimed) {
      isTimed = true;
      context
          .loop()
          .after(
              leaseNs / 4,
              () -> {
                isTimed = false;
                tick();
                tickLater();
              });
    }
  }

  private void tick() {
    if (!isOn) {
      return;
    }
    for (int id : new TreeMap<>(context.configuration().partitions()).keySet()) {
      OwnedPartition owned = context.owned(id);
      if (owned == null) {
        usages.remove(id);
      } else {
        look(id, usage(owned));
      }
    }
    usages.keySet().retainAll(context.configuration().partitions().keySet());
  }

  private void look(int partition, Usage usage) {
    long nowNs = context.loop().bootNs();
    usage.look(nowNs);
    int user = usage.user;
    if (user == 0
        || user == context.self().nodeId()
        || usage.isPutOff
        || nowNs - usage.userSinceNs < HOLDS_NS) {
      return;
    }
    if (nowNs - usage.movedNs < STAYS_LEASES * leaseNs) {
      context.counters().count(ClusterCounter.POLICY_TOO_SOON);
      usage.isPutOff = true;
      long leftNs = STAYS_LEASES * leaseNs - (nowNs - usage.movedNs);
      context.loop().after(leftNs, () -> usage.isPutOff = false);
      return;
    }
    usage.movedNs = nowNs;
    migrating.migrate(partition, user, outcome -> {});
  }
}
