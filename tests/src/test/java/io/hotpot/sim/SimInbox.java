package io.hotpot.sim;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;

/** What one node is to be told by the network, in order, by a thread of the node. */
final class SimInbox {

  final SimNode node;
  final SimNetwork.Listener listener;

  /** The session with each peer that the node has been told of, and not of its end. */
  private final Map<SimNode, SimSession> sessions = new HashMap<>();

  private final LinkedBlockingQueue<Runnable> calls = new LinkedBlockingQueue<>();

  SimInbox(SimNode node, SimNetwork.Listener listener) {
    this.node = node;
    this.listener = listener;
    node.seams().threads().start("network", this::loop);
  }

  void began(SimSession session, SimNode peer) {
    calls.add(
        () -> {
          sessions.put(peer, session);
          listener.sessionBegan(peer, session.number());
        });
  }

  void received(SimNode peer, byte[] frame) {
    if (node.isKilled() || !listener.isTakenByDevice(peer, frame)) {
      calls.add(() -> listener.received(peer, frame));
    }
  }

  void ended(SimNode peer) {
    calls.add(
        () -> {
          sessions.remove(peer);
          listener.sessionEnded(peer);
        });
  }

  /** The session that the node's frames to a peer belong to; null: none, as far as it knows. */
  SimSession session(SimNode peer) {
    return sessions.get(peer);
  }

  private void loop() {
    try {
      while (true) {
        calls.take().run();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
