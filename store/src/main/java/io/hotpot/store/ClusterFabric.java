package io.hotpot.store;

/** By what a node speaks with other nodes. */
public enum ClusterFabric {
  /** RDMA with those that have it too, and TCP with the others; TCP where TLS is used. */
  AUTO,

  /** RDMA, and with no node that has none; a node without a device does not join. */
  RDMA,

  TCP
}
