package io.hotpot.dispatcher;

import io.hotpot.replication.Fabric;
import io.hotpot.replication.MembershipMessage.Done;
import io.hotpot.replication.MembershipMessage.Excluded;
import io.hotpot.replication.MembershipMessage.Join;
import io.hotpot.replication.MembershipMessage.Joined;
import io.hotpot.replication.MembershipMessage.NotLeader;
import io.hotpot.replication.MembershipMessage.Refused;
import io.hotpot.replication.MembershipMessage.Renew;
import io.hotpot.replication.MembershipMessage.Renewed;
import io.hotpot.replication.MembershipMessage.Setting;
import io.hotpot.replication.Message;
import io.hotpot.replication.Peer;
import java.util.List;

/** The part of a node that keeps its lease, as sections 5.1 and 5.5 say. */
final class LeasedNode {

  /** What else it says to the dispatcher as a member. */
  interface Talk {
    /** A session in which it is a member; a later one is that of the same member, or of another. */
    void began(Peer self, TestNetwork.Session session);

    void heard(Done done);
  }

  private static final Talk NOTHING =
      new Talk() {
        @Override
        public void began(Peer self, TestNetwork.Session session) {}

        @Override
        public void heard(Done done) {}
      };

  Talk talk = NOTHING;

  private final TestWorld world;
  private final TestNetwork network;
  private final LeaseTimes times;
  private TestWorld.Loop loop;
  private TestNetwork.Session session;
  private int dispatcher;
  private int id;
  private int incarnation;
  private long leaseEndNs;
  private long lastHeardNs;
  private long lastRenewNs;
  long joins;

  LeasedNode(TestWorld world, TestNetwork network, LeaseTimes times) {
    this.world = world;
    this.network = network;
    this.times = times;
  }

  void start() {
    loop = world.loop();
    incarnation = 0;
    leaseEndNs = Long.MIN_VALUE;
    dispatcher = world.random.nextInt(network.dispatchers.size());
    connect();
    tick(loop);
  }

  /** The process is gone; its node id stands in its heap. */
  void crash() {
    loop.end();
    session.end();
    incarnation = 0;
  }

  void breakSession() {
    session.end();
  }

  /** What the node would tell its application now: whether this incarnation holds its lease. */
  boolean holdsLease(int node, int ofIncarnation) {
    return id == node
        && incarnation == ofIncarnation
        && ofIncarnation != 0
        && loop.bootNs() < leaseEndNs;
  }

  boolean isWell() {
    return holdsLease(id, incarnation);
  }

  int id() {
    return id;
  }

  private void connect() {
    if (session != null) {
      session.end();
    }
    lastHeardNs = loop.bootNs();
    Peer self = incarnation == 0 ? Peer.STRANGER : new Peer(id, incarnation);
    session = network.connect(self, dispatcher, loop, this::received);
    if (incarnation != 0) {
      talk.began(self, session);
    } else {
      session.send(
          new Join(
              id,
              0,
              new Fabric.Address("test", 1),
              1L << 30,
              List.of(
                  new Setting(AgreedSettings.FORMAT_VERSION, "1"),
                  new Setting(AgreedSettings.CHUNK_BYTES, "4194304"),
                  new Setting(AgreedSettings.LEASE_NS, Long.toString(times.leaseNs()))),
              List.of()));
    }
  }

  private void tick(TestWorld.Loop mine) {
    mine.after(times.leaseNs() / 32, () -> tick(mine));
    long nowNs = mine.bootNs();
    if (incarnation != 0 && leaseEndNs != Long.MIN_VALUE && nowNs >= leaseEndNs) {
      fence();
      return;
    }
    long patienceNs = incarnation == 0 ? 4 * times.leaseNs() : times.leaseNs() / 2;
    if (!session.isOpen() || nowNs - lastHeardNs > patienceNs) {
      dispatcher = (dispatcher + 1) % network.dispatchers.size();
      connect();
    }
    if (incarnation != 0 && nowNs - lastRenewNs >= times.renewNs()) {
      lastRenewNs = nowNs;
      session.send(new Renew(nowNs, 0, 1L << 30, List.of()));
    }
  }

  private void fence() {
    incarnation = 0;
    leaseEndNs = Long.MIN_VALUE;
    connect();
  }

  private void received(TestNetwork.Session from, Message message) {
    if (from != session) {
      return;
    }
    switch (message) {
      case Joined joined -> {
        id = joined.nodeId();
        incarnation = joined.incarnation();
        leaseEndNs = Long.MIN_VALUE;
        lastRenewNs = loop.bootNs() - times.renewNs();
        joins++;
        connect();
      }
      case Renewed(long echoNs) -> {
        leaseEndNs = Math.max(leaseEndNs, echoNs + times.leaseNs());
        lastHeardNs = loop.bootNs();
      }
      case Excluded _ -> {
        if (loop.bootNs() < leaseEndNs) {
          throw new AssertionError("node " + id + " hears that it is excluded, within its lease");
        }
        fence();
      }
      case NotLeader(int leader) -> {
        dispatcher = leader > 0 ? leader - 1 : (dispatcher + 1) % network.dispatchers.size();
        TestNetwork.Session asked = session;
        loop.after(
            times.leaseNs() / 16,
            () -> {
              if (session == asked) {
                connect();
              }
            });
      }
      case Done done -> talk.heard(done);
      // What was said before may come after it was taken back.
      case Refused(long _, String reason) when reason.endsWith("was given up before") -> {}
      case Refused(long request, String reason) -> throw new AssertionError("refused: " + reason);
      default -> {}
    }
  }
}
