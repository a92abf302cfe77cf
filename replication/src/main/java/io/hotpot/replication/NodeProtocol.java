package io.hotpot.replication;

import io.hotpot.replication.Configuration.Node;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.MembershipMessage.EpochSeen;
import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.HeldParts;
import io.hotpot.store.spi.OwnedPartition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The protocol of one node: wires membership and the partitions that it holds, and hands out
 * messages and sessions; what it does not know goes to the handlers that were added.
 *
 * <p>Confined to the loop, but for what {@link NodeContext} says otherwise.
 */
public final class NodeProtocol implements NodeContext, Fabric.Listener, AutoCloseable {

  /**
   * Messages that came before the configuration that they need; beyond, their sender is not
   * believed.
   */
  private static final int MAX_EARLY = 4096;

  private record Early(Peer from, long session, Message message) {}

  private final NodeLoop loop;
  private final Fabric fabric;
  private final HeldParts parts;
  private final HeldCopies copies;
  private final NodeSettings settings;
  private final DispatcherLink dispatcher;
  private final Reachability sessions = new Reachability();
  private final EpochsSeen epochsSeen = new EpochsSeen();
  private final ClusterCounters counters = new ClusterCounters();
  private final Membership membership;
  private final Surroundings surroundings;
  private final SortedMap<Integer, HeldPartition> partitions = new TreeMap<>();
  private final Map<Integer, OwnedPartition> served = new ConcurrentHashMap<>();
  private final OperatorDesk operator = new OperatorDesk(new ForOperator(), this::everyCounter);
  private final List<MessageHandler> handlers = new ArrayList<>();
  private final List<Runnable> listeners = new ArrayList<>();
  private NodeLog log = NodeLog.NONE;
  private List<Early> early = new ArrayList<>();
  private boolean isTellingDue;

  /** Whether the ends of logs are being noted. */
  private boolean isNoting;

  /**
   * @param events is told in a sentence each of what an operator should know
   */
  public NodeProtocol(
      NodeSettings settings,
      NodeLoop loop,
      Fabric fabric,
      HeldParts parts,
      HeldCopies copies,
      MediumThreads threads,
      Consumer<String> events) {
    this.settings = settings;
    this.loop = loop;
    this.fabric = fabric;
    this.parts = parts;
    this.copies = copies;
    List<Integer> ids =
        settings.dispatchers().stream().map(member -> member.peer().nodeId()).toList();
    dispatcher = new DispatcherLink(fabric, ids);
    membership =
        new Membership(
            settings,
            loop,
            fabric,
            parts,
            threads.medium(),
            dispatcher,
            sessions,
            counters,
            events,
            new OfMembership());
    surroundings =
        new Surroundings(
            this,
            settings,
            parts,
            copies,
            fabric,
            new RemoteAccess(fabric.remoteMemory(), events),
            new Flusher(loop, parts, threads.flusher()),
            new BulkWork(loop),
            threads.medium(),
            threads.unhurried(),
            epochsSeen,
            sessions,
            dispatcher::send,
            this::redeliver,
            membership::fence,
            events);
  }

  /** Begins to join. On the loop. */
  public void start() {
    fabric.start(this);
    membership.start();
  }

  /** Leaves the cluster; then the fabric may be closed. On the loop. */
  @Override
  public void close() {
    membership.close();
  }

  /** Adds who answers messages that are about neither logs nor membership, before the start. */
  public void addHandler(MessageHandler handler) {
    handlers.add(handler);
  }

  /**
   * Gives a partition that this node owns to another node of its in-sync set.
   *
   * @param done is told what became of it, once
   */
  public void migrate(int partition, int target, Consumer<MigrationOutcome> done) {
    HeldPartition held = partitions.get(partition);
    if (held == null) {
      counters.count(ClusterCounter.MIGRATION_NOT_SERVED);
      done.accept(
          new MigrationOutcome.Refused(
              ClusterCounter.MIGRATION_NOT_SERVED,
              "this node does not hold partition " + partition));
    } else {
      held.migrate(target, done);
    }
  }

  /**
   * Heals what is damaged in a log that this node holds (13.5).
   *
   * @param address of a batch, or of something in it
   * @param done is told whether it is worthwhile to look again
   */
  public void heal(int partition, long address, Consumer<Boolean> done) {
    HeldPartition held = partitions.get(partition);
    if (held == null) {
      done.accept(false);
    } else {
      held.heal(address, done);
    }
  }

