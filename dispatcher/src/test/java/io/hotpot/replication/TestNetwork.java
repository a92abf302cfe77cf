package io.hotpot.replication;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Sessions between ends, with drawn delays; links can be cut and sessions lost. */
final class TestNetwork {

  /** Sees every message that a node sends. */
  interface Watch {
    void sent(Peer from, int to, Message message);
  }

  private final VirtualWorld world;
  private final Watch watch;
  private final List<End> ends = new ArrayList<>();
  private final List<Session> sessions = new ArrayList<>();
  private final Set<String> cut = new TreeSet<>();
  private long lastSession;

  TestNetwork(VirtualWorld world, Watch watch) {
    this.world = world;
    this.watch = watch;
  }

  End end(int host, VirtualWorld.Loop loop) {
    return new End(host, loop);
  }

  /** Hosts are numbers that outlive incarnations. */
  void cut(int host, int other) {
    cut.add(link(host, other));
    for (Session session : List.copyOf(sessions)) {
      if (link(session.a.host, session.b.host).equals(link(host, other))) {
        session.lose("the link is cut");
      }
    }
  }

  void heal() {
    cut.clear();
    connectAll();
  }

  private static String link(int a, int b) {
    return Math.min(a, b) + "-" + Math.max(a, b);
  }

  void loseOneSession() {
    if (!sessions.isEmpty()) {
      sessions.get((int) world.between(0, sessions.size())).lose("lost");
    }
  }

  private void connectAll() {
    for (End a : ends) {
      for (End b : ends) {
        if (a.host < b.host) {
          connect(a, b);
        }
      }
    }
  }

  private void connect(End a, End b) {
    if (!a.mayMeet(b) || a.sessionWith(b) != null) {
      return;
    }
    Session session = new Session(a, b, ++lastSession);
    sessions.add(session);
    world.after(world.between(10_000, 2_000_000), session::begin);
  }

  /** One connection; each end is told of its beginning and end in its own time. */
  private final class Session {
    final End a;
    final End b;
    final Peer peerA;
    final Peer peerB;
    final long number;
    private final Map<String, Long> lastNs = new HashMap<>();
    private boolean isOpen;
    private boolean isLost;
    private boolean toldA;
    private boolean toldB;

    Session(End a, End b, long number) {
      this.a = a;
      this.b = b;
      this.peerA = a.self;
      this.peerB = b.self;
      this.number = number;
    }

    void begin() {
      if (isLost) {
        sessions.remove(this);
        return;
      }
      if (!a.mayMeet(b) || !a.self.equals(peerA) || !b.self.equals(peerB)) {
        sessions.remove(this);
        connect(a, b);
        return;
      }
      isOpen = true;
      a.loop.execute(() -> tellBegin(a, peerB, true));
      b.loop.execute(() -> tellBegin(b, peerA, false));
    }

    private void tellBegin(End end, Peer peer, boolean isA) {
      if (!end.isClosed && end.listener != null && isOpen && end.self.equals(isA ? peerA : peerB)) {
        if (isA) {
          toldA = true;
        } else {
          toldB = true;
        }
        end.listener.sessionBegan(peer, number);
      }
    }

    boolean isUsable(End from) {
      return isOpen && !isLost && (from == a ? toldA : toldB);
    }

    void send(End from, Message message) {
      End to = from == a ? b : a;
      Peer sender = from == a ? peerA : peerB;
      String lane = (from == a) + " " + message.lane();
      long delayNs =
          world.chance(0.02)
              ? world.between(0, 30 * VirtualWorld.MS)
              : world.between(20_000, 500_000);
      long atNs = Math.max(world.nowNs() + delayNs, lastNs.getOrDefault(lane, 0L));
      lastNs.put(lane, atNs);
      world.atTime(atNs, () -> arrive(to, sender, message));
    }

    private void arrive(End to, Peer sender, Message message) {
      if (isLost) {
        return;
      }
      to.loop.execute(
          () -> {
            boolean isToldThere = to == a ? toldA : toldB;
            if (!to.isClosed && to.listener != null && isToldThere) {
              to.listener.received(sender, number, message);
            }
          });
    }

