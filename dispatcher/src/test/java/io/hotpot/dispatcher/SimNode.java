package io.hotpot.dispatcher;

import io.hotpot.replication.ClusterCounters;
import io.hotpot.replication.Configuration;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.CopyMessage;
import io.hotpot.replication.CopyMessage.Fetch;
import io.hotpot.replication.CopyMessage.Invalidated;
import io.hotpot.replication.CopyMessage.NotServed;
import io.hotpot.replication.MembershipMessage;
import io.hotpot.replication.Message;
import io.hotpot.replication.NodeContext;
import io.hotpot.replication.NodeLoop;
import io.hotpot.replication.Peer;
import io.hotpot.replication.SharerSide;
import io.hotpot.store.spi.OwnedPartition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongFunction;

/** One life of a node: its loop, its view of the cluster, and the parts under test. */
final class SimNode implements NodeContext, NodeLoop {

  final World world;
  private final long skewMs;
  Peer self;
  Configuration configuration;
  final Map<Integer, SimPartition> owned = new TreeMap<>();
  private final ClusterCounters counters = new ClusterCounters();
  private final List<Runnable> listeners = new ArrayList<>();
  final SharerSide sharer;
  final CommitDispatcher dispatcher;
  boolean isDead;

  /** Nobody hears it, and it hears nobody; it lives on until its lease has run out, and longer. */
  boolean isIsolated;

  long leaseEndNs = Long.MAX_VALUE;

  SimNode(World world, Peer self, long skewMs, long cacheBytes) {
    this.world = world;
    this.self = self;
    this.skewMs = skewMs;
    this.configuration = world.configuration;
    this.sharer = new SharerSide(this, cacheBytes);
    this.dispatcher = new CommitDispatcher(this, sharer);
    dispatcher.begin();
  }

  int id() {
    return self.nodeId();
  }

  void configured(Configuration newer) {
    if (newer.version() <= configuration.version()) {
      return;
    }
    Configuration before = configuration;
    configuration = newer;
    for (PartitionInfo info : newer.partitions().values()) {
      PartitionInfo old = before.partitions().get(info.id());
      if (old == null || old.epoch() != info.epoch()) {
        sharer.dropPartition(info.id(), info.epoch());
      }
    }
    newer
        .nodes()
        .values()
        .forEach(
            node -> {
              Configuration.Node old = before.nodes().get(node.id());
              boolean isGone =
                  node.status() == Configuration.NodeStatus.EXCLUDED
                      || (old != null && old.incarnation() != node.incarnation());
              if (isGone) {
                List.copyOf(owned.values()).forEach(each -> each.sharers.holdsNothing(node.id()));
              }
            });
    changed();
  }

  void changed() {
    List.copyOf(listeners).forEach(Runnable::run);
  }

  void sessionBegan(Peer peer, long session) {
    List.copyOf(owned.values()).forEach(each -> each.sharers.holdsNothing(peer.nodeId()));
    sharer.sessionBegan(peer, session);
    dispatcher.sessionBegan(peer, session);
  }

  void sessionEnded(Peer peer, long session) {
    sharer.sessionEnded(peer, session);
    dispatcher.sessionEnded(peer, session);
  }

  void received(Peer peer, long session, Message message) {
    if (message instanceof CopyMessage copy && isForOwner(peer, copy)) {
      return;
    }
    boolean isTaken =
        sharer.handle(peer, session, message) || dispatcher.handle(peer, session, message);
    if (!isTaken) {
      throw new AssertionError("nobody takes " + message);
    }
  }

  private boolean isForOwner(Peer peer, CopyMessage message) {
    switch (message) {
      case Fetch fetch -> {
        SimPartition partition = owned.get(fetch.partition());
        if (partition == null || partition.epoch != fetch.epoch()) {
          PartitionInfo info = configuration.partitions().get(fetch.partition());
          send(peer.nodeId(), new NotServed(fetch.fetch(), fetch.partition(), info.epoch()));
        } else {
          partition.sharers.fetch(peer.nodeId(), fetch);
        }
      }
      case Invalidated invalidated -> {
        SimPartition partition = owned.get(invalidated.partition());
        if (partition != null && partition.epoch == invalidated.epoch()) {
          partition.sharers.acknowledged(peer.nodeId(), invalidated.round());
        }
      }
      case CopyMessage.Evicted evicted -> {}
      default -> {
        return false;
      }
    }
    return true;
  }

  @Override
  public NodeLoop loop() {
    return this;
  }

  @Override
  public Peer self() {
    return self;
  }

  @Override
  public Configuration configuration() {
    return configuration;
  }

  @Override
  public long leaseEndNs() {
    return leaseEndNs;
  }

  @Override
  public boolean send(int nodeId, Message message) {
    return world.send(this, nodeId, message);
  }

  @Override
  public void ask(LongFunction<MembershipMessage> message, Consumer<MembershipMessage> answer) {
    world.ask(this, message.apply(1), answer);
  }

  @Override
  public void forget(long request) {}

  @Override
  public void refresh(Runnable then) {
    after(
        1_000_000,
        () -> {
          configured(world.configuration);
          then.run();
        });
  }

  @Override
  public OwnedPartition owned(int partition) {
    return owned.get(partition);
  }

  @Override
  public ClusterCounters counters() {
    return counters;
  }

  @Override
  public void whenChanged(Runnable listener) {
    listeners.add(listener);
  }

  @Override
  public void execute(Runnable task) {
    after(0, task);
  }

  @Override
  public Timer after(long delayNs, Runnable task) {
    boolean[] isCancelled = new boolean[1];
    world.after(
        delayNs,
        () -> {
          if (!isDead && !isCancelled[0]) {
            task.run();
          }
        });
    return () -> isCancelled[0] = true;
  }

  @Override
  public long bootNs() {
    return world.nowNs;
  }

  @Override
  public long wallMs() {
    return 1_000_000 + world.nowNs / 1_000_000 + skewMs;
  }

  @Override
  public boolean isCurrent() {
    return false;
  }
}
