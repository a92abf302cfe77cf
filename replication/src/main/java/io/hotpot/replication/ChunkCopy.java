package io.hotpot.replication;

import io.hotpot.replication.LogMessage.ChunkBytes;
import io.hotpot.replication.LogMessage.ReadChunk;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Copies ranges of chunks from the owner, oldest first, with a window of requests (PROTOCOL 11.2).
 * Pieces are handed on in order and without a hole.
 *
 * <p>Confined to the loop.
 */
final class ChunkCopy {

  /** Requests under way. */
  static final int WINDOW = 8;

  /**
   * A part of a chunk.
   *
   * @param from offset of its first byte
   * @param end offset behind its last byte
   */
  record Range(int sequence, int from, int end) {}

  /** What becomes of the bytes. */
  interface Target {

    /**
     * A range is going to be copied after the present one.
     *
     * @param ready to be run on the loop when there is room for it
     */
    void prepare(Runnable ready);

    /**
     * The next piece.
     *
     * @param isLast whether the range is complete with it
     */
    void copied(Range range, int offset, byte[] bytes, boolean isLast);

    /** All ranges are complete. */
    void complete();

    /** The owner does not have a chunk any more. */
    void gone(int sequence);
  }

  private record Request(Range range, int offset, int length) {}

  private final NodeContext context;
  private final int partition;
  private final int epoch;
  private final int owner;
  private final Target target;
  private final Deque<Range> ranges;
  private final Deque<Request> requests = new ArrayDeque<>();
  private int nextOffset;

  /** Whether there is room for the first of the ranges. */
  private boolean isReady;

  private boolean isOver;

  ChunkCopy(
      NodeContext context, int partition, int epoch, int owner, List<Range> ranges, Target target) {
    this.context = context;
    this.partition = partition;
    this.epoch = epoch;
    this.owner = owner;
    this.ranges = new ArrayDeque<>(ranges);
    this.target = target;
    this.nextOffset = ranges.isEmpty() ? 0 : ranges.getFirst().from();
  }

  void begin() {
    prepareNext();
    request();
  }

  private void prepareNext() {
    isReady = false;
    if (!ranges.isEmpty()) {
      target.prepare(
          () -> {
            isReady = true;
            if (!isOver) {
              request();
            }
          });
    }
  }

  private void request() {
    while (requests.size() < WINDOW && isReady) {
      Range range = ranges.getFirst();
      int length = Math.min(CatchUpDesk.MAX_READ_BYTES, range.end() - nextOffset);
      requests.add(new Request(range, nextOffset, length));
      context.send(owner, new ReadChunk(partition, epoch, range.sequence(), nextOffset, length));
      nextOffset += length;
      if (nextOffset == range.end()) {
        ranges.removeFirst();
        nextOffset = ranges.isEmpty() ? 0 : ranges.getFirst().from();
        prepareNext();
      }
    }
    if (requests.isEmpty() && ranges.isEmpty() && !isOver) {
      isOver = true;
      target.complete();
    }
  }

  /** Answers come in the order of the requests; another one is of an earlier copying. */
  void received(ChunkBytes answer) {
    Request oldest = requests.peekFirst();
    if (isOver
        || oldest == null
        || oldest.range().sequence() != answer.sequence()
        || oldest.offset() != answer.offset()) {
      return;
    }
    if (answer.bytes().length != oldest.length()) {
      isOver = true;
      target.gone(answer.sequence());
      return;
    }
    requests.removeFirst();
    Range range = oldest.range();
    target.copied(
        range, oldest.offset(), answer.bytes(), oldest.offset() + oldest.length() == range.end());
    if (!isOver) {
      request();
    }
  }

  /** What still comes is ignored. */
  void stop() {
    isOver = true;
  }
}
