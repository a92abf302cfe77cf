package io.hotpot.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.replication.FabricOptions.Secret;
import io.hotpot.replication.RecordingListener.Began;
import io.hotpot.replication.RecordingListener.Ended;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a fabric says of a peer that it cannot have a session with. */
@Timeout(60)
final class RefusedDialsTest {

  private static final String SECRET = "correct horse battery";
  private static final Peer DISPATCHER = new Peer(-1, 0);

  private final List<TcpFabric> fabrics = new ArrayList<>();
  private final List<NettyLoop> loops = new ArrayList<>();

  private TcpFabric fabric(Peer self, String secret, RecordingListener heard) {
    NettyLoop loop = new NettyLoop("test-" + self);
    loops.add(loop);
    TcpFabric fabric =
        TcpFabric.bind(
            loop, FabricOptions.on(new Fabric.Address("127.0.0.1", 0), new Secret(secret)));
    fabrics.add(fabric);
    fabric.identity(self);
    fabric.start(heard);
    return fabric;
  }

  private TcpFabric stranger(String secret, Fabric.Address dispatcher, RecordingListener heard) {
    TcpFabric fabric = fabric(Peer.STRANGER, secret, heard);
    fabric.members(List.of(new Fabric.Member(DISPATCHER, dispatcher)));
    return fabric;
  }

  @AfterEach
  void closeAll() {
    fabrics.forEach(TcpFabric::close);
    loops.forEach(NettyLoop::close);
  }

  private static void awaitRefusal(TcpFabric fabric) {
    while (!fabric.isRefusedBy(DISPATCHER.nodeId())) {
      Thread.onSpinWait();
    }
  }

  @Test
  void aWrongSecretIsARefusalThatSaysSo() {
    TcpFabric dispatcher = fabric(DISPATCHER, SECRET, new RecordingListener());
    TcpFabric visitor = stranger(SECRET + "!", dispatcher.address(), new RecordingListener());

    awaitRefusal(visitor);

    assertThat(visitor.failure(DISPATCHER.nodeId())).contains("secret");
  }

  @Test
  void nobodyThereIsARefusalThatSaysSo() {
    TcpFabric dispatcher = fabric(DISPATCHER, SECRET, new RecordingListener());
    Fabric.Address address = dispatcher.address();
    dispatcher.close();
    TcpFabric visitor = stranger(SECRET, address, new RecordingListener());

    awaitRefusal(visitor);

    assertThat(visitor.failure(DISPATCHER.nodeId())).contains("cannot be reached");
  }

  /** A dispatcher that has another visitor is there: whoever waits is let in. */
  @Test
  void theWordToTryAgainIsNone() throws Exception {
    TcpFabric dispatcher = fabric(DISPATCHER, SECRET, new RecordingListener());
    RecordingListener first = new RecordingListener();
    TcpFabric present = stranger(SECRET, dispatcher.address(), first);
    first.next(Began.class);
    RecordingListener second = new RecordingListener();
    TcpFabric waiting = stranger(SECRET, dispatcher.address(), second);
    while (waiting.failure(DISPATCHER.nodeId()).isEmpty()) {
      Thread.onSpinWait();
    }

    assertThat(waiting.failure(DISPATCHER.nodeId())).contains("try again");
    assertThat(waiting.isRefusedBy(DISPATCHER.nodeId())).isFalse();
    present.close();
    second.next(Began.class);
    assertThat(waiting.isRefusedBy(DISPATCHER.nodeId())).isFalse();
  }

  /** As after a first join, whose identity ends the session that it came in. */
  @Test
  void theEndOfASessionIsNone() throws Exception {
    TcpFabric dispatcher = fabric(DISPATCHER, SECRET, new RecordingListener());
    RecordingListener heard = new RecordingListener();
    TcpFabric visitor = stranger(SECRET, dispatcher.address(), heard);

    for (int i = 0; i < 5; i++) {
      heard.next(Began.class);
      dispatcher.disconnect(0, "a test of it");
      heard.next(Ended.class);
      assertThat(visitor.isRefusedBy(DISPATCHER.nodeId())).isFalse();
    }
  }

  /** A node that was excluded a moment after it had joined is refused, and joins again. */
  @Test
  void whoHasHadASessionIsNotTurnedAwayForGood() throws Exception {
    TcpFabric dispatcher = fabric(DISPATCHER, SECRET, new RecordingListener());
    RecordingListener heard = new RecordingListener();
    TcpFabric visitor = stranger(SECRET, dispatcher.address(), heard);
    heard.next(Began.class);

    visitor.identity(new Peer(5, 1));
    heard.next(Ended.class);
    while (!visitor.failure(DISPATCHER.nodeId()).contains("is no member here")) {
      Thread.onSpinWait();
    }
    visitor.identity(Peer.STRANGER);

    heard.next(Began.class);
    assertThat(visitor.isRefusedBy(DISPATCHER.nodeId())).isFalse();
  }
}
