package io.hotpot.sim;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A node that sends numbered frames to all that it has a session with, answers those it gets, and
 * objects to whatever the rules of sessions forbid.
 */
final class SessionLog implements SimNetwork.Listener {

  private static final int LANES = 2;
  private static final int WINDOW = 5;

  /** What one session has brought so far. */
  private static final class Progress {
    final long number;
    final long[] sent = new long[LANES];
    final long[] next = new long[LANES];

    Progress(long number) {
      this.number = number;
    }
  }

  private final Simulation simulation;
  private final SimNetwork network;
  private final SimNode node;
  private final Map<SimNode, Progress> open = new HashMap<>();
  private final Map<SimNode, Long> lastNumbers = new HashMap<>();
  private final Map<String, Integer> lastIncarnations = new HashMap<>();
  final Set<String> heardOf = new TreeSet<>();
  long received;
  long ended;

  SessionLog(Simulation simulation, SimNetwork network, SimNode node) {
    this.simulation = simulation;
    this.network = network;
    this.node = node;
  }

  @Override
  public void sessionBegan(SimNode peer, long number) {
    check(!open.containsKey(peer), peer, "a session began within another one");
    check(number > lastNumbers.getOrDefault(peer, 0L), peer, "a session of an old number");
    check(
        peer.incarnation() >= lastIncarnations.getOrDefault(peer.name(), 0),
        peer,
        "a session with a former life");
    lastNumbers.put(peer, number);
    lastIncarnations.put(peer.name(), peer.incarnation());
    Progress progress = new Progress(number);
    open.put(peer, progress);
    for (int i = 0; i < WINDOW; i++) {
      send(peer, progress);
    }
  }

  private void send(SimNode peer, Progress progress) {
    int lane = (int) (progress.sent[0] + progress.sent[1]) % LANES;
    ByteBuffer frame = ByteBuffer.allocate(20);
    frame.putLong(progress.number).putInt(lane).putLong(progress.sent[lane]);
    if (network.send(node, peer, lane, frame.array())) {
      progress.sent[lane]++;
    }
  }

  @Override
  public void received(SimNode peer, byte[] bytes) {
    ByteBuffer frame = ByteBuffer.wrap(bytes);
    Progress progress = open.get(peer);
    check(progress != null, peer, "a frame without a session");
    check(frame.getLong() == progress.number, peer, "a frame of another session");
    int lane = frame.getInt();
    long expected = progress.next[lane]++;
    check(frame.getLong() == expected, peer, "not frame " + expected + " of lane " + lane);
    received++;
    heardOf.add(peer.name());
    simulation.note(expected);
    send(peer, progress);
  }

  @Override
  public void sessionEnded(SimNode peer) {
    check(open.remove(peer) != null, peer, "the end of a session that had not begun");
    ended++;
  }

  private void check(boolean holds, SimNode peer, String violation) {
    if (!holds) {
      throw new AssertionError(node + " was given by " + peer + ": " + violation);
    }
  }
}
