package io.hotpot.dispatcher;

import io.hotpot.replication.ClusterCounter;
import io.hotpot.replication.ClusterCounters;
import io.hotpot.replication.Configuration.DatasetInfo;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Message;
import io.hotpot.replication.MessageHandler;
import io.hotpot.replication.NodeContext;
import io.hotpot.replication.Owners;
import io.hotpot.replication.Owners.Route;
import io.hotpot.replication.Peer;
import io.hotpot.replication.SharerSide;
import io.hotpot.replication.TransactionMessage;
import io.hotpot.replication.TransactionMessage.Acquired;
import io.hotpot.replication.TransactionMessage.Commit;
import io.hotpot.replication.TransactionMessage.Committed;
import io.hotpot.replication.TransactionMessage.Decide;
import io.hotpot.replication.TransactionMessage.Decided;
import io.hotpot.replication.TransactionMessage.Floored;
import io.hotpot.replication.TransactionMessage.LastStamp;
import io.hotpot.replication.TransactionMessage.Learned;
import io.hotpot.replication.TransactionMessage.NotCommitted;
import io.hotpot.replication.TransactionMessage.Prepare;
import io.hotpot.replication.TransactionMessage.RequestRefused;
import io.hotpot.replication.TransactionMessage.ReserveSlots;
import io.hotpot.replication.TransactionMessage.Resolve;
import io.hotpot.replication.TransactionMessage.Resolved;
import io.hotpot.replication.TransactionMessage.ReturnSlots;
import io.hotpot.replication.TransactionMessage.Slots;
import io.hotpot.replication.TransactionMessage.VersionAt;
import io.hotpot.replication.TransactionMessage.Wound;
import io.hotpot.replication.TransactionMessage.Yes;
import io.hotpot.store.CommitId;
import io.hotpot.store.CommitOutcomeUnknown;
import io.hotpot.store.MisuseException;
import io.hotpot.store.NotAMember;
import io.hotpot.store.NotEnoughReplicas;
import io.hotpot.store.spi.Elsewhere.Part;
import io.hotpot.store.spi.TransactionId;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The commit dispatcher of a node: drives the transactions that its application commits, and takes
 * part in those of others. The coordinator of a transaction is always its committer; that another
 * node owns all that is touched makes no difference yet.
 *
 * <p>Thread-safety: on the node's loop only.
 */
public final class CommitDispatcher implements MessageHandler {

  /** How long to wait before something is sent again that was refused for the moment. */
  static final long LATER_NS = 20_000_000L;

  private final NodeContext context;
  private final SharerSide copies;
  private final Owners owners;
  private final StampClock clock;
  private final Fates fates;
  private final TransactionIds ids = new TransactionIds();
  private final SlotDesk slotDesk;
  private final Participant participant;
  private final InDoubt inDoubt;
  private final SlotPools slotPools;
  private final PartitionRequests requests;
  private final SnapshotDesk snapshotDesk;
  private final OpenSnapshots snapshots;
  private final AcquireDesk acquireDesk;
  private final AcquireLocks locks;
  private final OutcomeQuestions questions;

  /** By transaction id. */
  private final TreeMap<TransactionId, Coordination> running = new TreeMap<>();

  /** Each under its present id; never iterated. */
  private final IdentityHashMap<Attempt, TransactionId> attempts = new IdentityHashMap<>();

  private Peer self;
  private long lastRequest;
  private Usage usage = (partition, node) -> {};

  /** Is told of every commit in a partition that this node owns, and who made it. */
  public interface Usage {
    void committed(int partition, int node);
  }

  public CommitDispatcher(NodeContext context, SharerSide copies) {
    this.context = context;
    this.copies = copies;
    this.owners = new Owners(context);
    this.clock = new StampClock(context.loop());
    this.fates = new Fates(context);
    this.slotDesk = new SlotDesk(this);
    this.participant = new Participant(this, slotDesk);
    this.inDoubt = new InDoubt(this, participant);
    this.slotPools = new SlotPools(this);
    this.requests = new PartitionRequests(this);
    this.snapshotDesk = new SnapshotDesk(this);
    this.snapshots = new OpenSnapshots(this);
    this.acquireDesk = new AcquireDesk(this);
    this.locks = new AcquireLocks(this);
    this.questions = new OutcomeQuestions(this);
    this.self = context.self();
    context.whenChanged(this::changed);
  }

