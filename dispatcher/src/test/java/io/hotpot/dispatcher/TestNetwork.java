package io.hotpot.dispatcher;

import io.hotpot.replication.Fabric;
import io.hotpot.replication.Message;
import io.hotpot.replication.Peer;
import io.hotpot.replication.Traffic;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.BiConsumer;

/** Sessions between nodes and dispatchers, with any delays, in order within each direction. */
final class TestNetwork {

  private final TestWorld world;
  private final LeaseTimes times;
  final List<DispatcherEnd> dispatchers = new ArrayList<>();
  boolean calm;
  private long sessions;

  TestNetwork(TestWorld world, LeaseTimes times) {
    this.world = world;
    this.times = times;
  }

  private long delayNs() {
    int kind = calm ? 99 : world.random.nextInt(100);
    if (kind == 0) {
      return world.between(0, 2 * times.leaseNs());
    }
    return kind < 10
        ? world.between(0, times.leaseNs() / 4)
        : world.between(times.leaseNs() / 20_000, times.leaseNs() / 1_000);
  }

  /** One connection of a node; the dispatcher's side knows it by number and identity. */
  final class Session {
    private final long number = ++sessions;
    private final Peer peer;
    private final DispatcherEnd dispatcher;
    private final TestWorld.Loop nodeLoop;
    private final BiConsumer<Session, Message> toNode;
    private final long[] lastNs = new long[2];
    private boolean open = true;

    private Session(
        Peer peer,
        DispatcherEnd dispatcher,
        TestWorld.Loop nodeLoop,
        BiConsumer<Session, Message> toNode) {
      this.peer = peer;
      this.dispatcher = dispatcher;
      this.nodeLoop = nodeLoop;
      this.toNode = toNode;
    }

    /** From the node. */
    void send(Message message) {
      deliver(0, dispatcher.loop, () -> dispatcher.listener.received(peer, number, message));
    }

    private void deliver(int direction, TestWorld.Loop loop, Runnable task) {
      lastNs[direction] = Math.max(lastNs[direction], world.nowNs() + delayNs());
      world.at(
          lastNs[direction],
          () ->
              loop.execute(
                  () -> {
                    if (open) {
                      task.run();
                    }
                  }));
    }

    void end() {
      if (open) {
        open = false;
        dispatcher.sessions.remove(this);
        world.at(
            world.nowNs() + delayNs(),
            () ->
                dispatcher.loop.execute(
                    () -> dispatcher.listener.sessionEnded(peer, number, "the test ended it")));
      }
    }

    boolean isOpen() {
      return open;
    }

    private void answer(Message message) {
      deliver(1, nodeLoop, () -> toNode.accept(this, message));
    }
  }

  /** From a node; the dispatcher may refuse it later by ending it. */
  Session connect(
      Peer peer, int dispatcher, TestWorld.Loop nodeLoop, BiConsumer<Session, Message> toNode) {
    DispatcherEnd end = dispatchers.get(dispatcher);
    Session session = new Session(peer, end, nodeLoop, toNode);
    end.sessions.add(session);
    session.deliver(0, end.loop, () -> end.listener.sessionBegan(peer, session.number));
    return session;
  }

  DispatcherEnd addDispatcher(TestWorld.Loop loop) {
    DispatcherEnd end = new DispatcherEnd(loop);
    dispatchers.add(end);
    return end;
  }

  /** The fabric of a dispatcher. */
  static final class DispatcherEnd implements Fabric {
    private final TestWorld.Loop loop;
    private final List<Session> sessions = new ArrayList<>();
    private final Traffic traffic = new Traffic();
    private Listener listener;

    private DispatcherEnd(TestWorld.Loop loop) {
      this.loop = loop;
    }

    @Override
    public void start(Listener listener) {
      this.listener = listener;
    }

    @Override
    public void identity(Peer self) {}

    /** Sessions are judged when something is sent: a test's node may be ahead of a dispatcher. */
    @Override
    public void members(Collection<Member> members) {}

    @Override
    public boolean send(int nodeId, Message message) {
      boolean isSent = false;
      for (Session session : List.copyOf(sessions)) {
        if (session.peer.nodeId() == nodeId) {
          session.answer(message);
          isSent = true;
        }
      }
      return isSent;
    }

    @Override
    public boolean answer(Peer peer, long session, Message message) {
      for (Session each : List.copyOf(sessions)) {
        if (each.number == session) {
          each.answer(message);
          return true;
        }
      }
      return false;
    }

    @Override
    public void disconnect(int nodeId, String reason) {
      throw new AssertionError("node " + nodeId + " was disconnected: " + reason);
    }

    @Override
    public Traffic traffic() {
      return traffic;
    }

    @Override
    public void close() {
      List.copyOf(sessions).forEach(Session::end);
    }
  }
}
