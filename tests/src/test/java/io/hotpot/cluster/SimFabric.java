package io.hotpot.cluster;

import io.hotpot.cluster.SimFrame.Bye;
import io.hotpot.cluster.SimFrame.Data;
import io.hotpot.cluster.SimFrame.Hello;
import io.hotpot.cluster.SimFrame.Read;
import io.hotpot.cluster.SimFrame.ReadBytes;
import io.hotpot.cluster.SimFrame.Refused;
import io.hotpot.cluster.SimFrame.Welcome;
import io.hotpot.cluster.SimFrame.Write;
import io.hotpot.replication.Fabric;
import io.hotpot.replication.Message;
import io.hotpot.replication.NodeLoop;
import io.hotpot.replication.Peer;
import io.hotpot.replication.RemoteMemory;
import io.hotpot.replication.Traffic;
import io.hotpot.sim.SimNetwork;
import io.hotpot.sim.SimNode;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The fabric of a simulated node. Every machine has a link to every other one, as long as the
 * simulated network lets it; over a link two identities that know each other have a session, begun
 * by a handshake as docs/PROTOCOL.md §3 says. Messages cross as bytes.
 *
 * <p>Confined to the node's loop, but for {@link #send} and {@link #answer}; no real threads.
 */
public final class SimFabric implements Fabric {

  private static final long DIAL_AGAIN_NS = 1_000_000;

  /** The lane of one-sided writes: messages of the others may overtake them in the network. */
  private static final int WRITES = Lane.values().length;

  private static final int MOST_READS = 16;
  private static final long STRANGER_NS = 10_000_000_000L;

  private final Traffic traffic = new Traffic();

  /** One end of a session. */
  private static final class Session {
    final Peer peer;
    final long number;
    final Link link;

    /** How many writes were sent, and how many have landed here. */
    long written;

    long landed;

    /** A write has failed: nothing more of the session lands. */
    boolean isBroken;

    /** Reads of the other's memory, by number. */
    final Map<Long, RemoteMemory.Reader> reads = new TreeMap<>();

    long lastRead;

    /** Messages that have overtaken the writes before them, by lane. */
    final Map<Lane, Deque<Data>> held = new EnumMap<>(Lane.class);

    Session(Peer peer, long number, Link link) {
      this.peer = peer;
      this.number = number;
      this.link = link;
      for (Lane lane : Lane.values()) {
        held.put(lane, new ArrayDeque<>());
      }
    }

    long written() {
      return written;
    }
  }

  /** The way to another machine; it has at most one session. */
  private static final class Link {
    final SimNode node;
    Session session;

    /** Ended by this node, but its device may still write; null: none is. */
    Session closing;

    /** Who is being dialled over it, and in which attempt; null: nobody. */
    Peer dialled;

    long attempt;

    /** What has overtaken the welcome of its session. */
    final List<Data> early = new ArrayList<>();

    Link(SimNode node) {
      this.node = node;
    }
  }

  private final SimNetwork network;
  private final SimNode node;
  private final NodeLoop loop;
  private final Map<String, Link> links = new TreeMap<>();
  private final Map<Integer, Session> sessions = new TreeMap<>();
  private final Map<Integer, Long> lastSessions = new HashMap<>();
  private Map<Integer, Member> members = Map.of();
  private Peer self = Peer.STRANGER;
  private Listener listener;
  private final Consumer<Message> sent;
  private long attempts;
  private long newestSession;
  private final @Nullable SimDevice device;
  private boolean isClosed;

  public SimFabric(SimNetwork network, SimNode node, NodeLoop loop) {
    this(network, node, loop, message -> {}, null);
  }

  /**
   * @param sent is told of each message that is sent
   * @param device of the machine; null: it has no one-sided access
   */
  public SimFabric(
      SimNetwork network,
      SimNode node,
      NodeLoop loop,
      Consumer<Message> sent,
      @Nullable SimDevice device) {
    this.device = device;
    this.network = network;
    this.node = node;
    this.loop = loop;
    this.sent = sent;
  }

  /** Where a machine listens. */
  public static Address address(String machine) {
    return new Address(machine, 1);
  }

  @Override
  public void start(Listener to) {
    onLoop(
        () -> {
          listener = to;
          network.join(node, new FromNetwork());
        });
  }