  /** Tells of commits in partitions that this node owns, on the loop. */
  public void tellOfCommits(Usage listener) {
    usage = listener;
  }

  /** A transaction has committed in a partition that this node owns. On the loop. */
  void committedHere(int partition, TransactionId id) {
    usage.committed(partition, id.nodeId());
  }

  /** Looks after prepared transactions from now on. */
  public void begin() {
    inDoubt.begin();
  }

  /** Ends all that this node drives; what others drive is theirs. */
  public void stop() {
    inDoubt.stop();
    membershipEnded();
    for (Coordination each : running.values()) {
      if (each instanceof LostAnswer question) {
        question.stop();
      }
    }
    running.clear();
  }

  /** Begins to commit; whoever waits is told, perhaps at once. */
  void begin(Attempt attempt) {
    begin(attempt, 0);
  }

  /**
   * @param tooLow how many stamps of this attempt were too low already
   */
  void begin(Attempt attempt, int tooLow) {
    if (context.self().equals(Peer.STRANGER)) {
      tell(attempt, new Ending.Failed(new NotAMember("this node is no member of the cluster")));
      return;
    }
    int home = home(attempt);
    TransactionId id = ids.give(context.self(), home);
    attempts.put(attempt, id);
    if (attempt.parts().size() == 1) {
      SinglePartitionCommit made = new SinglePartitionCommit(this, attempt, id);
      running.put(id, made);
      made.begin();
    } else {
      long stamp = clock.next(attempt.parts(), tooLow);
      TwoPhaseCommit made = new TwoPhaseCommit(this, attempt, id, home, stamp, tooLow);
      running.put(id, made);
      made.begin();
    }
  }

  /** A written partition owned here, else the written one with the lowest id (8.2). */
  private int home(Attempt attempt) {
    if (attempt.parts().size() == 1) {
      return attempt.parts().get(0).partition();
    }
    List<Integer> written =
        attempt.parts().stream()
            .filter(part -> !part.writes().isEmpty())
            .map(Part::partition)
            .toList();
    return written.stream()
        .filter(partition -> context.owned(partition) != null)
        .findFirst()
        .orElse(written.get(0));
  }

  /** The caller waits no longer: it is told at once what is known. */
  void giveUp(Attempt attempt) {
    TransactionId id = attempts.get(attempt);
    Coordination coordination = id == null ? null : running.get(id);
    if (coordination != null) {
      coordination.giveUp();
    }
  }

  /**
   * A coordination is over.
   *
   * @param ending null: the attempt goes on under another id
   */
  void end(TransactionId id, Attempt attempt, @Nullable Ending ending) {
    running.remove(id);
    ids.settle(id);
    attempts.remove(attempt);
    switch (ending) {
      case Ending.Committed committed -> {
        clock.see(committed.stamp());
        counters().committed(owners(attempt));
      }
      case Ending.Conflicting _, Ending.LockLost _ ->
          counters().count(ClusterCounter.COMMITS_CONFLICTING);
      case Ending.Failed _ -> counters().count(ClusterCounter.COMMITS_FAILED);
      case null -> {}
    }
    if (ending != null) {
      tell(attempt, ending);
    }
    questions.ended(id, ending == null ? new Ending.Conflicting(0) : ending);
  }

  /** How many nodes own the partitions of an attempt, by what is known now. */
  private int owners(Attempt attempt) {
    List<Part> parts = attempt.parts();
    if (parts.size() == 1) {
      return 1;
    }
    TreeSet<Integer> nodes = new TreeSet<>();
    for (Part part : parts) {
      PartitionInfo info = owners.info(part.partition());
      if (info != null) {
        nodes.add(info.owner());
      }
    }
    return nodes.size();
  }

  void tell(Attempt attempt, Ending ending) {
    attempt.ending().accept(ending);
  }

