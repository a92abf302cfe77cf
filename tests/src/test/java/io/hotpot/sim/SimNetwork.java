package io.hotpot.sim;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A network between nodes, which carries frames of bytes in sessions, as docs/PROTOCOL.md §3 says
 * of the fabric: first-in first-out within a lane of a session, each frame whole or not at all,
 * nothing after the session's end, no promise between sessions. A session ends when either end
 * cannot go on; each end is told at a time of its own. Then another one begins, as soon as both
 * ends are there and can reach each other.
 *
 * <p>Delays are drawn from the seed, so that frames of different pairs overtake one another. A link
 * may be lost at any frame; a way from one node to another may be cut: what is sent waits, and the
 * session ends if that lasts.
 *
 * <p>Confined to the simulation.
 */
public final class SimNetwork {

  static final long MAX_DELAY_NS = 200_000;
  private static final long MAX_TELLING_NS = 2_000_000;
  private static final long MAX_SILENCE_NS = 5_000_000;

  /** What a node is told, one call after the other, on a thread of its own. */
  public interface Listener {
    void sessionBegan(SimNode peer, long number);

    void received(SimNode peer, byte[] frame);

    /**
     * A frame has arrived, and is {@link #received} unless the machine's device takes it: at once,
     * on the simulation's own thread, also where the node stands still.
     */
    default boolean isTakenByDevice(SimNode peer, byte[] frame) {
      return false;
    }

    void sessionEnded(SimNode peer);
  }

  private final Simulation simulation;
  private final Map<SimNode, SimInbox> inboxes = new LinkedHashMap<>();
  private final Map<Set<SimNode>, SimSession> sessions = new LinkedHashMap<>();
  private final Set<List<String>> cuts = new HashSet<>();
  private final Map<List<String>, Long> slow = new HashMap<>();
  private int lossOneIn;
  private long sessionsBegun;

  public SimNetwork(Simulation simulation) {
    this.simulation = simulation;
  }

  /** One of so many frames takes its link with it; 0: none does. */
  public void loseLinkOneIn(int frames) {
    lossOneIn = frames;
  }

  /** Connects a node, in this life of it, with all others. */
  public void join(SimNode node, Listener listener) {
    SimInbox inbox = new SimInbox(node, listener);
    List<SimNode> others = List.copyOf(inboxes.keySet());
    inboxes.put(node, inbox);
    node.whenKilled(() -> leave(node));
    others.forEach(other -> connectLater(node, other));
  }

  private void leave(SimNode node) {
    inboxes.remove(node);
    for (SimSession session : List.copyOf(sessions.values())) {
      if (session.isOf(node)) {
        session.lose();
      }
    }
  }

  /**
   * Sends a frame in the session that the sender has been told of last.
   *
   * @param lane frames of different lanes may overtake one another
   * @return whether there is one, as far as the sender knows; the frame may be lost all the same
   */
  public boolean send(SimNode from, SimNode to, int lane, byte[] frame) {
    SimInbox inbox = inboxes.get(from);
    SimSession session = inbox == null ? null : inbox.session(to);
    if (session == null) {
      return false;
    }
    session.send(from, to, lane, frame.clone());
    if (lossOneIn > 0 && simulation.oneIn(lossOneIn)) {
      session.lose();
    }
    return true;
  }

  public boolean send(SimNode from, SimNode to, byte[] frame) {
    return send(from, to, 0, frame);
  }

  /** Cuts the way from one machine to another, in this direction only. */
  public void cut(String from, String to) {
    cuts.add(List.of(from, to));
    for (SimSession session : sessions.values()) {
      if (session.isBetween(from, to)) {
        loseIfStillCut(session);
      }
    }
  }

  /** Silence is noticed after a while, and by nobody if it has ended by then. */
  private void loseIfStillCut(SimSession session) {
    simulation.after(
        simulation.between(0, MAX_SILENCE_NS),
        () -> {
          if (session.isCut()) {
            session.lose();
          }
        });
  }

  /** Opens a way again: what waited goes on. */
  public void heal(String from, String to) {
    cuts.remove(List.of(from, to));
    sessions.values().forEach(SimSession::goOn);
  }

  boolean isCut(SimNode from, SimNode to) {
    return cuts.contains(List.of(from.name(), to.name()));
  }

  /** From now on frames need up to so much more in this direction; 0: as before. */
  public void slow(String from, String to, long ns) {
    slow.put(List.of(from, to), ns);
  }

  long delayNs() {
    return simulation.between(1, MAX_DELAY_NS);
  }

  long delayNs(SimNode from, SimNode to) {
    long more = slow.getOrDefault(List.of(from.name(), to.name()), 0L);
    return more == 0 ? delayNs() : simulation.between(1, MAX_DELAY_NS + more);
  }

  long tellingNs() {
    return simulation.between(1, MAX_TELLING_NS);
  }

  void after(long delayNs, Runnable action) {
    simulation.after(delayNs, action);
  }

  long nowNs() {
    return simulation.nowNs();
  }

  /** Both ends know of the end: the next session may begin. */
  void over(SimSession session) {
    if (sessions.remove(Set.of(session.one(), session.other()), session)) {
      connectLater(session.one(), session.other());
    }
  }

  private void connectLater(SimNode one, SimNode other) {
    simulation.after(tellingNs(), () -> connect(one, other));
  }

  private void connect(SimNode one, SimNode other) {
    SimInbox first = inboxes.get(one);
    SimInbox second = inboxes.get(other);
    if (first == null || second == null) {
      return;
    }
    if (isCut(one, other) || isCut(other, one)) {
      connectLater(one, other);
      return;
    }
    SimSession session = new SimSession(this, ++sessionsBegun, first, second);
    sessions.put(Set.of(one, other), session);
    session.begin();
  }
}