  /**
   * Lists a node as a sharer of an object that it is about to be sent (7.5); to be called before
   * the object is looked at.
   *
   * @param fetch the number by which {@link CopyMessage.Evicted} tells older copies from it
   * @return false if this node does not serve the partition
   */
  public boolean listSharer(int partition, long objectId, int nodeId, long fetch) {
    HeldPartition held = partitions.get(partition);
    OwnedLogSide side = held == null || held.served() == null ? null : held.ownerSide();
    if (side == null) {
      return false;
    }
    side.sharers().add(objectId, nodeId, fetch);
    return true;
  }

  /** What an operator may change in this node, before the start. */
  public void addControls(OperatorControls controls) {
    operator.controls(controls);
  }

  /** Where more than events is told, before the start. */
  public void tellTo(NodeLog more) {
    log = more;
  }

  /** All that this node counts: its store, the cluster, what was said and heard. */
  public Map<String, Long> everyCounter() {
    Map<String, Long> all = new LinkedHashMap<>(parts.counters());
    all.putAll(clusterCounters());
    return all;
  }

  /** What this node counts beside its store. From any thread. */
  public Map<String, Long> clusterCounters() {
    Map<String, Long> all = counters.toMap();
    all.putAll(fabric.traffic().toMap());
    return all;
  }

  private final class ForOperator implements OperatorDesk.Node {

    @Override
    public List<OperatorAnswer.Holding> holdings() {
      return partitions.values().stream().map(HeldPartition::holding).toList();
    }

    @Override
    public List<OperatorAnswer.SessionWith> sessions() {
      List<OperatorAnswer.SessionWith> sessions = new ArrayList<>();
      for (int id : configuration().nodes().keySet()) {
        Fabric.Carrier carrier = fabric.carrier(id);
        if (carrier != null) {
          sessions.add(new OperatorAnswer.SessionWith(id, carrier.carriage(), carrier.reason()));
        }
      }
      return sessions;
    }

    @Override
    public void migrate(int partition, int target, Consumer<MigrationOutcome> done) {
      NodeProtocol.this.migrate(partition, target, done);
    }
  }

  /** What this node is for a partition. */
  PartitionRole role(int partition) {
    HeldPartition held = partitions.get(partition);
    return held == null ? PartitionRole.STRANGER : held.role();
  }

  /** Why the dispatcher does not let this node in; null: it did not say so. From any thread. */
  public @Nullable String refusal() {
    return membership.refusal();
  }

  /**
   * Below it everything in the log of a partition that this node owns is durable here and
   * acknowledged by all who must; -1: it does not own it.
   */
  public long settledTo(int partition) {
    HeldPartition held = partitions.get(partition);
    OwnedLogSide side = held == null ? null : held.ownerSide();
    return side == null ? -1 : side.settledTo();
  }

  // ---- NodeContext

  @Override
  public NodeLoop loop() {
    return loop;
  }

  @Override
  public Peer self() {
    return membership.self();
  }

  @Override
  public Configuration configuration() {
    return membership.configuration();
  }

  @Override
  public long leaseEndNs() {
    return membership.lease().endNs();
  }

  @Override
  public boolean send(int nodeId, Message message) {
    boolean isSent = fabric.send(nodeId, message);
    if (log.tellsMessages()) {
      log.message(
          (isSent ? "to node " : "no session: not to node ") + nodeId + ": " + name(message));
    }
    return isSent;
  }

  @Override
  public void ask(LongFunction<MembershipMessage> message, Consumer<MembershipMessage> answer) {
    dispatcher.ask(message, answer);
  }

  @Override
  public void forget(long request) {
    dispatcher.forget(request);
  }

  @Override
  public void refresh(Runnable then) {
    membership.refresh(then);
  }

  @Override
  public @Nullable OwnedPartition owned(int partition) {
    return served.get(partition);
  }

  @Override
  public ClusterCounters counters() {
    return counters;
  }

  @Override
  public void whenChanged(Runnable listener) {
    listeners.add(listener);
  }

  /** Without what an application has stored. */
  private static String name(Message message) {
    return message instanceof LogMessage ofLog
        ? message.getClass().getSimpleName()
            + ", partition "
            + ofLog.partition()
            + ", epoch "
            + ofLog.epoch()
        : message.getClass().getSimpleName();
  }

  private void partitionChanged(HeldPartition held) {
    if (log.tellsDetails()) {
      log.detail("partition " + held.id() + ": this node is " + held.role());
    }
    OwnedPartition now = held.served();
    if (now == null) {
      served.remove(held.id());
    } else {
      served.put(held.id(), now);
    }
    tellListeners();
  }