    void lose(String reason) {
      if (isLost) {
        return;
      }
      isLost = true;
      long atA = world.between(0, 5 * VirtualWorld.MS);
      long atB = world.between(0, 5 * VirtualWorld.MS);
      int[] untold = {2};
      Runnable told =
          () -> {
            if (--untold[0] == 0) {
              sessions.remove(this);
              world.after(world.between(1, 5 * VirtualWorld.MS), () -> connect(a, b));
            }
          };
      world.after(atA, () -> tellEndOnLoop(a, peerB, reason, told));
      world.after(atB, () -> tellEndOnLoop(b, peerA, reason, told));
    }

    /** No later session begins before both know of the end: Hello stands for that. */
    private void tellEndOnLoop(End end, Peer peer, String reason, Runnable told) {
      if (end.isClosed) {
        told.run();
        return;
      }
      end.loop.execute(
          () -> {
            tellEnd(end, peer, reason);
            told.run();
          });
    }

    private void tellEnd(End end, Peer peer, String reason) {
      boolean wasTold = end == a ? toldA : toldB;
      if (end == a) {
        toldA = false;
      } else {
        toldB = false;
      }
      if (wasTold && !end.isClosed && end.listener != null) {
        end.listener.sessionEnded(peer, number, reason);
      }
    }
  }

  /** What a node or a dispatcher has of the network. */
  final class End implements Fabric {
    final int host;
    final VirtualWorld.Loop loop;
    private final Traffic traffic = new Traffic();
    private @Nullable Listener listener;
    private Peer self = Peer.STRANGER;
    private Map<Integer, Peer> members = Map.of();
    private boolean isClosed;

    End(int host, VirtualWorld.Loop loop) {
      this.host = host;
      this.loop = loop;
    }

    private boolean accepts(End other) {
      return (self.isDispatcher() && other.self.equals(Peer.STRANGER))
          || other.self.equals(members.get(other.self.nodeId()));
    }

    private boolean mayMeet(End other) {
      return !isClosed
          && !other.isClosed
          && accepts(other)
          && other.accepts(this)
          && !cut.contains(link(host, other.host));
    }

    private @Nullable Session sessionWith(End other) {
      for (Session session : sessions) {
        if ((session.a == this && session.b == other)
            || (session.b == this && session.a == other)) {
          return session;
        }
      }
      return null;
    }

    @Override
    public void start(Listener to) {
      listener = to;
      ends.add(this);
      connectAll();
    }

    @Override
    public void identity(Peer now) {
      if (!now.equals(self)) {
        for (Session session : List.copyOf(sessions)) {
          if (session.a == this || session.b == this) {
            session.lose("another identity");
          }
        }
        self = now;
        world.after(0, TestNetwork.this::connectAll);
      }
    }

    @Override
    public void members(Collection<Member> now) {
      members = new HashMap<>();
      now.forEach(member -> members.put(member.peer().nodeId(), member.peer()));
      for (Session session : List.copyOf(sessions)) {
        if ((session.a == this || session.b == this)
            && !accepts(session.a == this ? session.b : session.a)) {
          session.lose("no member any more");
        }
      }
      world.after(0, TestNetwork.this::connectAll);
    }

    @Override
    public boolean send(int nodeId, Message message) {
      watch.sent(self, nodeId, message);
      for (Session session : sessions) {
        Peer peer = session.a == this ? session.peerB : session.peerA;
        if ((session.a == this || session.b == this)
            && peer.nodeId() == nodeId
            && session.isUsable(this)) {
          session.send(this, message);
          return true;
        }
      }
      return false;
    }

    @Override
    public boolean answer(Peer peer, long number, Message message) {
      for (Session session : sessions) {
        if (session.number == number && session.isUsable(this)) {
          session.send(this, message);
          return true;
        }
      }
      return false;
    }

    @Override
    public void disconnect(int nodeId, String reason) {
      for (Session session : List.copyOf(sessions)) {
        Peer peer = session.a == this ? session.peerB : session.peerA;
        if ((session.a == this || session.b == this) && peer.nodeId() == nodeId) {
          session.lose(reason);
        }
      }
    }

    @Override
    public Traffic traffic() {
      return traffic;
    }

    @Override
    public void close() {
      isClosed = true;
      ends.remove(this);
      for (Session session : List.copyOf(sessions)) {
        if (session.a == this || session.b == this) {
          session.lose("closed");
        }
      }
    }
  }
}
