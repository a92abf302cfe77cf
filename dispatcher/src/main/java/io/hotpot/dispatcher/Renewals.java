package io.hotpot.dispatcher;

import io.hotpot.replication.MembershipMessage.Renew;
import io.hotpot.replication.Peer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Renewals that wait for leadership to be confirmed (5.2): only a confirmation that began after a
 * request had arrived counts for it. One confirmation is under way at a time; what arrives
 * meanwhile shares the next one.
 *
 * <p>Confined to the loop.
 */
final class Renewals {

  /**
   * @param receiptNs by the dispatcher's boot clock
   */
  record Request(Peer peer, long session, long receiptNs, Renew renew) {}

  private final Consensus consensus;
  private final Consumer<Request> confirmed;
  private final Map<Peer, Request> waiting = new LinkedHashMap<>();
  private boolean confirming;

  /**
   * @param confirmed called for each request that may be answered, while this member leads
   */
  Renewals(Consensus consensus, Consumer<Request> confirmed) {
    this.consensus = consensus;
    this.confirmed = confirmed;
  }

  void received(Request request) {
    waiting.put(request.peer(), request);
    confirm();
  }

  private void confirm() {
    if (confirming || waiting.isEmpty()) {
      return;
    }
    List<Request> batch = new ArrayList<>(waiting.values());
    waiting.clear();
    confirming = true;
    long term = consensus.term();
    consensus.confirmLeadership(
        leads -> {
          confirming = false;
          if (leads && consensus.isLeader() && consensus.term() == term) {
            batch.forEach(confirmed);
          }
          confirm();
        });
  }
}
