package io.hotpot.replication;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;

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

  /** Pieces that may wait for one peer: more than any asks for that keeps to the protocol. */
  static final int MOST_WAITING = 64;

  private record Piece(int peer, Runnable work) {}

  private final NodeLoop loop;
  private final Deque<Piece> waiting = new ArrayDeque<>();
  private final Map<Integer, Integer> byPeer = new TreeMap<>();
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
   * @return false: too much waits for this peer already
   */
  boolean add(int peer, Runnable piece) {
    if (byPeer.getOrDefault(peer, 0) == MOST_WAITING) {
      return false;
    }
    byPeer.merge(peer, 1, Integer::sum);
    waiting.addLast(new Piece(peer, piece));
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
    byPeer.computeIfPresent(piece.peer(), (peer, count) -> count == 1 ? null : count - 1);
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
