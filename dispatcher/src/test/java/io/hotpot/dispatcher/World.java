package io.hotpot.dispatcher;

import io.hotpot.dispatcher.SimLog.CommitEntry;
import io.hotpot.replication.Configuration;
import io.hotpot.replication.Configuration.DatasetInfo;
import io.hotpot.replication.Configuration.NodeStatus;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Configuration.PartitionStatus;
import io.hotpot.replication.CopyMessage;
import io.hotpot.replication.Fabric;
import io.hotpot.replication.MembershipMessage;
import io.hotpot.replication.Message;
import io.hotpot.replication.Peer;
import io.hotpot.replication.TransactionMessage;
import io.hotpot.store.TransactionMode;
import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.TransactionId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * A cluster in one thread and virtual time. Messages take a drawn time and keep their order within
 * a session and lane; sessions and nodes are lost; a lost node's partitions go to another one with
 * all that was settled and a drawn part of the rest.
 */
final class World {

  private record Event(long atNs, long number, Runnable task) {}

  private static final class Session {
    final long number;
    boolean isOpen;

    /** Both ends know that it is over. */
    boolean isForgotten;

    final Map<String, Long> lastArrivalNs = new TreeMap<>();

    Session(long number) {
      this.number = number;
    }
  }

  final Random random;
  final Bug bug;
  long nowNs;
  Configuration configuration;
  final TreeMap<Integer, SimNode> nodes = new TreeMap<>();
  final TreeMap<Integer, SimLog> logs = new TreeMap<>();
  final Map<TransactionId, Outcome> outcomes = new TreeMap<>();
  long cacheBytes = 1 << 20;

  /** Whether lost nodes are excluded and come back. */
  boolean excludes = true;

  /** Whether a replica does not answer for a while, now and then. */
  boolean hasSlowReplicas = true;

  /** How many copies of a partition are in step; as many as anybody wants, if it is not here. */
  final Map<Integer, Integer> inStep = new TreeMap<>();

  /** Run before each message is delivered, with its number. */
  Consumer<Long> beforeMessage = number -> {};

