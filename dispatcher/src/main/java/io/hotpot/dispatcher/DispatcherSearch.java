package io.hotpot.dispatcher;

import io.hotpot.replication.Fabric;
import io.hotpot.replication.TcpFabric;
import io.hotpot.store.NotAMember;
import java.util.List;
import java.util.stream.Collectors;

/** When to give up looking for a dispatcher, and what to say then. */
final class DispatcherSearch {

  /** So long one that does not listen, or refuses, may still be about to come up. */
  static final long PROMPT_NS = 1_500_000_000L;

  private DispatcherSearch() {}

  /**
   * Whether none of the dispatchers is going to speak with this end: each has been tried, and is
   * not there or has said no.
   *
   * @param graceNs how much longer than usual to hope
   */
  static boolean isHopeless(
      TcpFabric fabric, List<Fabric.Member> dispatchers, long waitedNs, long graceNs) {
    return waitedNs >= PROMPT_NS + graceNs
        && dispatchers.stream().allMatch(member -> fabric.isRefusedBy(member.peer().nodeId()));
  }

  static NotAMember unreachable(String address, TcpFabric fabric, List<Fabric.Member> dispatchers) {
    return new NotAMember(
        "no dispatcher answers at "
            + address
            + failures(fabric, dispatchers)
            + ": start one with 'hotpot dispatcher', or correct the address");
  }

  /** What kept the sessions with the dispatchers from beginning. */
  private static String failures(TcpFabric fabric, List<Fabric.Member> dispatchers) {
    return dispatchers.stream()
        .map(member -> fabric.failure(member.peer().nodeId()))
        .filter(text -> !text.isEmpty())
        .map(text -> " (" + text + ")")
        .collect(Collectors.joining());
  }
}
