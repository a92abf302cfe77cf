package io.hotpot.dispatcher;

import io.hotpot.replication.Configuration;
import io.hotpot.replication.Configuration.Node;
import io.hotpot.replication.Configuration.NodeStatus;
import io.hotpot.replication.Fabric;
import io.hotpot.replication.MembershipMessage;
import io.hotpot.replication.MembershipMessage.AskConfiguration;
import io.hotpot.replication.MembershipMessage.Excluded;
import io.hotpot.replication.MembershipMessage.Join;
import io.hotpot.replication.MembershipMessage.Leave;
import io.hotpot.replication.MembershipMessage.NewConfiguration;
import io.hotpot.replication.MembershipMessage.NotLeader;
import io.hotpot.replication.MembershipMessage.Renew;
import io.hotpot.replication.MembershipMessage.Renewed;
import io.hotpot.replication.Message;
import io.hotpot.replication.NodeLoop;
import io.hotpot.replication.OperatorAnswer;
import io.hotpot.replication.OperatorQuestion;
import io.hotpot.replication.Peer;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * One member of the dispatcher: it knows who is in the cluster and who owns what, and it alone
 * decides that a node is gone (docs/PROTOCOL.md, section 5). Only the leader answers; it is never
 * on the path of a commit.
 *
 * <p>What is decided is in {@link ClusterState}; what a leader knows besides, in {@link
 * LeaseKeeper}, {@link Evictions}, {@link Placement}, {@link WaitingPartitions} and {@link
 * Barriers}, is forgotten with its leadership.
 *
 * <p>Confined to its loop.
 */
public final class CentralDispatcher implements AutoCloseable {

  /** Where nodes look for a dispatcher if nothing else is said. */
  public static final int DEFAULT_PORT = 18_500;

  /** How often copies that are missing are looked for, besides after each exclusion (11.7). */
  private static final long PLACEMENT_NS = 10_000_000_000L;

  private final LeaseTimes times;
  private final NodeLoop loop;
  private final Fabric fabric;
  private final Consensus consensus;
  private final Consumer<String> events;
  private final LeaseKeeper leases;
  private final Evictions evictions;
  private final Placement placement = new Placement();
  private final WaitingPartitions waiting;
  private final Barriers barriers;
  private final JoinDesk joins;
  private final Renewals renewals;
  private final Requests requests;
  private final OperatorRelay operators;
  private long placementAtNs;
  private boolean decidesPlacement;
  private boolean leads;
  private boolean closed;

  /**
   * @param freshIds random numbers: the id of a cluster that is founded
   * @param events is told in a sentence each of what an operator should know
   */
  public CentralDispatcher(
      LeaseTimes times,
      NodeLoop loop,
      Fabric fabric,
      Consensus consensus,
      LongSupplier freshIds,
      Consumer<String> events) {
    this(times, loop, fabric, consensus, freshIds, events, new LeaseKeeper(times));
  }

  CentralDispatcher(
      LeaseTimes times,
      NodeLoop loop,
      Fabric fabric,
      Consensus consensus,
      LongSupplier freshIds,
      Consumer<String> events,
      LeaseKeeper leases) {
    this.times = times;
    this.loop = loop;
    this.fabric = fabric;
    this.consensus = consensus;
    this.events = events;
    this.leases = leases;
    evictions = new Evictions(times);
    waiting = new WaitingPartitions(times);
    barriers = new Barriers(fabric::answer);
    joins = new JoinDesk(consensus, evictions, times, freshIds, loop::bootNs, fabric::answer);
    renewals = new Renewals(consensus, times, loop::bootNs, this::renew);
    operators = new OperatorRelay(loop, fabric, () -> state().configuration(), leases, times);
    requests = new Requests(consensus, placement, barriers, fabric::answer);
  }

  /**
   * Begins to listen. On the loop.
   *
   * @param self the dispatcher's own id on the fabric, below 0
   */
  public void start(Peer self) {
    if (!self.isDispatcher()) {
      throw new IllegalArgumentException(self + " is no dispatcher: their ids are below 0");
    }
    fabric.identity(self);
    fabric.start(new FromFabric());
    consensus.start(new FromConsensus());
    fabric.members(members());
    loop.after(times.tickNs(), this::tick);
  }

