package io.hotpot.replication;

import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.LogMessage.ChunkBytes;
import io.hotpot.replication.LogMessage.ReadChunk;
import io.hotpot.replication.MembershipMessage.ChangeReplicas;
import io.hotpot.store.spi.HeldLog;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The owner's side of catch-up (PROTOCOL 11): manifests, bytes of chunks, and the change of the
 * sets when a learner is in step.
 *
 * <p>Confined to the loop.
 */
final class CatchUpDesk {

  /** The most that one {@link ReadChunk} may ask for. */
  static final int MAX_READ_BYTES = 192 * 1024;

  /**
   * A learner that asks for nothing for so many leases does not keep chunks from being released.
   */
  private static final int LEASES_WITHOUT_READING = 5;

  private static final byte[] GONE = {};

  private final Surroundings node;
  private final HeldLog log;
  private final int epoch;
  private final PartitionStreams streams;

  /** Learners that have said that they are in step in this epoch. */
  private final SortedSet<Integer> inStep = new TreeSet<>();

  /** For learners that copy. */
  private final SortedMap<Integer, KeptChunks> kept = new TreeMap<>();

  private @Nullable PartitionInfo info;
  private boolean isOver;

  CatchUpDesk(Surroundings node, HeldLog log, int epoch, PartitionStreams streams) {
    this.node = node;
    this.log = log;
    this.epoch = epoch;
    this.streams = streams;
  }

  void configured(PartitionInfo now) {
    info = now;
    inStep.retainAll(now.learners());
    inStep.removeIf(id -> !isStreaming(id));
    inStep.forEach(streams::require);
    letGoIf(id -> streams.of(id) == null);
  }

  /** Nothing is read for learners any more. */
  void end() {
    isOver = true;
    letGoIf(id -> true);
  }

  /** Four times in a lease. */
  void tick() {
    long now = node.loop().bootNs();
    long limit = LEASES_WITHOUT_READING * node.settings().leaseNs();
    letGoIf(id -> kept(id).isIdle(limit, now));
  }

  private KeptChunks kept(int id) {
    return Objects.requireNonNull(kept.get(id), "chunks are kept for it");
  }

  private void letGoIf(IntPredicate isOver) {
    for (int id : List.copyOf(kept.keySet())) {
      if (isOver.test(id)) {
        kept(id).letGo();
        kept.remove(id);
      }
    }
  }

  void sessionEnded(int id) {
    inStep.remove(id);
    letGoIf(other -> other == id);
    streams.leave(id);
  }

  private boolean isStreaming(int id) {
    AppendStream stream = streams.of(id);
    return stream != null && stream.state() == AppendStream.State.STREAMING;
  }

  void catchUp(int from, long appendedTo) {
    AppendStream stream = streams.of(from);
    if (stream != null) {
      // Those of an earlier manifest are let go afterwards: its log may end in one of them.
      KeptChunks now = new KeptChunks(log, node.loop().bootNs());
      letGoIf(id -> id == from);
      kept.put(from, now);
      stream.catchUp(appendedTo);
    }
  }

  /** Something was appended in a chunk, and given to the streams. */
  void appendedIn(int sequence) {
    kept.forEach(
        (id, chunks) -> {
          AppendStream stream = streams.of(id);
          if (stream != null) {
            chunks.appended(sequence, LogAddress.sequenceOfEnd(stream.sentTo()));
          }
        });
  }

  void readChunk(int from, ReadChunk read) {
    if (read.length() <= 0 || read.length() > MAX_READ_BYTES || read.offset() < 0) {
      node.fabric().disconnect(from, "it asks for bytes that no chunk has: " + read);
      return;
    }
    long session = node.session(from);
    boolean isTaken =
        node.bulk()
            .add(
                from,
                log.partition(),
                () -> {
                  if (!isOver && node.session(from) == session) {
                    give(from, read);
                  }
                });
    if (!isTaken) {
      node.fabric().disconnect(from, "it asks for more pieces of chunks than can wait");
    }
  }

  private void give(int from, ReadChunk read) {
    byte[] bytes = new byte[read.length()];
    boolean isThere = log.read(read.sequence(), read.offset(), bytes, bytes.length);
    node.counters().add(ClusterCounter.CATCH_UP_BYTES_SENT, isThere ? bytes.length : 0);
    node.context()
        .send(
            from,
            new ChunkBytes(
                log.partition(), epoch, read.sequence(), read.offset(), isThere ? bytes : GONE));
    KeptChunks chunks = kept.get(from);
    if (chunks != null) {
      chunks.sent(read.sequence(), node.loop().bootNs());
    }
  }

  void inStep(int from, long durableTo, long appendedTo) {
    AppendStream stream = streams.of(from);
    PartitionInfo now = info;
    if (stream != null && stream.state() == AppendStream.State.LAPSED) {
      // It has less than was sent long ago, and has to go on copying.
      catchUp(from, appendedTo);
      return;
    }
    if (stream == null || now == null || !stream.inStep(durableTo)) {
      return;
    }
    letGoIf(id -> id == from);
    if (now.learners().contains(from)) {
      inStep.add(from);
      streams.require(from);
    }
  }

  /**
   * Asks the dispatcher to count a learner, one at a time, since each change is for the present
   * revision. It is waited for from before the question on, and until a configuration of a later
   * revision says that it does not count: by then the question can only be refused.
   *
   * @param acknowledgedTo what may have been told to committers; with less than that it does not
   *     have everything, though nothing more is acknowledged without it
   */
  void askForNext(long acknowledgedTo) {
    PartitionInfo now = info;
    if (now == null || inStep.stream().anyMatch(streams::isAskedFor)) {
      return;
    }
    for (int id : inStep) {
      AppendStream stream = streams.of(id);
      if (stream != null && stream.acknowledgedTo() >= acknowledgedTo) {
        ask(now, id);
        return;
      }
    }
  }

  private void ask(PartitionInfo now, int id) {
    streams.asking(id, now.revision());
    List<Integer> inSync = new ArrayList<>(now.inSync());
    inSync.add(id);
    List<Integer> learners = new ArrayList<>(now.learners());
    learners.remove(Integer.valueOf(id));
    node.context()
        .ask(
            request ->
                new ChangeReplicas(
                    request, now.id(), now.epoch(), now.revision(), inSync, learners),
            answer -> {
              if (answer instanceof MembershipMessage.Refused(long ignored, String reason)) {
                node.events().accept("partition " + now.id() + ", learner " + id + ": " + reason);
              }
            });
  }
}
