package io.hotpot.replication;

import io.hotpot.replication.Configuration.DatasetInfo;
import io.hotpot.replication.Configuration.NodeStatus;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Configuration.PartitionStatus;
import io.hotpot.store.TransactionMode;
import io.hotpot.store.spi.OwnedPartition;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongFunction;

/**
 * Node 1 with its loop, and no other node: what it sends is kept, what others say is said by the
 * test. Nodes 2 and 3 own partitions 2 and 3.
 */
final class LonelyNode implements NodeContext, NodeLoop {

  /** What was sent. */
  record Sent(int to, Message message) {}

  final List<Sent> sent = new ArrayList<>();
  private final Deque<Runnable> tasks = new ArrayDeque<>();
  private final TreeMap<Long, List<Runnable>> timers = new TreeMap<>();
  private final ClusterCounters counters = new ClusterCounters();
  private final List<Runnable> listeners = new ArrayList<>();
  Peer self = new Peer(1, 1);
  long nowNs;
  long leaseEndNs = Long.MAX_VALUE;
  Configuration configuration = configuration(1, 1);

  static Configuration configuration(long version, int epochOfTwo) {
    Map<Integer, Configuration.Node> nodes = new TreeMap<>();
    for (int id = 1; id <= 3; id++) {
      nodes.put(
          id,
          new Configuration.Node(
              id, 1, new Fabric.Address("node" + id, 1), 1 << 30, NodeStatus.MEMBER));
    }
    Map<Integer, PartitionInfo> partitions = new TreeMap<>();
    partitions.put(2, partition(2, epochOfTwo, 2));
    partitions.put(3, partition(3, 1, 3));
    DatasetInfo dataset = new DatasetInfo(1, "numbers", TransactionMode.MRMW, 1, 1, 2, false);
    return new Configuration(version, 7, nodes, Map.of(1, dataset), partitions);
  }

  private static PartitionInfo partition(int id, int epoch, int owner) {
    return new PartitionInfo(
        id, 1, epoch, 1, owner, List.of(owner), List.of(), PartitionStatus.SERVING);
  }

  void configured(Configuration newer) {
    configuration = newer;
    changed();
  }

  void changed() {
    List.copyOf(listeners).forEach(Runnable::run);
  }

  /** Runs what is due after so many nanoseconds. */
  void pass(long ns) {
    long endNs = nowNs + ns;
    runTasks();
    while (!timers.isEmpty() && timers.firstKey() <= endNs) {
      nowNs = timers.firstKey();
      timers.pollFirstEntry().getValue().forEach(Runnable::run);
      runTasks();
    }
    nowNs = endNs;
  }

  private void runTasks() {
    while (!tasks.isEmpty()) {
      tasks.poll().run();
    }
  }

  /** The messages that were sent to a node since this was last asked. */
  List<Message> takeSent(int to) {
    List<Message> found = sent.stream().filter(each -> each.to() == to).map(Sent::message).toList();
    sent.removeIf(each -> each.to() == to);
    return found;
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
    sent.add(new Sent(nodeId, message));
    return true;
  }

  @Override
  public void ask(LongFunction<MembershipMessage> message, Consumer<MembershipMessage> answer) {
    throw new UnsupportedOperationException("there is no dispatcher");
  }

  @Override
  public void forget(long request) {}

  @Override
  public void refresh(Runnable then) {
    throw new UnsupportedOperationException("there is no dispatcher");
  }

  @Override
  public OwnedPartition owned(int partition) {
    return null;
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
    tasks.add(task);
  }

  @Override
  public Timer after(long delayNs, Runnable task) {
    timers.computeIfAbsent(nowNs + delayNs, at -> new ArrayList<>()).add(task);
    return () -> timers.values().forEach(each -> each.remove(task));
  }

  @Override
  public long bootNs() {
    return nowNs;
  }

  @Override
  public long wallMs() {
    return nowNs / 1_000_000;
  }

  @Override
  public boolean isCurrent() {
    return true;
  }
}
