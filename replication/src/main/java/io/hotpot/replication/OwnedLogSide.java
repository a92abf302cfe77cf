package io.hotpot.replication;

import io.hotpot.replication.Configuration.DatasetInfo;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.OwnedPartition;
import io.hotpot.store.spi.OwnerSide;
import io.hotpot.store.spi.Spared;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The owner's side of a partition in one epoch (PROTOCOL 6 and 7): what is appended goes to the
 * replicas and, as invalidations, to the sharers; when all have answered, it is settled.
 *
 * <p>Thread-safety: the methods of {@link OwnerSide} come from any thread, under the commit lock,
 * and only leave a note for the loop, in the order of the log. All else is confined to the loop.
 */
final class OwnedLogSide implements OwnerSide {

  /** How long it waits for an append that tells the replicas what is settled. */
  private static final long SETTLED_ALONE_NS = 1_000_000;

  private sealed interface Note {
    /**
     * @param bytes null: nobody is going to be sent them
     */
    record Appended(
        long address, int length, byte @Nullable [] bytes, long[] changed, Spared except)
        implements Note {}

    record Unlocked(long[] objectIds) implements Note {}

    record Retired(int sequence) implements Note {}

    record Released(int sequence) implements Note {}
  }

  private final Surroundings node;
  private final int partition;
  private final HeldLog log;
  private final SharerTable sharers = new SharerTable(SharerTable.MAX_OBJECTS);
  private final InvalidationRounds rounds;
  private final OwnChunks chunks;
  private final PartitionStreams streams;
  private final SettledPrefix prefix;
  private final GrantedPlaces places;
  private final FetchDesk fetches;
  private final CatchUpDesk learners;

  // From any thread.
  private final Queue<Note> notes = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean isDrainDue = new AtomicBoolean();
  private final AtomicLong outstandingBytes = new AtomicLong();
  private volatile boolean isServing;
  private volatile int inSync;
  private volatile int minimum;
  private volatile long acknowledgedTo;

  /** Whether each stream writes what is appended one-sidedly: only a guess at what comes next. */
  private volatile boolean isWrittenByAll;

  private @Nullable OwnedPartition owned;
  private long appendedTo;

  /**
   * Of what is settled the replicas are told no more: others would see what is older, in this node
   * or, before this node serves, in copies that an earlier owner has granted.
   */
  private long publishedTo;

  private boolean hasServed;

  private boolean isSettledTimerSet;
  private boolean isOver;

  OwnedLogSide(Surroundings node, HeldLog log, int epoch, Healing healing) {
    this.node = node;
    this.partition = log.partition();
    this.log = log;
    boolean power = node.settings().power();
    rounds = new InvalidationRounds(node.context(), partition, epoch);
    chunks = new OwnChunks(node, log);
    streams = new PartitionStreams(node.context(), log, epoch, power, node.remote(), chunks);
    prefix = new SettledPrefix(log.settledTo());
    publishedTo = log.settledTo();
    acknowledgedTo = prefix.acknowledgedTo();
    places = new GrantedPlaces(node, log, chunks, rounds);
    fetches = new FetchDesk(node, partition, epoch, sharers, places, rounds, healing);
    learners = new CatchUpDesk(node, log, epoch, streams);
  }

  // ---- from any thread

  @Override
  public Admission admit(int copiesWanted) {
    if (!isServing) {
      return Admission.NOT_SERVED;
    }
    if (inSync < Math.max(minimum, copiesWanted)) {
      return Admission.NOT_ENOUGH_REPLICAS;
    }
    return outstandingBytes.get() >= AppendStream.WINDOW_BYTES
        ? Admission.WINDOW_FULL
        : Admission.ADMITTED;
  }

  @Override
  public void appended(long address, byte[] bytes, int length, long[] changed, Spared except) {
    outstandingBytes.addAndGet(length);
    byte[] carried = null;
    if (!isWrittenByAll || !node.remote().isWorthWriting(length)) {
      carried = Arrays.copyOf(bytes, length);
      node.counters().add(ClusterCounter.RECORD_BYTES_COPIED, length);
    }
    leave(new Note.Appended(address, length, carried, changed.clone(), except));
  }

  @Override
  public long acknowledgedTo() {
    return acknowledgedTo;
  }

  @Override
  public void unlocked(long[] objectIds) {
    // Read after the words were unlocked; a fetch counts itself before it looks at them.
    if (fetches.areWaiting()) {
      leave(new Note.Unlocked(objectIds.clone()));
    }
  }

