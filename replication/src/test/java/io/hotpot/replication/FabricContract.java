package io.hotpot.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.hotpot.replication.RecordingListener.Began;
import io.hotpot.replication.RecordingListener.Ended;
import io.hotpot.replication.RecordingListener.Received;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What every fabric promises. */
abstract class FabricContract {

  /** A node and what it was told. */
  private record Node(Peer peer, NettyLoop loop, Fabric fabric, RecordingListener heard) {
    Fabric.Member member() {
      return new Fabric.Member(
          peer, fabric instanceof TcpFabric tcp ? tcp.address() : new Fabric.Address("", 0));
    }

    void knows(Node... others) {
      fabric.members(List.of(others).stream().map(Node::member).toList());
    }
  }

  private final List<Node> nodes = new ArrayList<>();

  /** The fabric to be tried, of a node that any of the others can reach. */
  abstract Fabric fabric(NettyLoop loop);

  private Node node(int id, int incarnation) {
    NettyLoop loop = new NettyLoop("node-" + id);
    Fabric fabric = fabric(loop);
    Node node = new Node(new Peer(id, incarnation), loop, fabric, new RecordingListener());
    nodes.add(node);
    fabric.identity(node.peer);
    fabric.start(node.heard);
    return node;
  }

  @AfterEach
  void closeAll() {
    nodes.forEach(node -> node.fabric.close());
    nodes.forEach(node -> node.loop.close());
  }

  @Test
  void membersMeetAndMessagesKeepTheirOrder() throws Exception {
    Node a = node(1, 1);
    Node b = node(2, 1);
    a.knows(b);
    b.knows(a);

    long session = a.heard.next(Began.class).session();
    assertThat(b.heard.next(Began.class)).isEqualTo(new Began(a.peer, session));
    for (int i = 0; i < 10_000; i++) {
      assertThat(a.fabric.send(2, new MembershipMessage.Renewed(i))).isTrue();
      assertThat(b.fabric.send(1, new LogMessage.Settled(1, 1, i))).isTrue();
    }

    for (int i = 0; i < 10_000; i++) {
      assertThat(b.heard.next(Received.class))
          .isEqualTo(new Received(a.peer, session, new MembershipMessage.Renewed(i)));
      assertThat(a.heard.next(Received.class))
          .isEqualTo(new Received(b.peer, session, new LogMessage.Settled(1, 1, i)));
    }
  }

  @Test
  void longMessagesArriveWholeBesideShortOnes() throws Exception {
    Node a = node(1, 1);
    Node b = node(2, 1);
    a.knows(b);
    b.knows(a);
    a.heard.next(Began.class);
    b.heard.next(Began.class);
    byte[] batch = new byte[4 << 20];
    new Random(1).nextBytes(batch);

    for (int i = 0; i < 5; i++) {
      assertThat(a.fabric.send(2, new LogMessage.Append(1, 1, i, 0, true, batch))).isTrue();
      assertThat(a.fabric.send(2, new MembershipMessage.Renewed(i))).isTrue();
    }

    int appends = 0;
    int renewals = 0;
    while (appends + renewals < 10) {
      switch (b.heard.next(Received.class).message()) {
        case LogMessage.Append append -> {
          assertThat(append.address()).isEqualTo(appends++);
          assertThat(append.bytes()).isEqualTo(batch);
        }
        case MembershipMessage.Renewed renewed ->
            assertThat(renewed.echoNs()).isEqualTo(renewals++);
        default -> throw new AssertionError("nobody sent this");
      }
    }
  }

  @Test
  void messagesAreCountedByKindAtBothEnds() throws Exception {
    Node a = node(1, 1);
    Node b = node(2, 1);
    a.knows(b);
    b.knows(a);
    a.heard.next(Began.class);
    b.heard.next(Began.class);

    a.fabric.send(2, new LogMessage.Append(1, 1, 1, 0, true, new byte[500_000]));
    a.fabric.send(2, new LogMessage.Append(1, 1, 2, 0, true, new byte[10]));
    b.heard.next(Received.class);
    b.heard.next(Received.class);

    long bytes = 2 * (1 + 4 + 4 + 8 + 8 + 1 + 4) + 500_000 + 10;
    assertThat(byKind(a))
        .containsOnly(entry("sentMessages.Append", 2L), entry("sentBytes.Append", bytes));
    assertThat(byKind(b))
        .containsOnly(entry("receivedMessages.Append", 2L), entry("receivedBytes.Append", bytes));
  }

