package io.hotpot.dispatcher;

import io.hotpot.replication.Configuration;
import io.hotpot.replication.Configuration.DatasetInfo;
import io.hotpot.replication.Configuration.Node;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.MembershipMessage;
import io.hotpot.replication.MembershipMessage.Done;
import io.hotpot.replication.MembershipMessage.NotLeader;
import io.hotpot.replication.MembershipMessage.Refused;
import io.hotpot.replication.Peer;

/**
 * Requests of members for a decision: each becomes a command, and its result the answer. They may
 * come twice, when an answer was lost; the state sees to that.
 *
 * <p>Confined to the loop.
 */
final class Requests {

  /** Of messages that carry no request number, and are not answered. */
  private static final long UNANSWERED = -1;

  private final Consensus consensus;
  private final Placement placement;
  private final Barriers barriers;
  private final Barriers.Answers answers;

  Requests(Consensus consensus, Placement placement, Barriers barriers, Barriers.Answers answers) {
    this.consensus = consensus;
    this.placement = placement;
    this.barriers = barriers;
    this.answers = answers;
  }

  /**
   * @return false if that is nothing that a member may say to a dispatcher
   */
  boolean received(Peer from, long session, MembershipMessage message) {
    switch (message) {
      case MembershipMessage.ChangeReplicas m ->
          decide(
              from,
              session,
              m.request(),
              new Command.ChangeReplicas(
                  from, m.partition(), m.epoch(), m.revision(), m.inSync(), m.learners()));
      case MembershipMessage.Serving m ->
          decide(from, session, UNANSWERED, new Command.Serving(from, m.partition(), m.epoch()));
      case MembershipMessage.CreateDataset m ->
          decide(
              from,
              session,
              m.request(),
              new Command.CreateDataset(m.name(), m.mode(), m.degree(), m.minimum()));
      case MembershipMessage.RenameDataset m ->
          decide(from, session, m.request(), new Command.RenameDataset(m.dataset(), m.newName()));
      case MembershipMessage.DropDataset m ->
          decide(from, session, m.request(), new Command.DropDataset(m.dataset()));
      case MembershipMessage.CreatePartition m -> createPartition(from, session, m);
      case MembershipMessage.RegisterSchema m ->
          decide(from, session, m.request(), new Command.RegisterSchema(m.schema()));
      case MembershipMessage.AskSchema m -> askSchema(from, session, m);
      case MembershipMessage.Migrate m ->
          decide(
              from,
              session,
              m.request(),
              new Command.Migrate(from, m.partition(), m.epoch(), m.revision(), m.target()));
      case MembershipMessage.ArriveAtBarrier m when !BarrierChanges.isName(m.name()) ->
          answer(from, session, m.request(), new Result.Refused("barrier: the name is too long"));
      case MembershipMessage.LeaveBarrier m when !BarrierChanges.isName(m.name()) ->
          answer(from, session, m.request(), new Result.Refused("barrier: the name is too long"));
      case MembershipMessage.ArriveAtBarrier m -> arrive(from, session, m);
      case MembershipMessage.LeaveBarrier m -> {
        barriers.withdrawn(from, m.arrival());
        decide(from, session, m.request(), new Command.Withdraw(from, m.arrival(), m.name()));
      }
      case MembershipMessage.PartitionReleased m ->
          decide(from, session, UNANSWERED, new Command.PartitionReleased(from, m.partition()));
      case MembershipMessage.AskConfiguration _ ->
          answers.answer(
              from,
              session,
              new MembershipMessage.NewConfiguration(consensus.state().configuration()));
      default -> {
        return false;
      }
    }
    return true;
  }

  private void decide(Peer from, long session, long request, Command command) {
    consensus.propose(command, result -> answer(from, session, request, result));
  }

  private void answer(Peer from, long session, long request, Result result) {
    if (request == UNANSWERED) {
      return;
    }
    answers.answer(
        from,
        session,
        switch (result) {
          case Result.Accepted(int id, long version) -> new Done(request, id, version);
          case Result.Refused(String reason) -> new Refused(request, reason);
          case Result.Lost _ -> new NotLeader(consensus.leader());
          case Result.Joined joined -> throw new IllegalStateException("a request gave " + joined);
        });
  }

  /** A node without room gets the partition whose owner has most, if the dataset has one. */
  private void createPartition(Peer from, long session, MembershipMessage.CreatePartition request) {
    Configuration configuration = consensus.state().configuration();
    var candidates = placement.candidates(configuration, from.nodeId());
    if (!candidates.contains(from.nodeId())) {
      PartitionInfo present = placement.roomiest(configuration, request.dataset());
      if (present != null) {
        answer(
            from,
            session,
            request.request(),
            new Result.Accepted(present.id(), configuration.version()));
        return;
      }
    }
    DatasetInfo dataset = configuration.datasets().get(request.dataset());
    if (dataset != null) {
      candidates.stream().limit(dataset.degree()).forEach(placement::give);
    }
    decide(
        from,
        session,
        request.request(),
        new Command.CreatePartition(request.dataset(), from.nodeId(), candidates));
  }

  private void askSchema(Peer from, long session, MembershipMessage.AskSchema request) {
    ClusterState.Schema schema = consensus.state().schemas().get(request.id());
    answers.answer(
        from,
        session,
        schema == null
            ? new Refused(request.request(), "there is no schema " + request.id())
            : new MembershipMessage.SchemaIs(request.request(), request.id(), schema.bytes()));
  }

  private void arrive(Peer from, long session, MembershipMessage.ArriveAtBarrier request) {
    consensus.propose(
        new Command.Arrive(from, request.request(), request.name(), request.parties()),
        result -> {
          if (result instanceof Result.Accepted) {
            barriers.arrived(from, session, request, consensus.state());
          } else {
            answer(from, session, request.request(), result);
          }
        });
  }

  /** Whether a peer is a member in its present incarnation, evicted or not. */
  static boolean isPresent(Configuration configuration, Peer peer) {
    Node node = configuration.nodes().get(peer.nodeId());
    return node != null
        && node.incarnation() == peer.incarnation()
        && node.status() != Configuration.NodeStatus.EXCLUDED;
  }
}
