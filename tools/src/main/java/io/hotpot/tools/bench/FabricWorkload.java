package io.hotpot.tools.bench;

/** What is measured over one fabric and another. */
enum FabricWorkload {
  COMMIT("a commit of one object by its owner, with one replica", "owner", "replica"),
  /** Enough bytes that one-sided access is worth it. */
  LARGE_COMMIT("a commit of 1,000 bytes by their owner, with one replica", "owner", "replica"),
  REMOTE_READ("a read of another node's object of which no copy is kept", "owner", "reader");

  final String description;

  /** What the node is that owns the objects. */
  final String owner;

  /** What the other node is. */
  final String other;

  FabricWorkload(String description, String owner, String other) {
    this.description = description;
    this.owner = owner;
    this.other = other;
  }
}
