package io.hotpot.replication;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * What a node's loop does for nodes that catch up: piece after piece, and while transactions commit
 * only in a part of its time. Sockets share their way between lanes; this shares the processor,
 * without which a copy at full speed would leave commits a tenth of their rate.
 *
 * <p>Confined to the loop.
 */
final class BulkWork {

  /** Transactions have committed so lately that more are to be expected. */
  static final long RECENT_NS = 20_000_000;

  /** What is done at a time; then the loop is left to others. */
  static final long TURN_NS = 100_000;

  /** A loop's timers are not finer than that. */
  static final long PAUSE_NS = 1_000_000;

  /** Pieces of one log that may wait for one peer: twice what it asks for ahead. */
  static final int MOST_WAITING = 2 * ChunkCopy.WINDOW;

  private record Way(int peer, int partition) {}

  private record Piece(Way way, Runnable work) {}

  private final NodeLoop loop;
  private final Deque<Piece> waiting = new ArrayDeque<>();
  private final Map<Way, Integer> byWay = new HashMap<>();
  private long lastCommitNs = Long.MIN_VALUE / 2;
  private long turnNs;
  private boolean isScheduled;

  BulkWork(NodeLoop loop) {
    this.loop = loop;
  }

  /** Something was appended for a transaction, to a log of this node or to a copy. */
  void committed() {
    lastCommitNs = loop.bootNs();
  }

  /**
   * Does something soon, after what was given before.
   *
   * @return false: too much of this log waits for this peer already
   */
  boolean add(int peer, int partition, Runnable piece) {
    Way way = new Way(peer, partition);
    if (byWay.getOrDefault(way, 0) == MOST_WAITING) {
      return false;
    }
    byWay.merge(way, 1, Integer::sum);
    waiting.addLast(new Piece(way, piece));
    if (!isScheduled) {
      go();
    }
    return true;
  }

  private void go() {
    isScheduled = false;
    Piece piece = waiting.pollFirst();
    if (piece == null) {
      return;
    }
    byWay.computeIfPresent(piece.way(), (way, count) -> count == 1 ? null : count - 1);
    long begin = loop.bootNs();
    piece.work().run();
    long end = loop.bootNs();
    turnNs += end - begin;
    isScheduled = true;
    if (end - lastCommitNs < RECENT_NS && turnNs >= TURN_NS) {
      turnNs = 0;
      loop.after(PAUSE_NS, this::go);
    } else {
      loop.execute(this::go);
    }
  }
}