  /** What is decided as far as this member knows. */
  public ClusterState state() {
    return consensus.state();
  }

  /** Names an owner by hand for a partition that waits for copies that never return (17.2). */
  public void acceptLoss(int partition, int node, Consumer<Result> done) {
    consensus.propose(new Command.AcceptLoss(partition, node), done);
  }

  @Override
  public void close() {
    closed = true;
    consensus.close();
  }

  private final class FromFabric implements Fabric.Listener {

    @Override
    public void sessionBegan(Peer peer, long session) {
      if (leads && peer.nodeId() > 0) {
        fabric.answer(peer, session, new NewConfiguration(state().configuration()));
      }
    }

    @Override
    public void received(Peer peer, long session, Message message) {
      switch (message) {
        case OperatorAnswer answer -> operators.answered(peer, answer);
        case MembershipMessage _, OperatorQuestion _ when !consensus.isLeader() || !leads ->
            fabric.answer(peer, session, new NotLeader(consensus.leader()));
        case MembershipMessage asked -> ask(peer, session, asked);
        case OperatorQuestion question -> operators.asked(peer, session, question);
        default ->
            fabric.disconnect(peer.nodeId(), "a dispatcher has no use for " + message.getClass());
      }
    }

    @Override
    public void sessionEnded(Peer peer, long session, String reason) {
      joins.sessionEnded(peer, session);
      barriers.sessionEnded(peer, session);
      operators.sessionEnded(peer, session);
    }
  }

  private void ask(Peer peer, long session, MembershipMessage message) {
    if (message instanceof Join join) {
      joins.received(peer, session, join);
    } else if (message instanceof AskConfiguration && peer.equals(Peer.STRANGER)) {
      // Who could open a session may look.
      fabric.answer(peer, session, new NewConfiguration(state().configuration()));
    } else if (!Requests.isPresent(state().configuration(), peer)) {
      fabric.answer(peer, session, new Excluded(peer + " is no member, or not any more"));
    } else if (message instanceof Leave) {
      consensus.propose(new Command.Exclude(List.of(peer), consensus.term()), result -> {});
    } else if (message instanceof Renew renew) {
      renewals.received(new Renewals.Request(peer, session, loop.bootNs(), renew));
    } else if (!requests.received(peer, session, message)) {
      fabric.disconnect(peer.nodeId(), "a dispatcher is never told " + message.getClass());
    }
  }

  /** Leadership was confirmed after the request had arrived (5.2). */
  private void renew(Renewals.Request request) {
    Peer peer = request.peer();
    Configuration configuration = state().configuration();
    Node node = configuration.nodes().get(peer.nodeId());
    if (node == null || !Requests.isPresent(configuration, peer)) {
      fabric.answer(peer, request.session(), new Excluded(peer + " is no member any more"));
      return;
    }
    if (request.renew().version() < configuration.version()) {
      fabric.answer(peer, request.session(), new NewConfiguration(configuration));
    }
    if (leases.renew(node, request.receiptNs())) {
      placement.reported(peer.nodeId(), request.renew().freeBytes());
      evictions.reported(peer.nodeId(), request.renew().unreachable(), loop.bootNs());
      fabric.answer(peer, request.session(), new Renewed(request.renew().sentNs()));
    }
  }

  private final class FromConsensus implements Consensus.Listener {

    @Override
    public void applied(ClusterState before, ClusterState after) {
      if (after.configuration().version() != before.configuration().version()) {
        configurationChanged(before.configuration(), after.configuration());
      }
      if (leads) {
        barriers.letGo(after);
        joins.goOn();
      }
    }

    @Override
    public void leading(long term) {
      long nowNs = loop.bootNs();
      leads = true;
      leases.lead(nowNs);
      evictions.lead();
      placement.lead();
      waiting.lead();
      barriers.lead();
      placementAtNs = nowNs + times.leaseNs();
      decidesPlacement = false;
      fabric.members(members());
      pushConfiguration();
      events.accept("this dispatcher leads, in term " + term);
    }