  private void tellListeners() {
    if (!isTellingDue) {
      isTellingDue = true;
      loop.execute(
          () -> {
            isTellingDue = false;
            listeners.forEach(Runnable::run);
          });
    }
  }

  // ---- membership

  private final class OfMembership implements Membership.Listener {

    @Override
    public void joined(Peer self) {
      tellListeners();
    }

    @Override
    public void fenced(String reason) {
      partitions.values().forEach(HeldPartition::fenced);
      copies.dropAll();
      epochsSeen.clear();
      early.clear();
      handlers.forEach(MessageHandler::fenced);
      tellListeners();
    }

    @Override
    public void configured(Configuration before, Configuration now) {
      forgetWhoLeft(before, now);
      epochsSeen.forget(before, now);
      dropOldEpochs(before, now);
      configurePartitions(now);
      redeliver();
      tellListeners();
    }

    @Override
    public List<Integer> overdue(long nowNs) {
      SortedSet<Integer> nodes = new TreeSet<>();
      partitions.values().forEach(p -> nodes.addAll(p.overdue(settings.leaseNs(), nowNs)));
      nodes.removeIf(id -> !Members.isPresent(configuration(), id));
      return List.copyOf(nodes);
    }

    @Override
    public void tick() {
      partitions.values().forEach(HeldPartition::tick);
      noteEnds();
    }
  }

  /** Not with each flush: to a disk that would be a second page (13.6). */
  private void noteEnds() {
    if (isNoting || !parts.areEndsToNote()) {
      return;
    }
    isNoting = true;
    surroundings
        .unhurried()
        .execute(
            () -> {
              try {
                parts.noteEnds();
              } finally {
                loop.execute(() -> isNoting = false);
              }
            });
  }

  /** What an excluded incarnation was granted, or has granted, ends here (5.8). */
  private void forgetWhoLeft(Configuration before, Configuration now) {
    for (Node node : Members.present(before)) {
      if (!Members.isPresent(now, node.peer())) {
        copies.dropOwner(node.id());
        parts.excluded(node.id(), node.incarnation());
        partitions.values().forEach(partition -> partition.peerLeft(node.id()));
      }
    }
  }

  /** 7.12: first the copies are dropped, then the new owner is told. */
  private void dropOldEpochs(Configuration before, Configuration now) {
    for (int id : before.partitions().keySet()) {
      if (!now.partitions().containsKey(id)) {
        copies.dropPartition(id, Integer.MAX_VALUE);
      }
    }
    for (PartitionInfo info : sorted(now)) {
      PartitionInfo earlier = before.partitions().get(info.id());
      boolean isNew = earlier == null || earlier.epoch() != info.epoch();
      if (isNew) {
        copies.dropPartition(info.id(), info.epoch());
      }
      if (info.owner() == self().nodeId()) {
        epochsSeen.seen(self(), info.id(), info.epoch());
      } else if (isNew) {
        send(info.owner(), new EpochSeen(info.id(), info.epoch()));
      }
    }
  }

  private static Iterable<PartitionInfo> sorted(Configuration configuration) {
    return new TreeMap<>(configuration.partitions()).values();
  }

  private void configurePartitions(Configuration now) {
    int self = self().nodeId();
    SortedSet<Integer> mine = new TreeSet<>(partitions.keySet());
    for (PartitionInfo info : now.partitions().values()) {
      if (info.owner() == self || info.inSync().contains(self) || info.learners().contains(self)) {
        mine.add(info.id());
      }
    }
    for (HeldLog log : parts.logs()) {
      mine.add(log.partition());
    }
    for (int id : mine) {
      partitions
          .computeIfAbsent(id, p -> new HeldPartition(p, surroundings, this::partitionChanged))
          .configured(now, now.partitions().get(id));
    }
    partitions
        .values()
        .removeIf(p -> !now.partitions().containsKey(p.id()) && parts.log(p.id()) == null);
  }

  // ---- sessions

  @Override
  public void sessionBegan(Peer peer, long session) {
    if (peer.isDispatcher()) {
      membership.dispatcherCame(peer);
      return;
    }
    if (!membership.isMember()) {
      return;
    }
    int id = peer.nodeId();
    counters.count(ClusterCounter.SESSIONS_BEGUN);
    if (log.tellsDetails()) {
      log.detail("session " + session + " with " + peer + " begins");
    }
    sessions.sessionBegan(id, session);
    for (PartitionInfo info : sorted(configuration())) {
      if (info.owner() == id) {
        send(id, new EpochSeen(info.id(), info.epoch()));
      }
    }
    partitions.values().forEach(partition -> partition.sessionBegan(id));
    handlers.forEach(handler -> handler.sessionBegan(peer, session));
  }

