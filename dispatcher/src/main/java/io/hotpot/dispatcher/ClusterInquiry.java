package io.hotpot.dispatcher;

import io.hotpot.replication.Configuration;
import io.hotpot.replication.Fabric;
import io.hotpot.replication.MembershipMessage.AskConfiguration;
import io.hotpot.replication.MembershipMessage.Excluded;
import io.hotpot.replication.MembershipMessage.NewConfiguration;
import io.hotpot.replication.Message;
import io.hotpot.replication.NettyLoop;
import io.hotpot.replication.Peer;
import io.hotpot.replication.TcpFabric;
import io.hotpot.store.ClusterSecurity;
import io.hotpot.store.MisuseException;
import io.hotpot.store.NotAMember;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks a dispatcher how its cluster is, without becoming a member: nothing changes by the question.
 *
 * <p>Confined to the loop, but for {@link #ask}.
 */
public final class ClusterInquiry implements Fabric.Listener {

  private static final long PATIENCE_NS = 10_000_000_000L;

  private final Fabric fabric;
  private final CompletableFuture<Configuration> done;

  private ClusterInquiry(Fabric fabric, CompletableFuture<Configuration> done) {
    this.fabric = fabric;
    this.done = done;
  }

  /**
   * The cluster as its dispatcher has decided it. Blocks for the answer, for 10 s at most.
   *
   * @param address hotpot://host:port of a dispatcher, or of several with commas between them
   * @param host this side's address in the network that the dispatchers are in
   * @throws NotAMember if none answers; the message says what was in the way
   */
  public static Configuration ask(String address, String host, ClusterSecurity security) {
    List<Fabric.Member> dispatchers = DispatcherAddress.parse(address);
    try (NettyLoop loop = new NettyLoop("hotpot-inquiry");
        TcpFabric fabric = TcpFabric.bind(loop, TcpClusterProvider.fabric(host, 0, security))) {
      CompletableFuture<Configuration> done = new CompletableFuture<>();
      loop.execute(
          () -> {
            fabric.start(new ClusterInquiry(fabric, done));
            fabric.members(dispatchers);
          });
      try {
        return done.get(PATIENCE_NS, TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        throw TcpClusterProvider.unreachable(
            address, TcpClusterProvider.failures(fabric, dispatchers));
      }
    } catch (IllegalStateException | IllegalArgumentException e) {
      throw new MisuseException(String.valueOf(e.getMessage()), e);
    } catch (ExecutionException e) {
      throw new NotAMember("the dispatcher at " + address + " does not say: " + e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NotAMember("interrupted while asking the dispatcher at " + address);
    }
  }

  @Override
  public void sessionBegan(Peer peer, long session) {
    fabric.send(peer.nodeId(), new AskConfiguration(0));
  }

  @Override
  public void received(Peer peer, long session, Message message) {
    switch (message) {
      case NewConfiguration(Configuration configuration) -> done.complete(configuration);
      case Excluded(String reason) -> done.completeExceptionally(new NotAMember(reason));
      // Another member leads, and is asked too.
      default -> {}
    }
  }

  @Override
  public void sessionEnded(Peer peer, long session, String reason) {}
}