  @Override
  public void retired(int sequence) {
    if (node.remote().isThere()) {
      leave(new Note.Retired(sequence));
    }
  }

  @Override
  public void released(int sequence) {
    leave(new Note.Released(sequence));
  }

  private void leave(Note note) {
    notes.add(note);
    if (isDrainDue.compareAndSet(false, true)) {
      node.loop().execute(this::drain);
    }
  }

  // ---- on the loop

  SharerTable sharers() {
    return sharers;
  }

  PartitionStreams streams() {
    return streams;
  }

  FetchDesk fetches() {
    return fetches;
  }

  CatchUpDesk learners() {
    return learners;
  }

  /** The end of what the streams know; what is appended later comes to them later. */
  long appendedTo() {
    return appendedTo;
  }

  /** Whether everything that was appended is acknowledged by all who must. */
  boolean isAllAcknowledged() {
    return notes.isEmpty() && prefix.isEmpty();
  }

  /** The log is this node's to write; nothing is served yet. */
  void promoted(OwnedPartition by) {
    drain();
    owned = by;
    appendedTo = Math.max(appendedTo, log.tail());
    pumpAll();
  }

  void serve(OwnedPartition by) {
    fetches.serve(by);
    isServing = true;
    by.serve();
    hasServed = true;
    published();
    setSettledTimer();
  }

  /** Lets nothing in any more; fetches are held back, what was appended goes on. */
  void stopServing(OwnedPartition by) {
    isServing = false;
    fetches.hold();
    by.stopServing();
  }

  /** Nothing more comes of it: another node decides about what is not settled. */
  void end(int knownEpoch) {
    isServing = false;
    isOver = true;
    places.end();
    chunks.end();
    learners.end();
    fetches.refuseAll(knownEpoch);
  }

  void configured(Configuration configuration, PartitionInfo info) {
    DatasetInfo dataset = configuration.datasets().get(info.dataset());
    streams.configured(configuration, info, node.sessions());
    minimum = dataset == null ? 1 : dataset.minimum();
    inSync = info.inSync().size();
    learners.configured(info);
    advance();
  }

  /**
   * A node holds no copy of anything that was granted before: its session or incarnation is new.
   */
  void left(int id) {
    sharers.removeNode(id);
    places.left(id);
    rounds.answeredAll(id);
    fetches.forget(id);
    advance();
  }

  /** What it has not acknowledged is sent again in the next session. */
  void sessionEnded(int id) {
    fetches.forget(id);
    AppendStream stream = streams.of(id);
    if (stream != null) {
      stream.sessionEnded();
      learners.sessionEnded(id);
      advance();
    }
  }

  void invalidated(int from, long round) {
    rounds.answered(from, round);
    advance();
  }

  void acknowledged(int from, LogMessage.Appended message) {
    AppendStream stream = streams.of(from);
    if (stream == null) {
      return;
    }
    if (!stream.acknowledged(message.writtenTo(), message.durableTo())) {
      node.fabric()
          .disconnect(
              from,
              "it acknowledges more than it was sent - partition=" + partition + ", " + message);
      return;
    }
    node.counters().count(ClusterCounter.ACKNOWLEDGEMENTS);
    stream.pump(appendedTo, visibleTo());
    advance();
    tellSettledSoon(from);
  }

  void inStep(int from, long durableTo) {
    learners.inStep(from, durableTo, appendedTo);
    pumpAll();
    advance();
    tellSettledSoon(from);
  }

  /** What an earlier session has told may be lost with it, and nothing may be appended for long. */
  private void tellSettledSoon(int id) {
    AppendStream stream = streams.of(id);
    if (stream != null && stream.isToBeTold(visibleTo())) {
      setSettledTimer();
    }
  }

  private void pumpAll() {
    streams.all().forEach(stream -> stream.pump(appendedTo, visibleTo()));
  }

  private void drain() {
    isDrainDue.set(false);
    for (Note note = notes.poll(); note != null; note = notes.poll()) {
      switch (note) {
        case Note.Appended appended -> take(appended);
        case Note.Unlocked(long[] objectIds) -> fetches.unlocked(objectIds);
        case Note.Retired(int sequence) -> places.retired(sequence);
        case Note.Released(int sequence) -> {
          places.released(sequence);
          chunks.released(sequence);
          streams.released(sequence);
        }
      }
    }
    advance();
    flushIfNobodyElseDoes();
  }

