package io.hotpot.replication;

import io.hotpot.replication.Configuration.Node;
import io.hotpot.replication.Configuration.NodeStatus;
import io.hotpot.replication.MembershipMessage.AskConfiguration;
import io.hotpot.replication.MembershipMessage.Excluded;
import io.hotpot.replication.MembershipMessage.Held;
import io.hotpot.replication.MembershipMessage.Join;
import io.hotpot.replication.MembershipMessage.Joined;
import io.hotpot.replication.MembershipMessage.Leave;
import io.hotpot.replication.MembershipMessage.NewConfiguration;
import io.hotpot.replication.MembershipMessage.NotLeader;
import io.hotpot.replication.MembershipMessage.Refused;
import io.hotpot.replication.MembershipMessage.Renew;
import io.hotpot.replication.MembershipMessage.Renewed;
import io.hotpot.store.spi.HeldParts;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A node's place in the cluster (PROTOCOL 5): it joins, renews its lease, takes configurations, and
 * fences itself when the lease is over.
 *
 * <pre>
 *   OUTSIDE -- Joined --> ADMITTED -- id stored --> MEMBER -- lease over, Excluded --> OUTSIDE
 * </pre>
 *
 * <p>Confined to the loop, but for {@link #self}, {@link #configuration} and the lease.
 */
final class Membership {

  /** What the rest of the node does about it, on the loop. */
  interface Listener {

    /** The node has a new incarnation. */
    void joined(Peer self);

    /**
     * It is no member any more: sessions are about to end, and nothing that is not settled may be
     * believed or served.
     */
    void fenced(String reason);

    /** A newer configuration. */
    void configured(Configuration before, Configuration now);

    /** Members whose acknowledgement has been missing for a lease. */
    List<Integer> overdue(long nowNs);

    /** Four times in a lease. */
    void tick();
  }

  private enum State {
    /** It has no identity, and asks to join. */
    OUTSIDE,
    /** It was let in; its number is being written to the heap. */
    ADMITTED,
    /** It has an identity; whether it may serve, its lease says. */
    MEMBER
  }

  /** What waits for a renewal that was sent not before a time. */
  private record Refresh(long sinceNs, Runnable then) {}

  /** A join that has no answer for so many ticks is asked again: its leader may have changed. */
  private static final int TICKS_TO_JOIN = 16;

  private static final Configuration NONE = new Configuration(0, 0, Map.of(), Map.of(), Map.of());

  private final NodeSettings settings;
  private final NodeLoop loop;
  private final Fabric fabric;
  private final HeldParts parts;
  private final Executor medium;
  private final DispatcherLink dispatcher;
  private final Reachability reachability;
  private final ClusterCounters counters;
  private final Consumer<String> events;
  private final Listener listener;
  private final Lease lease;
  private final ArrayDeque<Refresh> refreshes = new ArrayDeque<>();
  private State state = State.OUTSIDE;
  private volatile Peer self = Peer.STRANGER;
  private volatile Configuration configuration = NONE;
  private volatile @Nullable String refusal;
  private boolean hasJoinedBefore;
  private int ticksToJoin;
  private long memberSinceNs;
  private boolean isRenewalOpen;

  /** Whether the dispatcher has said that it may not have decided what it was asked. */
  private boolean areQuestionsLost;

  private NodeLoop.@Nullable Timer leaseTimer;
  private boolean isClosed;

  Membership(
      NodeSettings settings,
      NodeLoop loop,
      Fabric fabric,
      HeldParts parts,
      Executor medium,
      DispatcherLink dispatcher,
      Reachability reachability,
      ClusterCounters counters,
      Consumer<String> events,
      Listener listener) {
    this.settings = settings;
    this.loop = loop;
    this.fabric = fabric;
    this.parts = parts;
    this.medium = medium;
    this.dispatcher = dispatcher;
    this.reachability = reachability;
    this.counters = counters;
    this.events = events;
    this.listener = listener;
    this.lease = new Lease(settings.leaseNs(), loop.bootNs());
  }

  void start() {
    fabric.identity(Peer.STRANGER);
    fabric.members(settings.dispatchers());
    loop.after(settings.renewNs(), this::tick);
  }

  /** Says that the lease is over, so that nobody waits for its end. */
  void close() {
    isClosed = true;
    lease.end(loop.bootNs());
    if (state == State.MEMBER) {
      listener.fenced("the node closes");
      dispatcher.send(new Leave());
      state = State.OUTSIDE;
      self = Peer.STRANGER;
    }
  }

  Peer self() {
    return self;
  }

  Configuration configuration() {
    return configuration;
  }

  Lease lease() {
    return lease;
  }

  /** Why the dispatcher did not let this node in; null: it did not say so. From any thread. */
  @Nullable String refusal() {
    return refusal;
  }

  boolean isMember() {
    return state == State.MEMBER;
  }

  void askConfiguration() {
    dispatcher.send(new AskConfiguration(configuration.version()));
  }

  private void tick() {
    if (isClosed) {
      return;
    }
    loop.after(settings.renewNs(), this::tick);
    switch (state) {
      case OUTSIDE -> {
        if (--ticksToJoin <= 0) {
          dispatcher.tryNext();
          askToJoin();
        }
      }
      case ADMITTED -> {}
      case MEMBER -> {
        if (isRenewalOpen) {
          dispatcher.tryNext();
        }
        if (isRenewalOpen || areQuestionsLost) {
          areQuestionsLost = false;
          dispatcher.resend();
        }
        renew();
        listener.tick();
      }
    }
  }

  // ---- sessions with the dispatcher

  void dispatcherCame(Peer peer) {
    if (peer.nodeId() != dispatcher.present()) {
      return;
    }
    switch (state) {
      case OUTSIDE -> askToJoin();
      case ADMITTED -> {}
      case MEMBER -> {
        renew();
        dispatcher.resend();
      }
    }
  }

  void received(Peer from, MembershipMessage message) {
    switch (message) {
      case Joined joined -> admitted(joined);
      case Renewed(long echoNs) -> renewed(echoNs);
      case Excluded(String reason) -> {
        if (state == State.MEMBER) {
          fence(reason);
        }
      }
      case NewConfiguration(Configuration news) -> configured(news);
      case NotLeader(int leader) -> {
        if (dispatcher.notLeader(from.nodeId(), leader)) {
          dispatcherCame(new Peer(dispatcher.present(), 0));
        } else if (from.nodeId() == dispatcher.present()) {
          // It leads again, or nobody does: it may have been asked in a term that has ended.
          areQuestionsLost = true;
          ticksToJoin = Math.min(ticksToJoin, 1);
        }
      }
      case Refused refused when refused.request() == 0 -> {
        if (state == State.OUTSIDE) {
          refusal = refused.reason();
          events.accept("the dispatcher refuses this node: " + refused.reason());
          ticksToJoin = TICKS_TO_JOIN / 4;
        }
      }
      case MembershipMessage.Done _, MembershipMessage.SchemaIs _, Refused _ ->
          dispatcher.answered(message);
      default -> fabric.disconnect(from.nodeId(), "a node is never told " + message.getClass());
    }
  }

  // ---- joining

  private void askToJoin() {
    List<Held> held = new ArrayList<>();
    boolean complete = settings.complete() || hasJoinedBefore;
    parts
        .logs()
        .forEach(
            log ->
                held.add(
                    new Held(
                        log.partition(),
                        parts.promised(log.partition()),
                        log.lastEpoch(),
                        log.tail(),
                        settings.damaged().test(log),
                        complete)));
    boolean isSent =
        dispatcher.send(
            new Join(
                parts.nodeId(),
                parts.clusterId(),
                settings.address(),
                parts.capacityBytes(),
                settings.agreed(),
                held));
    ticksToJoin = isSent ? TICKS_TO_JOIN : 1;
  }

  private void admitted(Joined joined) {
    if (state != State.OUTSIDE) {
      return;
    }
    state = State.ADMITTED;
    Peer peer = new Peer(joined.nodeId(), joined.incarnation());
    if (parts.nodeId() == peer.nodeId()) {
      becomeMember(peer);
      return;
    }
    medium.execute(
        () -> {
          parts.nodeId(peer.nodeId());
          loop.execute(() -> becomeMember(peer));
        });
  }

  private void becomeMember(Peer peer) {
    state = State.MEMBER;
    refusal = null;
    hasJoinedBefore = true;
    self = peer;
    counters.count(ClusterCounter.JOINS);
    memberSinceNs = loop.bootNs();
    isRenewalOpen = false;
    listener.joined(peer);
    fabric.identity(peer);
    events.accept("this node is " + peer);
  }

  // ---- the lease

  private void renew() {
    long nowNs = loop.bootNs();
    if (lease.isOver(nowNs) && nowNs - memberSinceNs >= 2 * settings.leaseNs()) {
      fence("the dispatcher has not renewed the lease");
      return;
    }
    isRenewalOpen = true;
    dispatcher.send(renewal(nowNs));
  }

  private Renew renewal(long nowNs) {
    TreeSet<Integer> unreachable = new TreeSet<>(reachability.awayFor(settings.leaseNs(), nowNs));
    unreachable.addAll(listener.overdue(nowNs));
    return new Renew(nowNs, configuration.version(), parts.freeBytes(), List.copyOf(unreachable));
  }

  /**
   * Runs something when the dispatcher has confirmed a renewal that is asked for now: what it
   * decided before has come by then.
   */
  void refresh(Runnable then) {
    refreshes.add(new Refresh(loop.bootNs(), then));
    if (state == State.MEMBER) {
      dispatcher.send(renewal(loop.bootNs()));
    }
  }

  private void refreshed(long echoNs) {
    while (!refreshes.isEmpty() && refreshes.peek().sinceNs <= echoNs) {
      refreshes.remove().then.run();
    }
  }

  private void renewed(long echoNs) {
    if (state != State.MEMBER) {
      return;
    }
    refreshed(echoNs);
    isRenewalOpen = false;
    lease.renewed(echoNs);
    counters.count(ClusterCounter.LEASE_RENEWALS);
    if (leaseTimer != null) {
      leaseTimer.cancel();
    }
    long leftNs = lease.endNs() - loop.bootNs();
    Peer renewedFor = self;
    leaseTimer =
        loop.after(
            Math.max(0, leftNs),
            () -> {
              if (state == State.MEMBER && renewedFor.equals(self) && lease.isOver(loop.bootNs())) {
                fence("its lease is over");
              }
            });
  }

  /** Stops everything that only a member may do, and joins again (5.5). */
  void fence(String reason) {
    if (state != State.MEMBER) {
      return;
    }
    lease.end(loop.bootNs());
    counters.count(ClusterCounter.LEASE_LOSSES);
    state = State.OUTSIDE;
    ticksToJoin = 1;
    events.accept(self + " stops serving, and joins again: " + reason);
    self = Peer.STRANGER;
    refreshes.clear();
    reachability.clear();
    listener.fenced(reason);
    fabric.members(settings.dispatchers());
    fabric.identity(Peer.STRANGER);
  }

  // ---- configurations

  private void configured(Configuration news) {
    Configuration before = configuration;
    if (state != State.MEMBER || news.version() <= before.version()) {
      return;
    }
    Node me = news.nodes().get(self.nodeId());
    if (me == null || me.incarnation() < self.incarnation()) {
      return;
    }
    if (!me.peer().equals(self) || me.status() == NodeStatus.EXCLUDED) {
      fence("the dispatcher has excluded " + self);
      return;
    }
    configuration = news;
    counters.count(ClusterCounter.CONFIGURATIONS);
    List<Fabric.Member> members = new ArrayList<>(settings.dispatchers());
    for (Node node : Members.present(news)) {
      if (node.id() != self.nodeId()) {
        members.add(new Fabric.Member(node.peer(), node.address()));
      }
    }
    fabric.members(members);
    reachability.configured(news, self.nodeId(), loop.bootNs());
    listener.configured(before, news);
  }
}
