package io.hotpot.sim;

import java.util.concurrent.LinkedBlockingQueue;

/** What one node is to be told by the network, in order, by a thread of the node. */
final class SimInbox {

  final SimNode node;
  final SimNetwork.Listener listener;
  private final LinkedBlockingQueue<Runnable> calls = new LinkedBlockingQueue<>();

  SimInbox(SimNode node, SimNetwork.Listener listener) {
    this.node = node;
    this.listener = listener;
    node.seams().threads().start("network", this::loop);
  }

  void add(Runnable call) {
    calls.add(call);
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
