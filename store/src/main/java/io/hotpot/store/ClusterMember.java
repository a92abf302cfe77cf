package io.hotpot.store;

/**
 * A node as the other members of its cluster know it.
 *
 * @param nodeId its number, which stays with its heap
 * @param incarnation rises whenever it joins anew
 * @param address host:port, where it listens
 */
public record ClusterMember(int nodeId, int incarnation, String address) {}
