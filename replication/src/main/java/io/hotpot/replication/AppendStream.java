package io.hotpot.replication;

import io.hotpot.replication.LogMessage.Append;
import io.hotpot.replication.LogMessage.AppendedAt;
import io.hotpot.replication.LogMessage.ChunkAt;
import io.hotpot.replication.LogMessage.HeldChunks;
import io.hotpot.replication.LogMessage.Manifest;
import io.hotpot.replication.LogMessage.NewEpoch;
import io.hotpot.replication.LogMessage.Reconcile;
import io.hotpot.replication.LogMessage.Settled;
import io.hotpot.replication.LogMessage.Tail;
import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.HeldLog.BatchEnd;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The way of a partition's log from its owner to one other node: first both agree on where their
 * logs part (10.4, and so after every lost session), then the owner sends what is missing and what
 * is appended, in the order of the log.
 *
 * <pre>
 *   ASKING -- Tail --> RECONCILING -- Appended --> STREAMING
 *      `------ CatchUp ------> CATCHING_UP -- InStep --> STREAMING
 *                     too much unacknowledged --> LAPSED -- InStep --> CATCHING_UP
 * </pre>
 *
 * <p>Confined to the loop.
 */
final class AppendStream {

  enum State {
    /** The owner does not know yet where the other log ends. */
    ASKING,
    /** The other one cuts its log where they part. */
    RECONCILING,
    /** A learner copies chunks; what is appended from the manifest on is sent to it. */
    CATCHING_UP,
    /** A learner copies chunks, and so slowly that nothing more is sent to it. */
    LAPSED,
    /** The other log is a prefix of this one, and follows it. */
    STREAMING
  }

  /** What may be sent and not acknowledged. */
  static final long WINDOW_BYTES = 16L << 20;

  /** The same of a learner that still copies chunks. */
  static final long LEARNER_WINDOW_BYTES = 32L << 20;

  /** Batches are put together up to this size. */
  private static final int PIECE_BYTES = 192 * 1024;

  private record Sent(long end, int length, long atNs) {}

  private final NodeContext context;
  private final HeldLog log;
  private final int epoch;
  private final boolean power;
  final Peer peer;
  private final int node;
  private final OneSidedAppends oneSided;
  private final Deque<Sent> unacknowledged = new ArrayDeque<>();
  private State state = State.ASKING;
  private long session;
  private long stateSinceNs;
  private long unacknowledgedBytes;
  private long sentTo;
  private long streamBegin;
  private long acknowledgedTo;
  private long settledSent;
  private boolean hasAnsweredTail;

  /**
   * @param power whether the acknowledgement that counts is of what is on the medium
   */
  AppendStream(
      NodeContext context,
      HeldLog log,
      int epoch,
      boolean power,
      Peer peer,
      OneSidedAppends oneSided) {
    this.oneSided = oneSided;
    this.context = context;
    this.log = log;
    this.epoch = epoch;
    this.power = power;
    this.peer = peer;
    this.node = peer.nodeId();
    this.stateSinceNs = context.loop().bootNs();
  }

  State state() {
    return state;
  }

  /** What the other node has, without a hole, as far as it has said so. */
  long acknowledgedTo() {
    return acknowledgedTo;
  }

  /** The end of what was sent, or is copied by other means. */
  long sentTo() {
    return sentTo;
  }

  private void become(State next) {
    state = next;
    stateSinceNs = context.loop().bootNs();
  }

  // ---- sessions

  /** Begins anew in a session; what was sent in an earlier one counts only if acknowledged. */
  void sessionBegan(long newSession) {
    session = newSession;
    settledSent = 0;
    oneSided.forget();
    forgetSent();
    hasAnsweredTail = false;
    become(State.ASKING);
    context.send(node, new NewEpoch(log.partition(), epoch));
  }

  void sessionEnded() {
    session = 0;
    oneSided.forget();
    forgetSent();
    become(State.ASKING);
  }

  private void forgetSent() {
    unacknowledged.clear();
    unacknowledgedBytes = 0;
  }

  // ---- agreeing on a common prefix

  /** The other log's end: it keeps what both have, and cuts the rest. Once in a session. */
  void tail(Tail tail) {
    if (hasAnsweredTail) {
      return;
    }
    hasAnsweredTail = true;
    BatchEnd common = CommonPrefix.of(log, tail);
    if (state == State.ASKING) {
      become(State.RECONCILING);
      sentTo = common == null ? 0 : common.end();
    }
    context.send(
        node,
        new Reconcile(
            log.partition(),
            epoch,
            common == null ? 0 : common.end(),
            common == null ? 0 : common.checksum()));
  }

  /** The replica lets this node write to a chunk of its log. */
  void chunkAt(ChunkAt at) {
    if (session != 0) {
      oneSided.told(at.sequence(), at.memory());
    }
  }

  // ---- learners

  /**
   * Streams what is appended from an address on, while the other node copies what lies before.
   *
   * @param from where the log ends now
   */
  void catchUp(long from) {
    BatchEnd end = LogAddress.batchEndingAt(log, from);
    become(State.CATCHING_UP);
    forgetSent();
    sentTo = from;
    settledSent = 0;
    streamBegin = from;
    context.send(
        node,
        new Manifest(
            log.partition(),
            epoch,
            LogAddress.chunksUpTo(log, end),
            from,
            end == null ? 0 : end.checksum()));
  }

  /**
   * The learner has everything up to the stream.
   *
   * @return whether that is possible
   */
  boolean inStep(long durableTo) {
    if (state != State.CATCHING_UP || durableTo < streamBegin || durableTo > sentTo) {
      return false;
    }
    become(State.STREAMING);
    acknowledge(durableTo);
    return true;
  }

  // ---- streaming

  /**
   * A batch was appended. Sent at once where nothing before it is missing and the window has room;
   * else {@link #pump} comes to it.
   */
  void appended(
      long address, int length, byte @Nullable [] bytes, long end, long endBefore, long settledTo) {
    if (!isSending() || sentTo != endBefore || isFull()) {
      return;
    }
    int offset = LogAddress.offset(address);
    send(
        address,
        length,
        end,
        settledTo,
        () -> bytes != null ? bytes : read(LogAddress.sequence(address), offset, length));
  }

  /** Whether it has lately written by itself what was appended. */
  boolean isOneSided() {
    return state == State.STREAMING && oneSided.hasKeys();
  }

  private boolean isSending() {
    return session != 0 && (state == State.STREAMING || state == State.CATCHING_UP);
  }

  private boolean isFull() {
    if (state == State.STREAMING) {
      return unacknowledgedBytes >= WINDOW_BYTES;
    }
    if (unacknowledgedBytes >= LEARNER_WINDOW_BYTES) {
      become(State.LAPSED);
      return true;
    }
    return false;
  }

  /**
   * Sends one or more batches, by whichever way there is.
   *
   * @param bytes asked for only where they go with the message; null: they are not there any more
   */
  private void send(
      long address, int length, long end, long settledTo, Supplier<byte @Nullable []> bytes) {
    if (state == State.STREAMING && oneSided.write(address, length)) {
      context.send(node, new AppendedAt(log.partition(), epoch, address, settledTo, power, length));
      context.counters().count(ClusterCounter.APPENDS_WRITTEN);
      context.counters().add(ClusterCounter.APPENDED_BYTES_WRITTEN, length);
    } else {
      byte[] carried = bytes.get();
      if (carried == null) {
        return;
      }
      context.send(node, new Append(log.partition(), epoch, address, settledTo, power, carried));
      context.counters().count(ClusterCounter.APPENDS_SENT);
      context.counters().add(ClusterCounter.APPENDED_BYTES_SENT, length);
    }
    unacknowledged.add(new Sent(end, length, context.loop().bootNs()));
    unacknowledgedBytes += length;
    sentTo = end;
    settledSent = Math.max(settledSent, settledTo);
  }

  /** Sends what is missing from the log, as far as the window allows. */
  void pump(long appendedTo, long settledTo) {
    if (!isSending() || sentTo >= appendedTo || isFull()) {
      return;
    }
    List<BatchEnd> ends = log.batchesFrom(sentTo);
    List<BatchEnd> piece = new ArrayList<>();
    for (BatchEnd batch : ends) {
      if (batch.end() > appendedTo) {
        break;
      }
      if (!piece.isEmpty() && !continues(piece, batch)) {
        sendPiece(piece, settledTo);
        piece.clear();
        if (isFull()) {
          return;
        }
      }
      piece.add(batch);
    }
    if (!piece.isEmpty()) {
      sendPiece(piece, settledTo);
    }
  }

  private boolean continues(List<BatchEnd> piece, BatchEnd next) {
    int chunk = LogAddress.sequenceOfEnd(piece.getFirst().end());
    return LogAddress.sequenceOfEnd(next.end()) == chunk
        && next.end() - beginOf(chunk) <= PIECE_BYTES;
  }

  private long beginOf(int chunk) {
    boolean goesOn = sentTo != 0 && LogAddress.sequenceOfEnd(sentTo) == chunk;
    return goesOn ? sentTo : LogAddress.head(chunk);
  }

  private void sendPiece(List<BatchEnd> piece, long settledTo) {
    long end = piece.getLast().end();
    int chunk = LogAddress.sequenceOfEnd(end);
    long begin = beginOf(chunk);
    int length = (int) (end - begin);
    int offset = LogAddress.offsetOfEnd(end) - length;
    send(begin, length, end, settledTo, () -> read(chunk, offset, length));
  }

  private byte @Nullable [] read(int chunk, int offset, int length) {
    byte[] bytes = new byte[length];
    context.counters().add(ClusterCounter.RECORD_BYTES_COPIED, length);
    return log.read(chunk, offset, bytes, length) ? bytes : null;
  }

  /**
   * The other node has the log up to there.
   *
   * @return whether that is possible
   */
  boolean acknowledged(long writtenTo, long durableTo) {
    long to = power ? durableTo : writtenTo;
    if (state == State.RECONCILING) {
      if (sentTo != 0 && writtenTo != sentTo) {
        return false;
      }
      become(State.STREAMING);
      // It takes what is sent from now on, and was told of no release since its last session.
      context.send(node, new HeldChunks(log.partition(), epoch, log.sequences()));
    }
    if (state != State.STREAMING || sentTo == 0) {
      return true;
    }
    if (to > sentTo) {
      return false;
    }
    acknowledge(to);
    return true;
  }

  private void acknowledge(long to) {
    acknowledgedTo = Math.max(acknowledgedTo, to);
    while (!unacknowledged.isEmpty() && unacknowledged.getFirst().end() <= acknowledgedTo) {
      unacknowledgedBytes -= unacknowledged.removeFirst().length();
    }
  }

  /** Whether nothing that was sent in this session has told how far it may publish. */
  boolean isToBeTold(long settledTo) {
    return isSending() && settledSent < settledTo;
  }

  /** Tells up to where it may publish, if nothing that was sent has. */
  void settled(long settledTo) {
    if (isToBeTold(settledTo)) {
      settledSent = settledTo;
      context.send(node, new Settled(log.partition(), epoch, settledTo));
    }
  }

  void released(int sequence) {
    if (isSending()) {
      context.send(node, new LogMessage.ReleaseChunk(log.partition(), epoch, sequence));
    }
  }

  /** Whether the other node has not answered for so long. */
  boolean isOverdue(long ns, long nowNs) {
    Sent oldest = unacknowledged.peekFirst();
    return switch (state) {
      case STREAMING -> oldest != null && nowNs - oldest.atNs() >= ns;
      case ASKING, RECONCILING -> nowNs - stateSinceNs >= ns;
      case CATCHING_UP, LAPSED -> false;
    };
  }
}
