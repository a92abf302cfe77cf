package io.hotpot.replication;

import io.hotpot.replication.Configuration.Node;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.store.spi.HeldLog;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The streams of a partition's owner, one for each replica and learner, and the required set: the
 * nodes whose acknowledgement it waits for. The in-sync set is always a part of it (PROTOCOL 5.9,
 * 11.6): a node enters before the dispatcher is asked to count it, and leaves when the dispatcher
 * has said that it does not.
 *
 * <p>Confined to the loop.
 */
final class PartitionStreams {

  private final NodeContext context;
  private final HeldLog log;
  private final int epoch;
  private final boolean power;
  private final RemoteAccess remote;
  private final OwnChunks own;
  private final SortedMap<Integer, AppendStream> streams = new TreeMap<>();
  private final SortedSet<Integer> required = new TreeSet<>();

  /** Before, nobody knows who is required, and nothing counts as acknowledged. */
  private boolean isConfigured;

  /** Learners in step that are waited for, and that the dispatcher was not asked about yet. */
  private final SortedSet<Integer> entering = new TreeSet<>();

  /** Learners that the dispatcher was asked to count, by the revision for which it was asked. */
  private final SortedMap<Integer, Integer> asked = new TreeMap<>();

  /**
   * @param own the log's chunks, as the network's device knows them
   */
  PartitionStreams(
      NodeContext context,
      HeldLog log,
      int epoch,
      boolean power,
      RemoteAccess remote,
      OwnChunks own) {
    this.remote = remote;
    this.own = own;
    this.context = context;
    this.log = log;
    this.epoch = epoch;
    this.power = power;
  }

  /**
   * Takes the sets of a configuration.
   *
   * @param sessions the present session with a node, 0: none
   */
  void configured(Configuration configuration, PartitionInfo info, Reachability sessions) {
    int self = context.self().nodeId();
    SortedSet<Integer> holders = new TreeSet<>(info.inSync());
    holders.addAll(info.learners());
    holders.remove(self);
    streams
        .values()
        .removeIf(
            stream ->
                !holders.contains(stream.peer.nodeId())
                    || !Members.isPresent(configuration, stream.peer));
    asked.values().removeIf(revision -> info.revision() > revision);
    asked.keySet().retainAll(info.learners());
    entering.retainAll(info.learners());
    isConfigured = true;
    required.clear();
    required.addAll(info.inSync());
    required.addAll(asked.keySet());
    required.addAll(entering);
    required.remove(self);
    for (int id : holders) {
      Node node = configuration.nodes().get(id);
      if (node == null || streams.containsKey(id)) {
        continue;
      }
      OneSidedAppends oneSided = new OneSidedAppends(remote, own, id);
      AppendStream stream = new AppendStream(context, log, epoch, power, node.peer(), oneSided);
      streams.put(id, stream);
      if (sessions.session(id) != 0) {
        stream.sessionBegan(sessions.session(id));
      }
    }
  }

  @Nullable AppendStream of(int node) {
    return streams.get(node);
  }

  Iterable<AppendStream> all() {
    return streams.values();
  }

  /** A learner is in step: from now on it is waited for. */
  void require(int node) {
    required.add(node);
    if (!asked.containsKey(node)) {
      entering.add(node);
    }
  }

  /** A learner's session is over: it is waited for only if the dispatcher may count it. */
  void leave(int node) {
    if (entering.remove(node)) {
      required.remove(node);
    }
  }

  /** The dispatcher is about to be asked to count a learner that is waited for. */
  void asking(int node, int revision) {
    entering.remove(node);
    asked.put(node, revision);
  }

  boolean isAskedFor(int node) {
    return asked.containsKey(node);
  }

  /** Who is waited for, besides this node. */
  SortedSet<Integer> required() {
    return required;
  }

  /**
   * What all of the required set have; nothing, as long as the set is not known. A promoted owner
   * appends its MARK before it is told the set: without replicas it must not settle (10.5).
   */
  long acknowledgedByAll() {
    long all = isConfigured ? Long.MAX_VALUE : 0;
    for (int node : required) {
      AppendStream stream = streams.get(node);
      all = Math.min(all, stream == null ? 0 : stream.acknowledgedTo());
    }
    return all;
  }

  /**
   * A batch was appended.
   *
   * @param bytes null: they are read in the log where they are needed
   */
  void appended(
      long address, int length, byte @Nullable [] bytes, long end, long endBefore, long settledTo) {
    streams.values().forEach(s -> s.appended(address, length, bytes, end, endBefore, settledTo));
  }

  /** Whether none of them needs the bytes of what is appended. */
  boolean areOneSided() {
    return streams.values().stream().allMatch(AppendStream::isOneSided);
  }

  void settled(long settledTo) {
    streams.values().forEach(stream -> stream.settled(settledTo));
  }

  void released(int sequence) {
    streams.values().forEach(stream -> stream.released(sequence));
  }

  SortedSet<Integer> overdue(long ns, long nowNs) {
    SortedSet<Integer> nodes = new TreeSet<>();
    for (int node : required) {
      AppendStream stream = streams.get(node);
      if (stream != null && stream.isOverdue(ns, nowNs)) {
        nodes.add(node);
      }
    }
    return nodes;
  }
}