  /** Tells the loop of everything. */
  private final class FromNetwork implements SimNetwork.Listener {
    @Override
    public void sessionBegan(SimNode peer, long number) {
      loop.execute(
          () -> {
            // A machine that has come back may be heard of before the end of the link to its last
            // life is.
            Link before = links.put(peer.name(), new Link(peer));
            if (before != null) {
              linkIsGone(before);
            }
            dialAll();
          });
    }

    @Override
    public boolean isTakenByDevice(SimNode peer, byte[] frame) {
      return device != null && forDevice(peer, SimFrame.of(frame));
    }

    @Override
    public void received(SimNode peer, byte[] frame) {
      loop.execute(
          () -> {
            Link link = links.get(peer.name());
            if (link != null && link.node == peer && !isClosed) {
              SimFabric.this.received(link, SimFrame.of(frame));
            }
          });
    }

    @Override
    public void sessionEnded(SimNode peer) {
      loop.execute(
          () -> {
            Link link = links.get(peer.name());
            if (link != null && link.node == peer) {
              links.remove(peer.name());
              linkIsGone(link);
            }
          });
    }
  }

  private void linkIsGone(Link link) {
    endClosing(link);
    if (link.session != null) {
      ended(link.session, "the link is gone");
    }
  }

  private void onLoop(Runnable task) {
    if (loop.isCurrent()) {
      task.run();
    } else {
      loop.execute(task);
    }
  }

  // ---- who is who

  @Override
  public void identity(Peer now) {
    onLoop(
        () -> {
          if (!now.equals(self)) {
            endAll("this is " + now + " from now on");
            self = now;
            dialAll();
          }
        });
  }

  @Override
  public void members(Collection<Member> now) {
    onLoop(
        () -> {
          Map<Integer, Member> byId = new TreeMap<>();
          now.forEach(member -> byId.put(member.peer().nodeId(), member));
          members = byId;
          for (Link link : links.values()) {
            if (link.dialled != null && !isMember(link.dialled)) {
              link.dialled = null;
            }
          }
          for (Session session : List.copyOf(sessions.values())) {
            if (!session.peer.equals(Peer.STRANGER) && !isMember(session.peer)) {
              endSlowly(session, session.peer + " is no member any more");
            }
          }
          dialAll();
        });
  }

  private boolean isMember(Peer peer) {
    Member member = members.get(peer.nodeId());
    return member != null && member.peer().equals(peer);
  }

  // ---- sending

  @Override
  public boolean send(int nodeId, Message message) {
    Session session = sessions.get(nodeId);
    return session != null && send(session, message);
  }

  @Override
  public boolean answer(Peer peer, long number, Message message) {
    Session session = sessions.get(peer.nodeId());
    return session != null
        && session.peer.equals(peer)
        && session.number == number
        && send(session, message);
  }

  private boolean send(Session session, Message message) {
    byte[] frame = new Data(session.number, session.written(), message).toBytes();
    network.send(node, session.link.node, message.lane().ordinal(), frame);
    sent.accept(message);
    return true;
  }

  private void say(Link link, SimFrame frame) {
    network.send(node, link.node, Lane.CONTROL.ordinal(), frame.toBytes());
  }

  // ---- one-sided access

  @Override
  public @Nullable RemoteMemory remoteMemory() {
    return device == null ? null : new Memory(device);
  }

  private final class Memory implements RemoteMemory {
    private final SimDevice device;

    Memory(SimDevice device) {
      this.device = device;
    }

    @Override
    public Registration register(MemorySegment memory, Access access) {
      return device.register(memory, access);
    }

    @Override
    public int leastWriteBytes() {
      return device.leastWriteBytes();
    }

    @Override
    public boolean reaches(int nodeId) {
      return nodeId > 0 && sessions.containsKey(nodeId);
    }

    @Override
    public boolean write(
        int nodeId, Key to, int offset, Registration from, int fromOffset, int lengthBytes) {
      Session session = sessions.get(nodeId);
      if (session == null) {
        return false;
      }
      byte[] bytes = device.read(from.key().key(), fromOffset, lengthBytes);
      if (bytes == null) {
        end(session, "a write from memory that is not registered");
        return true;
      }
      int at = 0;
      for (byte[] piece : device.pieces(bytes)) {
        Write write = new Write(session.number, ++session.written, to.key(), offset + at, piece);
        network.send(node, session.link.node, WRITES, write.toBytes());
        at += piece.length;
      }
      return true;
    }

