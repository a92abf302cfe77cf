package io.hotpot.dispatcher;

import io.hotpot.replication.NodeLoop;
import io.hotpot.store.spi.Elsewhere.Part;
import io.hotpot.store.spi.Elsewhere.Result;
import io.hotpot.store.spi.TransactionLocks;
import java.util.List;

/**
 * A {@link LockSet} for the thread of its transaction, which waits while the node's loop works.
 *
 * <p>Confined to the transaction's thread.
 */
final class HeldLocks implements TransactionLocks {

  private final ClusterElsewhere elsewhere;
  private final NodeLoop loop;
  private final Calls calls;
  private final LockSet locks;

  HeldLocks(ClusterElsewhere elsewhere, NodeLoop loop, Calls calls, LockSet locks) {
    this.elsewhere = elsewhere;
    this.loop = loop;
    this.calls = calls;
    this.locks = locks;
  }

  @Override
  public State acquire(long[] objectIds) {
    return calls.<State>call(
        call -> locks.acquire(objectIds, call::complete, call::fail),
        ClusterElsewhere.PATIENCE_NS,
        call -> locks.giveUpWaiting());
  }

  @Override
  public State state() {
    return locks.state();
  }

  @Override
  public long age() {
    return locks.age();
  }

  @Override
  public Result commit(List<Part> parts, int copiesWanted) {
    return elsewhere.commit(parts, copiesWanted, locks);
  }

  @Override
  public void release() {
    loop.execute(locks::release);
  }
}
