package io.hotpot.sim;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A session between two nodes: two ends, each with its own knowledge of whether it is open. */
final class SimSession {

  private enum State {
    /** Not told yet that there is a session. */
    COMING,
    OPEN,
    /** Told that it is over: nothing more arrives. */
    OVER
  }

  private final class End {
    final SimInbox inbox;
    State state = State.COMING;

    /** No frame arrives before this moment, nor before an earlier one of its lane. */
    final Map<Integer, Long> arrived = new HashMap<>();

    final List<Runnable> waiting = new ArrayList<>();
    long beginsNs;

    End(SimInbox inbox) {
      this.inbox = inbox;
    }

    SimNode node() {
      return inbox.node;
    }
  }

  private final SimNetwork network;
  private final long number;
  private final End one;
  private final End other;
  private boolean lost;

  SimSession(SimNetwork network, long number, SimInbox one, SimInbox other) {
    this.network = network;
    this.number = number;
    this.one = new End(one);
    this.other = new End(other);
  }

  SimNode one() {
    return one.node();
  }

  SimNode other() {
    return other.node();
  }

  boolean isOf(SimNode node) {
    return one.node() == node || other.node() == node;
  }

  boolean isBetween(String from, String to) {
    return (one().name().equals(from) && other().name().equals(to))
        || (one().name().equals(to) && other().name().equals(from));
  }

  boolean isCut() {
    return network.isCut(one(), other()) || network.isCut(other(), one());
  }

  long number() {
    return number;
  }

  private End end(SimNode node) {
    return node == one.node() ? one : other;
  }

  void begin() {
    beginAt(one, other);
    beginAt(other, one);
  }

  private void beginAt(End end, End peer) {
    long delayNs = network.delayNs();
    end.beginsNs = network.nowNs() + delayNs;
    network.after(
        delayNs,
        () -> {
          end.state = State.OPEN;
          end.inbox.began(this, peer.node());
        });
  }

  void send(SimNode from, SimNode to, int lane, byte[] frame) {
    if (lost) {
      return;
    }
    End end = end(to);
    Runnable sending = () -> deliver(end, from, lane, frame);
    if (network.isCut(from, to) || !end.waiting.isEmpty()) {
      end.waiting.add(sending);
    } else {
      sending.run();
    }
  }

  private void deliver(End end, SimNode from, int lane, byte[] frame) {
    long earliest = end.arrived.getOrDefault(lane, end.beginsNs);
    long at = Math.max(earliest, network.nowNs() + network.delayNs(from, end.node()));
    end.arrived.put(lane, at);
    network.after(
        at - network.nowNs(),
        () -> {
          if (end.state == State.OPEN) {
            end.inbox.received(from, frame);
          }
        });
  }

  /** A way was opened: what waited for it goes on, in order. */
  void goOn() {
    goOn(one, other);
    goOn(other, one);
  }

  private void goOn(End end, End peer) {
    if (!lost && !network.isCut(peer.node(), end.node())) {
      List<Runnable> waited = List.copyOf(end.waiting);
      end.waiting.clear();
      waited.forEach(Runnable::run);
    }
  }

  /**
   * The link is gone: what is under way may arrive until the end is told, what is sent does not.
   */
  void lose() {
    if (lost) {
      return;
    }
    lost = true;
    endAt(one, other);
    endAt(other, one);
  }

  private void endAt(End end, End peer) {
    long tellNs = Math.max(network.tellingNs(), end.beginsNs - network.nowNs() + 1);
    network.after(
        tellNs,
        () -> {
          end.state = State.OVER;
          end.inbox.ended(peer.node());
          if (peer.state == State.OVER) {
            network.over(this);
          }
        });
  }
}