    @Override
    public boolean read(int nodeId, Key from, int offset, int lengthBytes, Reader reader) {
      Session session = sessions.get(nodeId);
      if (session == null || session.reads.size() == MOST_READS) {
        return false;
      }
      session.reads.put(++session.lastRead, reader);
      Read read = new Read(session.number, session.lastRead, from.key(), offset, lengthBytes);
      network.send(node, session.link.node, WRITES, read.toBytes());
      return true;
    }
  }

  /** What is not for the node, whose loop may stand still. */
  private boolean forDevice(SimNode peer, SimFrame frame) {
    switch (frame) {
      case Write write -> landed(peer, write);
      case Read read -> asked(peer, read);
      case ReadBytes bytes -> loop.execute(() -> wasRead(peer, bytes));
      default -> {
        return false;
      }
    }
    return true;
  }

  private void asked(SimNode peer, Read read) {
    Link link = links.get(peer.name());
    Session session = link == null || link.node != peer ? null : link.session;
    if (session == null || session.number != read.session() || session.isBroken) {
      return;
    }
    device.readLater(
        read.key(),
        read.offset(),
        read.length(),
        bytes -> {
          if (node.isKilled()) {
            return;
          }
          if (bytes != null) {
            ReadBytes answer = new ReadBytes(read.session(), read.number(), bytes);
            network.send(node, peer, WRITES, answer.toBytes());
          } else {
            session.isBroken = true;
            loop.execute(() -> end(session, "a read of memory that is not lent"));
          }
        });
  }

  private void wasRead(SimNode peer, ReadBytes read) {
    Link link = links.get(peer.name());
    Session session = link == null || link.node != peer ? null : link.session;
    if (session != null && session.number == read.session()) {
      RemoteMemory.Reader reader = session.reads.remove(read.number());
      if (reader != null) {
        reader.read(MemorySegment.ofArray(read.bytes()).asReadOnly());
      }
    }
  }

  private void failReads(Session session) {
    List<RemoteMemory.Reader> readers = List.copyOf(session.reads.values());
    session.reads.clear();
    readers.forEach(reader -> loop.execute(() -> reader.failed("the session has ended")));
  }

  /** The device does it: the loop may stand still, or have ended the session a moment ago. */
  private void landed(SimNode peer, Write write) {
    Link link = links.get(peer.name());
    if (link == null || link.node != peer) {
      return;
    }
    Session session = link.session != null ? link.session : link.closing;
    if (session == null || session.number != write.session() || session.isBroken) {
      return;
    }
    if (device.write(write.key(), write.offset(), write.bytes())) {
      session.landed = write.number();
      loop.execute(() -> receiveHeld(session));
    } else {
      session.isBroken = true;
      loop.execute(() -> end(session, "a write to memory that is not lent"));
    }
  }

  private void receiveHeld(Session session) {
    for (Deque<Data> lane : session.held.values()) {
      while (!lane.isEmpty()
          && session.link.session == session
          && lane.getFirst().after() <= session.landed) {
        Data data = lane.removeFirst();
        listener.received(session.peer, session.number, data.message());
      }
    }
  }

  private void received(Session session, Data data) {
    Deque<Data> lane = session.held.get(data.message().lane());
    lane.addLast(data);
    receiveHeld(session);
  }

  // ---- beginnings

  private void dialAll() {
    for (Member member : members.values()) {
      Peer peer = member.peer();
      Link link = links.get(member.address().host());
      boolean isToDial =
          !isClosed
              && listener != null
              && peer.nodeId() < self.nodeId()
              && link != null
              && link.dialled == null
              && link.closing == null
              && !sessions.containsKey(peer.nodeId());
      if (isToDial) {
        link.dialled = peer;
        link.attempt = ++attempts;
        link.early.clear();
        long last = lastSessions.getOrDefault(peer.nodeId(), 0L);
        say(link, new Hello(link.attempt, self, peer, last));
      }
    }
  }

  private void dialLater() {
    loop.after(DIAL_AGAIN_NS, this::dialAll);
  }