  /** What its committer is told, who may ask for the outcome later. */
  Ending unknown(TransactionId id, int home, String why) {
    ids.keep(id);
    CommitId commit = new CommitId(id.nodeId(), id.incarnation(), id.sequence(), home);
    return new Ending.Failed(
        new CommitOutcomeUnknown(
            Attempt.name(id, home)
                + ": whether it happened is not known, because "
                + why
                + "; outcome(CommitId) of "
                + commit
                + " finds it out",
            new NotEnoughReplicas(why),
            commit));
  }

  /** Why it can never be committed; null: it can. */
  @Nullable Ending impossible(Attempt attempt) {
    for (Part part : attempt.parts()) {
      int partition = part.partition();
      if (fates.isDropped(partition)) {
        return misuse("the dataset of partition " + partition + " was dropped");
      }
      DatasetInfo dataset = fates.dataset(partition);
      if (dataset != null
          && !part.writes().isEmpty()
          && attempt.copiesWanted() > dataset.degree()) {
        return misuse(
            "the transaction wants "
                + attempt.copiesWanted()
                + " copies of what it writes, but dataset '"
                + dataset.name()
                + "' has degree "
                + dataset.degree());
      }
    }
    return null;
  }

  private static Ending misuse(String message) {
    return new Ending.Failed(new MisuseException(message));
  }

  Fates fates() {
    return fates;
  }

  NodeContext context() {
    return context;
  }

  Owners owners() {
    return owners;
  }

  SharerSide copies() {
    return copies;
  }

  ClusterCounters counters() {
    return context.counters();
  }

  StampClock clock() {
    return clock;
  }

  SlotPools slotPools() {
    return slotPools;
  }

  PartitionRequests requests() {
    return requests;
  }

  OpenSnapshots snapshots() {
    return snapshots;
  }

  AcquireLocks locks() {
    return locks;
  }

  AcquireDesk acquireDesk() {
    return acquireDesk;
  }

  OutcomeQuestions questions() {
    return questions;
  }

  boolean isUnderWay(TransactionId id) {
    return running.containsKey(id);
  }

  /** A question that is told of answers, sessions and configurations until it is over. */
  void drive(TransactionId id, LostAnswer question) {
    running.put(id, question);
    question.begin();
  }

  /** A question is over. */
  void endQuestion(TransactionId id, LostAnswer question) {
    question.stop();
    running.remove(id, question);
  }

  /** The number of a request that is not about a transaction. */
  long nextRequest() {
    return ++lastRequest;
  }

  long settledBelow() {
    return ids.settledBelow();
  }

  /** Runs something for a coordination that is still under way then. */
  void later(TransactionId id, Runnable task) {
    context
        .loop()
        .after(
            LATER_NS,
            () -> {
              if (running.containsKey(id)) {
                task.run();
              }
            });
  }

  /**
   * Hands a request to the owner of a partition: by a plain call if that is this node.
   *
   * @return false if it was not sent and will not arrive
   */
  boolean deliver(Route route, TransactionMessage request) {
    if (!route.isHere()) {
      return context.send(route.node(), request);
    }
    Peer here = context.self();
    take(here, Owners.HERE, request, answer -> context.loop().execute(() -> answered(answer)));
    return true;
  }

  /** Sends what needs no answer: to this node itself, when the loop comes to it. */
  void tell(int node, TransactionMessage message) {
    Peer here = context.self();
    if (node != here.nodeId()) {
      context.send(node, message);
    } else if (message instanceof Wound wound) {
      context.loop().execute(() -> locks.wounded(wound.lock()));
    } else {
      context.loop().execute(() -> take(here, Owners.HERE, message, answer -> {}));
    }
  }

  private void take(
      Peer from, long session, TransactionMessage request, Consumer<TransactionMessage> reply) {
    switch (request) {
      case ReserveSlots reserve -> slotDesk.lend(from, reserve, reply);
      case ReturnSlots returned -> slotDesk.takeBack(from, returned);
      default -> {
        if (!snapshotDesk.handle(from, request, reply)
            && !acquireDesk.handle(from, session, request, reply)) {
          participant.handle(from, request, reply);
        }
      }
    }
  }

