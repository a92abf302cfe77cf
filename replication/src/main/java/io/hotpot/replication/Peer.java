package io.hotpot.replication;

/**
 * One life of a node, as others address it.
 *
 * @param nodeId a node's (above 0), a dispatcher's (below 0), or 0: a node that has no id yet
 * @param incarnation rising with every join of the node; 0: a node that has not joined yet
 */
public record Peer(int nodeId, int incarnation) {

  /** Who wants to join and has not been given an id. */
  public static final Peer STRANGER = new Peer(0, 0);

  public boolean isDispatcher() {
    return nodeId < 0;
  }

  @Override
  public String toString() {
    return (isDispatcher() ? "dispatcher " + -nodeId : "node " + nodeId) + "." + incarnation;
  }
}
