package io.hotpot.dispatcher;

import io.hotpot.replication.Fabric;
import io.hotpot.replication.MembershipMessage.Held;
import io.hotpot.replication.Peer;

/** Fields that both commands and the state have. */
final class CommonFields {

  private CommonFields() {}

  static void peer(FieldWriter out, Peer peer) {
    out.u32(peer.nodeId()).u32(peer.incarnation());
  }

  static Peer peer(FieldReader in) {
    return new Peer(in.u32(), in.u32());
  }

  static void address(FieldWriter out, Fabric.Address address) {
    out.text(address.host()).u32(address.port());
  }

  static Fabric.Address address(FieldReader in) {
    return new Fabric.Address(in.text(ClusterState.MAX_NAME_BYTES), in.u32());
  }

  static void held(FieldWriter out, Held held) {
    out.u32(held.partition())
        .u32(held.promised())
        .u32(held.lastEpoch())
        .u64(held.tail())
        .flag(held.damaged())
        .flag(held.complete());
  }

  static Held held(FieldReader in) {
    return new Held(in.u32(), in.u32(), in.u32(), in.u64(), in.flag(), in.flag());
  }
}