  @Override
  public boolean handle(Peer peer, long session, Message message) {
    if (!(message instanceof TransactionMessage transactionMessage)) {
      return false;
    }
    Consumer<TransactionMessage> reply = answer -> context.send(peer.nodeId(), answer);
    switch (transactionMessage) {
      case Decided decided when isAnswer(decided) -> answered(decided);
      case Commit commit -> take(peer, session, commit, reply);
      case Prepare prepare -> {
        clock.see(prepare.stamp());
        take(peer, session, prepare, reply);
      }
      case Decide decide -> take(peer, session, decide, reply);
      case Decided told -> take(peer, session, told, reply);
      case Learned learned -> take(peer, session, learned, reply);
      case Resolve resolve -> take(peer, session, resolve, reply);
      case ReserveSlots reserve -> take(peer, session, reserve, reply);
      case ReturnSlots returned -> take(peer, session, returned, reply);
      case Committed committed -> answered(committed);
      case NotCommitted no -> answered(no);
      case Yes yes -> answered(yes);
      case Resolved resolved -> answered(resolved);
      case Slots slots -> answered(slots);
      case RequestRefused refused -> answered(refused);
      case LastStamp last -> answered(last);
      case Floored floored -> answered(floored);
      case VersionAt version -> answered(version);
      case Acquired acquired -> answered(acquired);
      case Wound wound -> locks.wounded(wound.lock());
      default -> {
        return snapshotDesk.handle(peer, transactionMessage, reply)
            || acquireDesk.handle(peer, session, transactionMessage, reply);
      }
    }
    return true;
  }

  /** Whether a home has answered this node as the coordinator, and not told it as a participant. */
  private boolean isAnswer(Decided decided) {
    return decided.partition() == decided.home() && running.containsKey(decided.id());
  }

  private void answered(TransactionMessage answer) {
    switch (answer) {
      case Committed committed -> answered(committed.id(), answer);
      case NotCommitted no -> answered(no.id(), answer);
      case Yes yes -> answered(yes.id(), answer);
      case Decided decided -> answered(decided.id(), answer);
      case Resolved resolved -> {
        answered(resolved.id(), answer);
        inDoubt.resolved(resolved);
      }
      case Slots slots -> slotPools.received(slots);
      case RequestRefused refused -> {
        if (!slotPools.refused(refused)) {
          requests.answered(refused.request(), refused);
        }
      }
      case LastStamp last -> requests.answered(last.request(), last);
      case Floored floored -> requests.answered(floored.request(), floored);
      case VersionAt version -> requests.answered(version.request(), version);
      case Acquired acquired -> requests.answered(acquired.request(), acquired);
      default -> throw new IllegalArgumentException("no answer of a partition: " + answer);
    }
  }

  private void answered(TransactionId id, TransactionMessage answer) {
    Coordination coordination = running.get(id);
    if (coordination != null) {
      coordination.answered(answer);
    }
  }

  @Override
  public void sessionBegan(Peer peer, long session) {
    owners.sessionBegan(peer, session);
    snapshots.sessionBegan(peer);
    lookAgain();
  }

  @Override
  public void sessionEnded(Peer peer, long session) {
    owners.sessionEnded(peer, session);
    acquireDesk.sessionEnded(peer, session);
    lookAgain();
  }

  private void changed() {
    fates.look();
    if (!context.self().equals(self)) {
      self = context.self();
      membershipEnded();
    }
    participant.changed();
    slotDesk.changed();
    acquireDesk.changed();
    lookAgain();
    inDoubt.look();
  }

  private void lookAgain() {
    locks.lookAgain();
    for (TransactionId id : List.copyOf(running.keySet())) {
      Coordination coordination = running.get(id);
      if (coordination != null) {
        coordination.lookAgain();
      }
    }
    slotPools.lookAgain();
    requests.lookAgain();
  }

  /** The incarnation is over: nothing that it drives can be finished by it. */
  public void membershipEnded() {
    for (TransactionId id : List.copyOf(running.keySet())) {
      Coordination coordination = running.get(id);
      if (coordination != null) {
        coordination.membershipEnded();
      }
    }
    locks.membershipEnded();
    requests.membershipEnded();
    snapshots.membershipEnded();
  }

  /** How many transactions and questions this node drives. */
  int underWay() {
    return running.size();
  }
}
