package io.hotpot.replication;

import io.hotpot.replication.Configuration.DatasetInfo;
import io.hotpot.replication.Configuration.Node;
import io.hotpot.replication.Configuration.NodeStatus;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Configuration.PartitionStatus;
import io.hotpot.store.TransactionMode;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToIntFunction;

/**
 * How a configuration lies in bytes:
 *
 * <pre>
 *   configuration  version u64, cluster id u64, nodes, datasets, partitions: lists, ids ascending
 *   node           id u32, incarnation u32, host text, port u32, capacity u64, status u8
 *   dataset        id u32, name text, mode u8, degree u32, minimum u32, home u32, dropped u8
 *   partition      id u32, dataset u32, epoch u32, revision u32, owner u32,
 *                  in-sync set: list of u32, learners: list of u32, status u8
 * </pre>
 */
final class ConfigurationLayout {

  private ConfigurationLayout() {}

  static void write(Configuration configuration, WireWriter to) {
    to.i64(configuration.version())
        .i64(configuration.clusterId())
        .list(
            ascending(configuration.nodes()),
            Bounds.LIST,
            (n, out) ->
                out.i32(n.id())
                    .i32(n.incarnation())
                    .address(n.address())
                    .i64(n.capacityBytes())
                    .constant(n.status()))
        .list(
            ascending(configuration.datasets()),
            Bounds.LIST,
            (d, out) ->
                out.i32(d.id())
                    .text(d.name())
                    .constant(d.mode())
                    .i32(d.degree())
                    .i32(d.minimum())
                    .i32(d.home())
                    .bool(d.dropped()))
        .list(
            ascending(configuration.partitions()),
            Bounds.PARTITIONS,
            (p, out) ->
                out.i32(p.id())
                    .i32(p.dataset())
                    .i32(p.epoch())
                    .i32(p.revision())
                    .i32(p.owner())
                    .ints(p.inSync(), Bounds.LIST)
                    .ints(p.learners(), Bounds.LIST)
                    .constant(p.status()));
  }

  static Configuration read(WireReader in) {
    return new Configuration(
        in.i64(),
        in.i64(),
        byId(in, in.list(25, Bounds.LIST, ConfigurationLayout::node), Node::id),
        byId(in, in.list(22, Bounds.LIST, ConfigurationLayout::dataset), DatasetInfo::id),
        byId(
            in, in.list(29, Bounds.PARTITIONS, ConfigurationLayout::partition), PartitionInfo::id));
  }

  private static Node node(WireReader in) {
    return new Node(in.i32(), in.i32(), in.address(), in.i64(), in.constant(NodeStatus.values()));
  }

  private static DatasetInfo dataset(WireReader in) {
    return new DatasetInfo(
        in.i32(),
        in.text(),
        in.constant(TransactionMode.values()),
        in.i32(),
        in.i32(),
        in.i32(),
        in.bool());
  }

  private static PartitionInfo partition(WireReader in) {
    return new PartitionInfo(
        in.i32(),
        in.i32(),
        in.i32(),
        in.i32(),
        in.i32(),
        in.ints(Bounds.LIST),
        in.ints(Bounds.LIST),
        in.constant(PartitionStatus.values()));
  }

  private static <T> List<T> ascending(Map<Integer, T> byId) {
    return List.copyOf(new TreeMap<>(byId).values());
  }

  private static <T> Map<Integer, T> byId(WireReader in, List<T> entries, ToIntFunction<T> id) {
    TreeMap<Integer, T> byId = new TreeMap<>();
    for (T entry : entries) {
      int next = id.applyAsInt(entry);
      if (!byId.isEmpty() && next <= byId.lastKey()) {
        throw in.malformed("ids do not rise: " + byId.lastKey() + ", " + next);
      }
      byId.put(next, entry);
    }
    return Collections.unmodifiableMap(byId);
  }
}