  private void received(Link link, SimFrame frame) {
    switch (frame) {
      case Hello hello -> hello(link, hello);
      case Welcome welcome -> welcome(link, welcome);
      case Refused(long attempt) -> {
        if (link.dialled != null && link.attempt == attempt) {
          link.dialled = null;
          dialLater();
        }
      }
      case Bye(long number) -> {
        if (link.session != null && link.session.number == number) {
          ended(link.session, "the peer ended it");
        }
      }
      case Data data -> {
        if (link.session != null && link.session.number == data.session()) {
          received(link.session, data);
        } else if (link.dialled != null) {
          link.early.add(data);
        }
      }
      case Write _, Read _, ReadBytes _ -> {
        // This machine has no device.
      }
    }
  }

  private void hello(Link link, Hello hello) {
    Peer from = hello.from();
    endClosing(link);
    if (link.session != null) {
      ended(link.session, "the peer began another one");
    }
    boolean isStranger = from.equals(Peer.STRANGER);
    boolean isWelcome =
        !isClosed
            && listener != null
            && hello.to().equals(self)
            && (isStranger
                ? self.isDispatcher() && !sessions.containsKey(0)
                : isMember(from) && from.nodeId() > self.nodeId());
    if (!isWelcome) {
      say(link, new Refused(hello.attempt()));
      return;
    }
    // Of two identities that dial over one link one after the other, each has a number of its own:
    // the end of one session is not to be taken for that of the other.
    long number = 1 + Math.max(hello.lastSession(), newestSession);
    say(link, new Welcome(hello.attempt(), number));
    began(link, from, number);
  }

  private void welcome(Link link, Welcome welcome) {
    Peer peer = link.dialled;
    if (peer == null || link.attempt != welcome.attempt()) {
      say(link, new Bye(welcome.session()));
      return;
    }
    link.dialled = null;
    List<Data> early = List.copyOf(link.early);
    link.early.clear();
    began(link, peer, welcome.session());
    early.forEach(data -> received(link, data));
  }

  private void began(Link link, Peer peer, long number) {
    endClosing(link);
    Session older = sessions.get(peer.nodeId());
    if (older != null) {
      end(older, "a newer session took its place");
    }
    newestSession = Math.max(newestSession, number);
    Session session = new Session(peer, number, link);
    link.session = session;
    sessions.put(peer.nodeId(), session);
    lastSessions.put(peer.nodeId(), number);
    if (peer.equals(Peer.STRANGER)) {
      loop.after(STRANGER_NS, () -> endIfOpen(session));
    }
    listener.sessionBegan(peer, number);
  }

  private void endIfOpen(Session session) {
    if (session.link.session == session) {
      end(session, "it did not become a member");
    }
  }

  // ---- endings

  @Override
  public void disconnect(int nodeId, String reason) {
    onLoop(
        () -> {
          Session session = sessions.get(nodeId);
          if (session != null) {
            endSlowly(session, reason);
          }
        });
  }

  /** The device takes a while to let the session go; only then the node is told. */
  private void endSlowly(Session session, String reason) {
    if (device == null || session.link.session != session) {
      end(session, reason);
      return;
    }
    Link link = session.link;
    say(link, new Bye(session.number));
    failReads(session);
    link.session = null;
    link.closing = session;
    sessions.remove(session.peer.nodeId(), session);
    loop.after(
        device.closingNs(),
        () -> {
          if (link.closing == session) {
            endClosing(link);
          }
        });
  }

  private void endClosing(Link link) {
    Session session = link.closing;
    if (session != null) {
      link.closing = null;
      listener.sessionEnded(session.peer, session.number, "it was ended here");
      dialLater();
    }
  }

  private void endAll(String reason) {
    links.values().forEach(link -> link.dialled = null);
    links.values().forEach(this::endClosing);
    List.copyOf(sessions.values()).forEach(session -> end(session, reason));
  }

  private void end(Session session, String reason) {
    if (session.link.session == session) {
      say(session.link, new Bye(session.number));
      ended(session, reason);
    }
  }

  private void ended(Session session, String reason) {
    failReads(session);
    session.link.session = null;
    sessions.remove(session.peer.nodeId(), session);
    listener.sessionEnded(session.peer, session.number, reason);
    dialLater();
  }

  @Override
  public Traffic traffic() {
    return traffic;
  }

  @Override
  public void close() {
    onLoop(
        () -> {
          endAll("the node closes");
          isClosed = true;
        });
  }
}