  long messages;

  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::atNs).thenComparingLong(Event::number));
  private long lastEvent;
  private long lastSession;
  private final Map<Long, Session> sessions = new TreeMap<>();
  private final TreeSet<String> fetching = new TreeSet<>();

  /** Promotions that wait until all members know of them: partition to epoch. */
  private final TreeMap<Integer, Long> promotions = new TreeMap<>();

  World(long seed, Bug bug, int nodeCount, int partitionCount, int ownerCount) {
    random = new Random(seed);
    this.bug = bug;
    Map<Integer, Configuration.Node> members = new TreeMap<>();
    for (int id = 1; id <= nodeCount; id++) {
      members.put(id, member(id, 1, NodeStatus.MEMBER));
    }
    Map<Integer, PartitionInfo> partitions = new TreeMap<>();
    for (int id = 1; id <= partitionCount; id++) {
      int owner = (id - 1) % ownerCount + 1;
      partitions.put(id, partition(id, 1, owner));
      logs.put(id, new SimLog(id));
    }
    DatasetInfo dataset = new DatasetInfo(1, "accounts", TransactionMode.MRMW, 2, 1, 1, false);
    configuration = new Configuration(1, 7, members, Map.of(1, dataset), partitions);
    for (int id = 1; id <= nodeCount; id++) {
      nodes.put(id, newNode(new Peer(id, 1)));
    }
  }

  /** Objects that are there from the start. */
  void begin(Map<Long, byte[]> objects) {
    objects.forEach(
        (id, payload) -> {
          SimLog log = logs.get((int) (id >>> 46));
          TransactionId first = new TransactionId(0, 1, log.entries.size() + 1);
          log.entries.add(
              new CommitEntry(
                  first, 1, List.of(new ObjectWrite(id, ObjectWrite.Kind.INSERT, payload))));
        });
    for (PartitionInfo info : configuration.partitions().values()) {
      SimNode owner = nodes.get(info.owner());
      owner.owned.put(info.id(), new SimPartition(this, owner, logs.get(info.id()), info.epoch()));
    }
    nodes.values().forEach(SimNode::changed);
    connectAll();
  }

  static long objectId(int partition, int slot) {
    return (long) partition << 46 | 1L << 30 | slot;
  }

  private SimNode newNode(Peer self) {
    return new SimNode(this, self, draw(0, 30), cacheBytes);
  }

  private static Configuration.Node member(int id, int incarnation, NodeStatus status) {
    return new Configuration.Node(
        id, incarnation, new Fabric.Address("node" + id, 1), 1 << 30, status);
  }

  private static PartitionInfo partition(int id, int epoch, int owner) {
    return new PartitionInfo(
        id, 1, epoch, 1, owner, List.of(owner), List.of(), PartitionStatus.SERVING);
  }

  long draw(long from, long to) {
    return from + (long) (random.nextDouble() * (to - from));
  }

  void after(long delayNs, Runnable task) {
    events.add(new Event(nowNs + delayNs, ++lastEvent, task));
  }

  boolean step() {
    Event next = events.poll();
    if (next == null) {
      return false;
    }
    nowNs = next.atNs();
    next.task().run();
    return true;
  }

  void runUntil(long endNs) {
    while (!events.isEmpty() && events.peek().atNs() <= endNs) {
      step();
    }
    nowNs = endNs;
  }

  boolean isMember(int node) {
    return configuration.nodes().get(node).status() == NodeStatus.MEMBER;
  }

  /** Notes an outcome that somebody was told; all are told the same. */
  void told(TransactionId id, Outcome outcome) {
    Outcome before = outcomes.put(id, outcome);
    if (before != null && before != outcome) {
      throw new AssertionError(id + " is " + before + " and " + outcome);
    }
  }

  // ---- sessions ----

  private static long pair(int a, int b) {
    return (long) Math.min(a, b) << 32 | Math.max(a, b);
  }

  boolean send(SimNode from, int toId, Message message) {
    Session session = sessions.get(pair(from.id(), toId));
    if (session == null || !session.isOpen || from.isDead || from.isIsolated) {
      return false;
    }
    // The order of grants and invalidations must not matter (7.4).
    boolean isGrant = message instanceof CopyMessage.Copy || message instanceof CopyMessage.Absent;
    String lane = from.id() + " " + (isGrant ? "GRANT" : message.lane());
    long arrivalNs =
        Math.max(nowNs + draw(20_000, 3_000_000), session.lastArrivalNs.getOrDefault(lane, 0L) + 1);
    session.lastArrivalNs.put(lane, arrivalNs);
    Peer sender = from.self;
    after(arrivalNs - nowNs, () -> arrive(session, sender, toId, message));
    return true;
  }

  private void arrive(Session session, Peer sender, int toId, Message message) {
    if (session.isOpen) {
      messages++;
      beforeMessage.accept(messages);
    }
    SimNode to = nodes.get(toId);
    if (session.isOpen && to != null && !to.isDead && !planted(sender, to, message)) {
      to.received(sender, session.number, message);
    }
  }

  /** Does what a node with the planted bug would do; false: nothing. */
  private boolean planted(Peer sender, SimNode to, Message message) {
    switch (message) {
      case CopyMessage.Fetch fetch -> fetching.add(sender.nodeId() + " " + fetch.objectId());
      case CopyMessage.Copy copy -> fetching.remove(to.id() + " " + copy.objectId());
      case CopyMessage.Invalidate invalidate -> {
        boolean isInFlight = fetching.contains(to.id() + " " + invalidate.objectIds()[0]);
        if (bug == Bug.SKIP_INVALIDATION || (bug == Bug.INSTALL_POISONED && isInFlight)) {
          to.send(
              sender.nodeId(),
              new CopyMessage.Invalidated(
                  invalidate.partition(), invalidate.epoch(), invalidate.round()));
          return true;
        }
      }
      case TransactionMessage.Resolve resolve
          when bug == Bug.RETRY_WITHOUT_RESOLVING && resolve.id().nodeId() == sender.nodeId() ->
          nodes
              .get(sender.nodeId())
              .received(
                  to.self,
                  sessions.get(pair(to.id(), sender.nodeId())).number,
                  new TransactionMessage.Resolved(
                      resolve.id(), resolve.partition(), Outcome.ABORT, 0));
      case TransactionMessage.Wound _ when bug == Bug.IGNORE_WOUND -> {
        return true;
      }
      case TransactionMessage.Acquire acquire when bug == Bug.GRANT_WHILE_HELD -> {
        to.send(
            sender.nodeId(),
            new TransactionMessage.Acquired(
                acquire.request(), acquire.partition(), acquire.epoch()));
        return true;
      }
      default -> {}
    }
    return false;
  }

  private void connectAll() {
    for (int a : nodes.keySet()) {
      for (int b : nodes.tailMap(a, false).keySet()) {
        connect(a, b);
      }
    }
  }

  private void connect(int a, int b) {
    SimNode first = nodes.get(a);
    SimNode second = nodes.get(b);
    Session present = sessions.get(pair(a, b));
    boolean canOpen =
        first != null
            && second != null
            && !first.isDead
            && !second.isDead
            && !first.isIsolated
            && !second.isIsolated
            && (present == null || present.isForgotten)
            && knows(first, second.self)
            && knows(second, first.self);
    if (canOpen) {
      Session session = new Session(++lastSession);
      session.isOpen = true;
      sessions.put(pair(a, b), session);
      first.sessionBegan(second.self, session.number);
      second.sessionBegan(first.self, session.number);
    }
  }

  private static boolean knows(SimNode node, Peer peer) {
    Configuration.Node known = node.configuration.nodes().get(peer.nodeId());
    return known.peer().equals(peer) && known.status() == NodeStatus.MEMBER;
  }

  /** Loses the session of two nodes; each hears of it in its own time, then it is opened anew. */
  void disconnect(int a, int b) {
    Session session = sessions.get(pair(a, b));
    if (session == null || !session.isOpen) {
      return;
    }
    session.isOpen = false;
    SimNode first = nodes.get(a);
    SimNode second = nodes.get(b);
    // Who is cut off hears of it too late; who comes back is another node.
    long firstNs = first.isIsolated ? 3_400_000_000L : draw(0, 20_000_000);
    long secondNs = second.isIsolated ? 3_400_000_000L : draw(0, 20_000_000);
    long bothNs = Math.min(20_000_000, Math.max(firstNs, secondNs));
    after(firstNs, () -> ended(first, second.self, session.number));
    after(secondNs, () -> ended(second, first.self, session.number));
    after(bothNs, () -> session.isForgotten = true);
    after(bothNs + draw(1, 30_000_000), () -> connect(a, b));
  }

  private static void ended(SimNode node, Peer peer, long session) {
    if (!node.isDead) {
      node.sessionEnded(peer, session);
    }
  }

  // ---- membership ----

  void crash(int id) {
    SimNode node = nodes.get(id);
    if (node == null || node.isDead || node.isIsolated) {
      return;
    }
    node.isDead = true;
    for (int other : List.copyOf(nodes.keySet())) {
      if (other != id) {
        disconnect(id, other);
      }
    }
    if (excludes) {
      after(draw(300_000_000, 2_300_000_000L), () -> exclude(node));
    }
  }

  /** A node that crashed while {@link #excludes} was off is excluded after all. */
  void excludeCrashed(int id) {
    exclude(nodes.get(id));
  }

  /** Cuts a node off; it is excluded when its lease has run out, and knows nothing of it. */
  void isolate(int id) {
    SimNode node = nodes.get(id);
    if (node == null || node.isDead || node.isIsolated) {
      return;
    }
    node.isIsolated = true;
    node.leaseEndNs = nowNs + draw(0, 2_000_000_000L);
    for (int other : List.copyOf(nodes.keySet())) {
      if (other != id) {
        disconnect(id, other);
      }
    }
    after(node.leaseEndNs - nowNs + draw(1, 100_000_000), () -> exclude(node));
    after(3_500_000_000L, () -> node.isDead = true);
  }

  long living() {
    return nodes.values().stream().filter(node -> !node.isDead && !node.isIsolated).count();
  }

  private void exclude(SimNode node) {
    nodes.remove(node.id(), node);
    Map<Integer, Configuration.Node> members = new TreeMap<>(configuration.nodes());
    members.put(node.id(), member(node.id(), node.self.incarnation(), NodeStatus.EXCLUDED));
    Map<Integer, PartitionInfo> partitions = new TreeMap<>(configuration.partitions());
    List<Integer> owners =
        nodes.values().stream().filter(n -> !n.isDead && !n.isIsolated).map(SimNode::id).toList();
    for (PartitionInfo info : configuration.partitions().values()) {
      if (info.owner() == node.id()) {
        SimLog log = logs.get(info.id());
        log.cut((int) draw(0, log.entries.size() - log.settled + 1));
        int owner = owners.get(random.nextInt(owners.size()));
        partitions.put(info.id(), partition(info.id(), info.epoch() + 1, owner));
        promotions.put(info.id(), configuration.version() + 1);
      }
    }
    reconfigure(members, partitions);
    List.copyOf(node.owned.values()).forEach(SimPartition::depose);
    after(draw(200_000_000, 1_500_000_000), () -> rejoin(node));
  }

  private void rejoin(SimNode before) {
    Map<Integer, Configuration.Node> members = new TreeMap<>(configuration.nodes());
    Peer self = new Peer(before.id(), before.self.incarnation() + 1);
    members.put(self.nodeId(), member(self.nodeId(), self.incarnation(), NodeStatus.MEMBER));
    reconfigure(members, configuration.partitions());
    nodes.put(self.nodeId(), newNode(self));
    whenJoined.accept(nodes.get(self.nodeId()));
  }

  /** Told of each node that has come back. */
  Consumer<SimNode> whenJoined = node -> {};

  /** Hands a partition to another node, with what is appended and not settled. */
  void migrate(int partition, int target) {
    PartitionInfo info = configuration.partitions().get(partition);
    SimNode owner = nodes.get(info.owner());
    SimNode next = nodes.get(target);
    if (owner == null
        || owner.isDead
        || next == null
        || next.isDead
        || target == info.owner()
        || !owner.owned.containsKey(partition)) {
      return;
    }
    owner.owned.remove(partition).depose();
    Map<Integer, PartitionInfo> partitions = new TreeMap<>(configuration.partitions());
    partitions.put(partition, partition(partition, info.epoch() + 1, target));
    promotions.put(partition, configuration.version() + 1);
    owner.changed();
    reconfigure(configuration.nodes(), partitions);
  }

  /** Makes a partition of dataset 1, as the dispatcher does. */
  void create(int partition, int owner) {
    Map<Integer, PartitionInfo> partitions = new TreeMap<>(configuration.partitions());
    partitions.put(partition, partition(partition, 1, owner));
    logs.put(partition, new SimLog(partition));
    promotions.put(partition, configuration.version() + 1);
    reconfigure(configuration.nodes(), partitions);
  }

  /** Gives the dataset a name, or drops it. */
  void rename(String name, boolean isDropped) {
    DatasetInfo dataset = new DatasetInfo(1, name, TransactionMode.MRMW, 2, 1, 1, isDropped);
    reconfigure(configuration.nodes(), configuration.partitions(), Map.of(1, dataset));
  }

  private void reconfigure(
      Map<Integer, Configuration.Node> members, Map<Integer, PartitionInfo> partitions) {
    reconfigure(members, partitions, configuration.datasets());
  }

  private void reconfigure(
      Map<Integer, Configuration.Node> members,
      Map<Integer, PartitionInfo> partitions,
      Map<Integer, DatasetInfo> datasets) {
    Configuration next =
        new Configuration(configuration.version() + 1, 7, members, datasets, partitions);
    configuration = next;
    for (SimNode node : nodes.values()) {
      after(draw(1_000_000, 40_000_000), () -> configure(node, next));
    }
    after(45_000_000, this::promote);
  }

  private void configure(SimNode node, Configuration next) {
    if (!node.isDead && !node.isIsolated) {
      node.configured(next);
      nodes
          .keySet()
          .forEach(
              other -> {
                if (other != node.id()) {
                  connect(node.id(), other);
                }
              });
      promote();
    }
  }

  /** Lets owners serve whose epoch all members have seen, or who are excluded (10.5). */
  private void promote() {
    for (int id : List.copyOf(promotions.keySet())) {
      PartitionInfo info = configuration.partitions().get(id);
      long version = promotions.get(id);
      boolean isSeen =
          nodes.values().stream()
              .filter(node -> isMember(node.id()))
              .allMatch(node -> !node.isDead && node.configuration.version() >= version);
      SimNode owner = nodes.get(info.owner());
      if (isSeen && owner != null && !owner.isDead) {
        promotions.remove(id);
        SimPartition partition = new SimPartition(this, owner, logs.get(id), info.epoch());
        owner.owned.put(id, partition);
        partition.serve();
        owner.changed();
      }
    }
  }

  /** What the dispatcher answers. */
  final List<MembershipMessage> asked = new ArrayList<>();

  void ask(SimNode node, MembershipMessage message, Consumer<MembershipMessage> answer) {
    asked.add(message);
    node.after(1_000_000, () -> answer.accept(answers.apply(message)));
  }

  UnaryOperator<MembershipMessage> answers =
      message -> new MembershipMessage.Refused(1, "nothing is asked here");

  // ---- checks ----

  /** Nothing is left of any transaction. */
  void checkQuiet() {
    for (PartitionInfo info : configuration.partitions().values()) {
      SimNode owner = nodes.get(info.owner());
      SimPartition partition = owner == null ? null : owner.owned.get(info.id());
      if (partition == null) {
        throw new AssertionError("nobody serves partition " + info.id());
      }
      if (!partition.prepared.isEmpty()
          || !partition.exclusive.isEmpty()
          || !partition.shared.isEmpty()
          || !partition.acquired.isEmpty()
          || !partition.sharedLocks.isEmpty()
          || !partition.unlearned.isEmpty()) {
        throw new AssertionError(
            "partition "
                + info.id()
                + " - prepared="
                + partition.prepared.keySet()
                + ", exclusive="
                + partition.exclusive
                + ", shared="
                + partition.shared
                + ", acquired="
                + partition.acquired
                + ", shared locks="
                + partition.sharedLocks
                + ", unlearned="
                + partition.unlearned);
      }
    }
    for (SimNode node : nodes.values()) {
      if (node.dispatcher.underWay() != 0) {
        throw new AssertionError("node " + node.id() + " still drives transactions");
      }
      if (node.dispatcher.locks().size() != 0 || node.dispatcher.acquireDesk().partitions() != 0) {
        throw new AssertionError("node " + node.id() + " still has or keeps locks");
      }
    }
  }

  SimPartition served(int partition) {
    return nodes.get(configuration.partitions().get(partition).owner()).owned.get(partition);
  }
}
