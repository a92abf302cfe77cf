package io.hotpot.replication;

import io.hotpot.replication.LocalFabric.End;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Where nodes of one process meet. It opens a session wherever two nodes accept each other, and
 * ends it when one of them does not any more.
 *
 * <p>Thread-safety: any thread. No node's code runs under the lock.
 */
public final class LocalHub {

  private final ReentrantLock lock = new ReentrantLock();
  private final List<LocalFabric> nodes = new ArrayList<>();
  private long lastSession;

  /** Changes something about a node, then ends and opens sessions as it follows. */
  void change(Runnable change) {
    lock.lock();
    try {
      change.run();
      settle();
    } finally {
      lock.unlock();
    }
  }

  /** Does something while sessions neither begin nor end. */
  boolean undisturbed(BooleanSupplier action) {
    lock.lock();
    try {
      return action.getAsBoolean();
    } finally {
      lock.unlock();
    }
  }

  void add(LocalFabric node) {
    nodes.add(node);
  }

  void remove(LocalFabric node) {
    nodes.remove(node);
  }

  void endAll(LocalFabric node, String reason) {
    List.copyOf(node.sessions().values()).forEach(end -> end(end, reason));
  }

  /** Ends a session at both ends. */
  void end(End end, String reason) {
    end.owner.finish(end, reason);
    End other = end.other;
    if (other != null) {
      other.owner.finish(other, "the peer ended it: " + reason);
    }
  }

  private void settle() {
    for (LocalFabric node : nodes) {
      for (End end : List.copyOf(node.sessions().values())) {
        if (!node.accepts(end.peer)) {
          end(end, end.peer + " is no member any more");
        }
      }
    }
    for (int i = 0; i < nodes.size(); i++) {
      for (int j = 0; j < i; j++) {
        open(nodes.get(i), nodes.get(j));
      }
    }
  }

  private void open(LocalFabric a, LocalFabric b) {
    boolean isFree =
        !a.sessions().containsKey(b.self().nodeId())
            && !b.sessions().containsKey(a.self().nodeId());
    if (isFree && a.accepts(b.self()) && b.accepts(a.self())) {
      lastSession++;
      End atA = new End(a, b.self(), lastSession);
      End atB = new End(b, a.self(), lastSession);
      atA.other = atB;
      atB.other = atA;
      a.announce(atA);
      b.announce(atB);
      a.sessions().put(b.self().nodeId(), atA);
      b.sessions().put(a.self().nodeId(), atB);
    }
  }
}