  private void take(Note.Appended appended) {
    node.bulk().committed();
    chunks.appendedIn(LogAddress.sequence(appended.address()));
    int length = appended.length();
    long end = appended.address() + length;
    SettledPrefix.Batch batch = new SettledPrefix.Batch(end, length);
    prefix.appended(batch);
    if (!isOver) {
      // Else what stands at that address may be another owner's by now.
      streams.appended(appended.address(), length, appended.bytes(), end, appendedTo, visibleTo());
    }
    isWrittenByAll = streams.areOneSided();
    appendedTo = Math.max(appendedTo, end);
    learners.appendedIn(LogAddress.sequence(appended.address()));
    SortedMap<Integer, List<Long>> toTell = sharersOf(appended.changed(), appended.except());
    if (!toTell.isEmpty()) {
      batch.roundBegins();
      rounds.begin(toTell, batch::roundEnds);
    }
  }

  /**
   * Read now, after the words were locked: whoever was granted a copy before is listed. The
   * committer is listed for what it has written from here on, before any later batch asks; without
   * a session it keeps nothing, and might never answer.
   */
  private SortedMap<Integer, List<Long>> sharersOf(long[] objectIds, Spared except) {
    SortedMap<Integer, List<Long>> byNode = new TreeMap<>();
    boolean isKept = except.keptAs() != 0 && node.session(except.node()) != 0;
    for (long id : objectIds) {
      for (int sharer : sharers.of(id)) {
        if (sharer != except.node()) {
          byNode.computeIfAbsent(sharer, n -> new ArrayList<>()).add(id);
        } else if (!isKept) {
          sharers.evicted(id, sharer, Long.MAX_VALUE);
        }
      }
      if (isKept) {
        sharers.keep(id, except.node(), except.keptAs());
      }
    }
    if (isKept) {
      fetches.makeRoom();
    }
    return byNode;
  }

  /** An application's thread flushes what it waits for; what came by message, nobody does. */
  private void flushIfNobodyElseDoes() {
    if (!isOver && node.settings().power() && node.parts().needsFlush()) {
      node.flusher().flush(this::published);
    }
  }

  private void advance() {
    moveOn();
    learners.askForNext(acknowledgedTo);
  }

  private void moveOn() {
    if (!prefix.advance(streams.acknowledgedByAll())) {
      return;
    }
    outstandingBytes.addAndGet(-prefix.takeReleasedBytes());
    acknowledgedTo = prefix.acknowledgedTo();
    published();
    setSettledTimer();
  }

  private void published() {
    OwnedPartition by = owned;
    if (by != null && !isOver) {
      long inSight = by.publish();
      publishedTo = hasServed ? inSight : publishedTo;
    }
  }

  /** Below it everything is durable here and acknowledged. */
  long settledTo() {
    return node.settings().power() ? Math.min(acknowledgedTo, log.durableTo()) : acknowledgedTo;
  }

  /** What a replica may show: settled, and in sight here, or before this node was the owner. */
  long visibleTo() {
    return Math.min(settledTo(), publishedTo);
  }

  private void setSettledTimer() {
    if (!isSettledTimerSet && !isOver) {
      isSettledTimerSet = true;
      node.loop().after(SETTLED_ALONE_NS, this::tellSettled);
    }
  }

  private void tellSettled() {
    isSettledTimerSet = false;
    if (isOver) {
      return;
    }
    if (publishedTo < settledTo()) {
      // A thread of the application has published it since, or is going to.
      published();
    }
    streams.settled(visibleTo());
    boolean isFlushDue = settledTo() < acknowledgedTo;
    if (isFlushDue) {
      flushIfNobodyElseDoes();
    }
    if (isFlushDue || (hasServed && visibleTo() < acknowledgedTo)) {
      setSettledTimer();
    }
  }

  /** How far the others have come with the log. */
  List<OperatorAnswer.Follower> followers() {
    List<OperatorAnswer.Follower> followers = new ArrayList<>();
    long begin = log.chunks().isEmpty() ? 0 : LogAddress.head(log.chunks().getFirst().sequence());
    for (AppendStream stream : streams.all()) {
      followers.add(
          new OperatorAnswer.Follower(
              stream.peer.nodeId(),
              stream.state() == AppendStream.State.STREAMING,
              Math.max(0, log.tail() - Math.max(begin, stream.acknowledgedTo()))));
    }
    return followers;
  }

  /** Members that have not acknowledged something for so long. */
  SortedSet<Integer> overdue(long ns, long nowNs) {
    SortedSet<Integer> nodes = new TreeSet<>(streams.overdue(ns, nowNs));
    nodes.addAll(rounds.overdue(ns, nowNs));
    return nodes;
  }
}
