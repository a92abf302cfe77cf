package io.hotpot.replication;

import io.hotpot.store.spi.HeldParts;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * What the partitions of a node share.
 *
 * @param copies what this node reads of others' partitions
 * @param remote one-sided access of the fabric
 * @param bulk what is done for nodes that catch up
 * @param medium runs tasks that may block for the medium, each in its turn
 * @param unhurried likewise, those that may take long and nobody waits for
 * @param dispatcher sends to the dispatcher, without an answer
 * @param redeliver makes messages come again that came before this node could take them
 * @param fence makes the node give up its incarnation, for a reason that is told
 * @param events is told in a sentence each of what an operator should know
 */
record Surroundings(
    NodeContext context,
    NodeSettings settings,
    HeldParts parts,
    HeldCopies copies,
    Fabric fabric,
    RemoteAccess remote,
    Flusher flusher,
    BulkWork bulk,
    Executor medium,
    Executor unhurried,
    EpochsSeen epochsSeen,
    Reachability sessions,
    Consumer<MembershipMessage> dispatcher,
    Runnable redeliver,
    Consumer<String> fence,
    Consumer<String> events) {

  NodeLoop loop() {
    return context.loop();
  }

  ClusterCounters counters() {
    return context.counters();
  }

  int self() {
    return context.self().nodeId();
  }

  long session(int node) {
    return sessions.session(node);
  }
}
