package io.hotpot.dispatcher;

import io.hotpot.replication.Fabric;
import io.hotpot.replication.MembershipMessage;
import io.hotpot.replication.MembershipMessage.Excluded;
import io.hotpot.replication.MembershipMessage.Join;
import io.hotpot.replication.MembershipMessage.Joined;
import io.hotpot.replication.MembershipMessage.Leave;
import io.hotpot.replication.MembershipMessage.NotLeader;
import io.hotpot.replication.MembershipMessage.Refused;
import io.hotpot.replication.Message;
import io.hotpot.replication.Peer;
import io.hotpot.store.MisuseException;
import io.hotpot.store.spi.ClusterProvider.Identity;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Gets the cluster's id and a number for a node that has no heap yet: joins for a moment, with
 * nothing, and leaves again.
 *
 * <p>Confined to the loop.
 */
final class FirstJoin implements Fabric.Listener {

  private final Fabric fabric;
  private final Fabric.Address address;
  private final List<MembershipMessage.Setting> agreed;
  private final CompletableFuture<Identity> done;
  private @Nullable Identity identity;
  private boolean isLeaving;

  FirstJoin(
      Fabric fabric,
      Fabric.Address address,
      List<MembershipMessage.Setting> agreed,
      CompletableFuture<Identity> done) {
    this.fabric = fabric;
    this.address = address;
    this.agreed = agreed;
    this.done = done;
  }

  @Override
  public void sessionBegan(Peer peer, long session) {
    if (identity == null) {
      fabric.send(peer.nodeId(), new Join(0, 0, address, 0, agreed, List.of()));
    } else {
      isLeaving = fabric.send(peer.nodeId(), new Leave());
    }
  }

  @Override
  public void received(Peer peer, long session, Message message) {
    switch (message) {
      case Joined joined when identity == null -> {
        identity = new Identity(joined.clusterId(), joined.nodeId());
        fabric.identity(new Peer(joined.nodeId(), joined.incarnation()));
      }
      case Refused refused ->
          done.completeExceptionally(
              new MisuseException("the cluster refuses this node: " + refused.reason()));
      case Excluded gone -> end();
      case NotLeader elsewhere -> {}
      default -> {}
    }
  }

  private void end() {
    Identity given = identity;
    if (given != null) {
      done.complete(given);
    }
  }

  /** Who has left is no member, and so is spoken with no more. */
  @Override
  public void sessionEnded(Peer peer, long session, String reason) {
    if (isLeaving) {
      end();
    }
  }
}