  /** How often messages are copied on their way is each fabric's own. */
  private static Map<String, Long> byKind(Node node) {
    Map<String, Long> counts = new TreeMap<>(node.fabric.traffic().toMap());
    counts.remove(Traffic.COPIED);
    return counts;
  }

  @Test
  void aSessionThatEndedIsFollowedByANewOne() throws Exception {
    Node a = node(1, 1);
    Node b = node(2, 1);
    a.knows(b);
    b.knows(a);
    long first = a.heard.next(Began.class).session();
    b.heard.next(Began.class);

    a.fabric.disconnect(2, "a test of it");

    assertThat(a.heard.next(Ended.class).reason()).isEqualTo("a test of it");
    assertThat(b.heard.next(Ended.class).reason()).contains("a test of it");
    long second = a.heard.next(Began.class).session();
    assertThat(second).isGreaterThan(first);
    assertThat(b.heard.next(Began.class).session()).isEqualTo(second);
  }

  @Test
  void whoIsNoMemberAnyMoreIsLeft() throws Exception {
    Node a = node(1, 1);
    Node b = node(2, 1);
    a.knows(b);
    b.knows(a);
    a.heard.next(Began.class);
    b.heard.next(Began.class);

    a.knows();

    assertThat(a.heard.next(Ended.class).reason()).contains("node 2.1 is no member");
    b.heard.next(Ended.class);
    assertThat(a.fabric.send(2, new MembershipMessage.Renewed(1))).isFalse();
    // Both still speak with others.
    Node c = node(3, 1);
    c.knows(a, b);
    a.knows(c);
    b.knows(a, c);
    assertThat(a.heard.next(Began.class).peer()).isEqualTo(c.peer);
    assertThat(b.heard.next(Began.class).peer()).isEqualTo(c.peer);
  }

  @Test
  void aNewIncarnationEndsTheSessionsOfTheOldOne() throws Exception {
    Node a = node(1, 1);
    Node b = node(2, 1);
    a.knows(b);
    b.knows(a);
    long first = a.heard.next(Began.class).session();
    b.heard.next(Began.class);

    Peer reborn = new Peer(2, 2);
    b.fabric.identity(reborn);

    assertThat(b.heard.next(Ended.class).peer()).isEqualTo(a.peer);
    assertThat(a.heard.next(Ended.class).peer()).isEqualTo(b.peer);
    a.fabric.members(List.of(new Fabric.Member(reborn, b.member().address())));
    Began began = a.heard.next(Began.class);
    assertThat(began.peer()).isEqualTo(reborn);
    assertThat(began.session()).isGreaterThan(first);
  }

  @Test
  void strangersJoinThroughADispatcherOneAfterAnother() throws Exception {
    Node dispatcher = node(-1, 0);
    Node a = node(0, 0);
    Node b = node(0, 0);
    a.knows(dispatcher);
    b.knows(dispatcher);

    dispatcher.heard.next(Began.class);
    Node first = whoSpeaksWith(dispatcher, a, b);
    dispatcher.heard.next(Received.class);
    assertThat(dispatcher.fabric.send(0, new MembershipMessage.Joined(1, 1, 5))).isTrue();
    first.heard.next(Began.class);
    first.heard.next(Received.class);
    first.fabric.identity(new Peer(1, 1));
    dispatcher.heard.next(Ended.class);

    Node second = first.equals(a) ? b : a;
    dispatcher.heard.next(Began.class);
    second.heard.next(Began.class);
    assertThat(dispatcher.fabric.send(0, new MembershipMessage.Joined(2, 1, 5))).isTrue();
    assertThat(second.heard.next(Received.class).message())
        .isEqualTo(new MembershipMessage.Joined(2, 1, 5));
  }

  private static Node whoSpeaksWith(Node dispatcher, Node... strangers) {
    while (true) {
      for (Node node : strangers) {
        if (node.fabric.send(dispatcher.peer.nodeId(), new MembershipMessage.Renewed(0))) {
          return node;
        }
      }
      Thread.yield();
    }
  }
}