  @Override
  public void sessionEnded(Peer peer, long session, String reason) {
    int id = peer.nodeId();
    if (peer.isDispatcher() || sessions.session(id) != session) {
      return;
    }
    counters.count(ClusterCounter.SESSIONS_ENDED);
    if (log.tellsDetails()) {
      log.detail("session " + session + " with " + peer + " has ended: " + reason);
    }
    sessions.sessionEnded(id, session, loop.bootNs());
    copies.dropOwner(id);
    partitions.values().forEach(partition -> partition.sessionEnded(id));
    handlers.forEach(handler -> handler.sessionEnded(peer, session));
  }

  // ---- messages

  @Override
  public void received(Peer peer, long session, Message message) {
    if (log.tellsMessages()) {
      log.message("from " + peer + ": " + name(message));
    }
    if (peer.isDispatcher()) {
      if (message instanceof MembershipMessage ofMembership) {
        membership.received(peer, ofMembership);
      } else if (message instanceof OperatorQuestion question) {
        operator.asked(question, answer -> fabric.send(peer.nodeId(), answer));
      } else {
        fabric.disconnect(peer.nodeId(), "a dispatcher never says " + message.getClass());
      }
    } else if (sessions.session(peer.nodeId()) == session && !take(peer, session, message)) {
      keepForLater(new Early(peer, session, message));
    }
  }

  /**
   * @return false if it needs a configuration that is not known yet, or work that is under way
   */
  private boolean take(Peer peer, long session, Message message) {
    int from = peer.nodeId();
    return switch (message) {
      case LogMessage ofLog -> {
        HeldPartition held = partitions.get(ofLog.partition());
        yield held == null
            ? ofLog.epoch() <= epochOf(ofLog.partition())
            : held.received(from, ofLog);
      }
      case EpochSeen(int partition, int epoch) -> {
        epochsSeen.seen(peer, partition, epoch);
        HeldPartition held = partitions.get(partition);
        if (held != null) {
          held.epochSeen();
        }
        yield true;
      }
      case CopyMessage.Fetch fetch -> fetch(from, session, fetch);
      case CopyMessage.Invalidated(int partition, int epoch, long round) -> {
        OwnedLogSide side = ownerSide(partition, epoch);
        HeldPartition held = partitions.get(partition);
        if (side != null && held != null) {
          side.invalidated(from, round);
          held.epochSeen();
        }
        yield true;
      }
      case CopyMessage.Evicted evicted -> {
        OwnedLogSide side = ownerSide(evicted.partition(), evicted.epoch());
        if (side != null) {
          side.fetches().evicted(from, evicted);
        }
        yield true;
      }
      default -> {
        if (handlers.stream().noneMatch(handler -> handler.handle(peer, session, message))) {
          fabric.disconnect(from, "nobody here is told " + message.getClass());
        }
        yield true;
      }
    };
  }

  private boolean fetch(int from, long session, CopyMessage.Fetch fetch) {
    int known = epochOf(fetch.partition());
    if (fetch.epoch() > known) {
      return false;
    }
    OwnedLogSide side = ownerSide(fetch.partition(), fetch.epoch());
    if (side == null) {
      send(from, new CopyMessage.NotServed(fetch.fetch(), fetch.partition(), known));
    } else {
      side.fetches().received(from, session, fetch);
    }
    return true;
  }

  private int epochOf(int partition) {
    PartitionInfo info = configuration().partitions().get(partition);
    return info == null ? 0 : info.epoch();
  }

  /** Null: this node does not own the partition in that epoch. */
  private @Nullable OwnedLogSide ownerSide(int partition, int epoch) {
    HeldPartition held = partitions.get(partition);
    return held == null || epoch != epochOf(partition) ? null : held.ownerSide();
  }

  private void keepForLater(Early message) {
    if (early.size() >= MAX_EARLY) {
      fabric.disconnect(
          message.from().nodeId(),
          "too many messages wait for a configuration that this node does not have");
      return;
    }
    early.add(message);
    membership.askConfiguration();
  }

  private void redeliver() {
    List<Early> again = early;
    early = new ArrayList<>();
    for (Early each : again) {
      received(each.from(), each.session(), each.message());
    }
  }
}
