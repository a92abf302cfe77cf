package io.hotpot.dispatcher;

import io.hotpot.replication.NodeProtocol;
import io.hotpot.store.spi.Repair;
import io.hotpot.store.spi.Threads;

/**
 * Has damage healed by the node's loop, while the thread that came upon it waits.
 *
 * <p>Thread-safety: all methods from any thread, {@link #heal} not from the loop's.
 */
final class ClusterRepair implements Repair {

  private final NodeProtocol protocol;
  private final Calls calls;

  ClusterRepair(NodeProtocol protocol, Threads threads) {
    this.protocol = protocol;
    this.calls = new Calls(threads, protocol.loop());
  }

  @Override
  public boolean heal(int partition, long address) {
    return calls.<Boolean>call(
        call -> protocol.heal(partition, address, call::complete),
        ClusterElsewhere.PATIENCE_NS,
        call -> call.complete(false));
  }

  @Override
  public void healLater(int partition, long address) {
    protocol.loop().execute(() -> protocol.heal(partition, address, lookAgain -> {}));
  }

  /** Ends all waiting. */
  void close() {
    calls.close();
  }
}
