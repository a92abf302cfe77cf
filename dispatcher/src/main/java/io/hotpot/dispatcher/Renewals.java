package io.hotpot.dispatcher;

import io.hotpot.replication.MembershipMessage.Renew;
import io.hotpot.replication.Peer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Renewals that wait for leadership to be confirmed (5.2): only a confirmation that began after a
 * request had arrived counts for it. What arrives while one is under way shares the next one. That
 * begins when the one before has ended, or has turned out to be slow: a lease waits for one slow
 * confirmation, never for two, one after the other.
 *
 * <p>Confined to the loop.
 */
final class Renewals {

  /**
   * As many as begin within a lease if none ends: who has waited for so long has lost its lease.
   */
  static final int MOST_UNDER_WAY = 16;

  /**
   * @param receiptNs by the dispatcher's boot clock
   */
  record Request(Peer peer, long session, long receiptNs, Renew renew) {}

  private final Consensus consensus;
  private final LeaseTimes times;
  private final LongSupplier nowNs;
  private final Consumer<Request> confirmed;
  private final Map<Peer, Request> waiting = new LinkedHashMap<>();
  private int underWay;

  /** When the last one began. */
  private long begunNs;

  /**
   * @param confirmed called for each request that may be answered, while this member leads
   */
  Renewals(Consensus consensus, LeaseTimes times, LongSupplier nowNs, Consumer<Request> confirmed) {
    this.consensus = consensus;
    this.times = times;
    this.nowNs = nowNs;
    this.confirmed = confirmed;
  }

  void received(Request request) {
    waiting.put(request.peer(), request);
    goOn();
  }

  /** Begins a confirmation if some wait for one that may begin now; called at each tick, too. */
  void goOn() {
    boolean mayBegin =
        underWay == 0
            || (underWay < MOST_UNDER_WAY && nowNs.getAsLong() - begunNs >= times.slowNs());
    if (mayBegin && !waiting.isEmpty()) {
      begin();
    }
  }

  private void begin() {
    List<Request> batch = new ArrayList<>(waiting.values());
    waiting.clear();
    underWay++;
    begunNs = nowNs.getAsLong();
    long term = consensus.term();
    consensus.confirmLeadership(
        leads -> {
          underWay--;
          if (leads && consensus.isLeader() && consensus.term() == term) {
            batch.forEach(confirmed);
          }
          goOn();
        });
  }
}