    @Override
    public void following(int leader) {
      leads = false;
      joins.clear();
    }
  }

  private void configurationChanged(Configuration before, Configuration after) {
    for (Node node : before.nodes().values()) {
      if (node.status() != NodeStatus.EXCLUDED && !Requests.isPresent(after, node.peer())) {
        left(node, after);
      }
    }
    List<Fabric.Member> members = members();
    fabric.members(members);
    leases.keepOnly(members.stream().map(Fabric.Member::peer).toList());
    placement.keepOnly(after);
    for (Node node : after.nodes().values()) {
      Node earlier = before.nodes().get(node.id());
      if (leads && (earlier == null || earlier.incarnation() != node.incarnation())) {
        leases.renew(node, loop.bootNs());
        placeWithin(times.leaseNs());
        events.accept(node.peer() + " has joined, at " + node.address());
      }
    }
    if (Placement.haveFinished(before, after)) {
      placeWithin(0);
    }
    if (leads) {
      pushConfiguration();
    }
  }

  private void left(Node node, Configuration after) {
    if (leads) {
      fabric.send(node.id(), new Excluded("the lease of " + node.peer() + " was over"));
      placeWithin(times.leaseNs());
      events.accept(node.peer() + " is excluded; the configuration has version " + after.version());
    }
  }

  private void placeWithin(long ns) {
    placementAtNs = Math.min(placementAtNs, loop.bootNs() + ns);
  }

  private void pushConfiguration() {
    NewConfiguration news = new NewConfiguration(state().configuration());
    for (Fabric.Member member : members()) {
      fabric.send(member.peer().nodeId(), news);
    }
  }

  private List<Node> present() {
    return state().configuration().nodes().values().stream()
        .filter(node -> node.status() != NodeStatus.EXCLUDED)
        .toList();
  }

  private List<Fabric.Member> members() {
    return present().stream().map(node -> new Fabric.Member(node.peer(), node.address())).toList();
  }

  private void tick() {
    if (closed) {
      return;
    }
    loop.after(times.tickNs(), this::tick);
    if (leads && consensus.isLeader()) {
      long nowNs = loop.bootNs();
      excludeWhoIsDue(nowNs);
      evictWhoIsDue(nowNs);
      joins.goOn();
      renewals.goOn();
      electWhereDue(nowNs);
      placeWhereDue(nowNs);
    }
  }

  private void excludeWhoIsDue(long nowNs) {
    List<Peer> due = leases.due(nowNs, present());
    if (due.isEmpty()) {
      return;
    }
    leases.excluding(due);
    consensus.propose(
        new Command.Exclude(due, consensus.term()),
        result -> {
          // A lost one may yet be applied: there is no renewal in this term any more.
          if (result instanceof Result.Refused) {
            leases.notExcluded(due);
          }
        });
  }

  private void evictWhoIsDue(long nowNs) {
    Peer due = evictions.due(nowNs, state().configuration());
    if (due != null) {
      evictions.evicted(due.nodeId(), nowNs);
      evictions.reported(due.nodeId(), List.of(), nowNs);
      events.accept(due + " is evicted: it and other members cannot reach each other");
      consensus.propose(new Command.Evict(due), result -> {});
    }
  }

  private void electWhereDue(long nowNs) {
    for (Command.Elect elect : waiting.due(nowNs, state())) {
      consensus.propose(
          elect,
          result -> {
            if (result instanceof Result.Refused(String reason)) {
              events.accept(reason);
            }
          });
    }
  }

  /** One copy after the other, until none is missing or no node can take one. */
  private void placeWhereDue(long nowNs) {
    if (nowNs < placementAtNs || decidesPlacement) {
      return;
    }
    Command.AddLearner add = placement.nextLearner(state().configuration());
    if (add == null) {
      placementAtNs = nowNs + PLACEMENT_NS;
      return;
    }
    decidesPlacement = true;
    placement.give(add.node());
    consensus.propose(add, result -> decidesPlacement = false);
  }
}
