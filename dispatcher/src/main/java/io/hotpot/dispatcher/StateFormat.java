package io.hotpot.dispatcher;

import io.hotpot.dispatcher.ClusterState.Arrival;
import io.hotpot.dispatcher.ClusterState.Barrier;
import io.hotpot.dispatcher.ClusterState.Numbers;
import io.hotpot.dispatcher.ClusterState.Schema;
import io.hotpot.replication.Configuration;
import io.hotpot.replication.Configuration.DatasetInfo;
import io.hotpot.replication.Configuration.Node;
import io.hotpot.replication.Configuration.NodeStatus;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Configuration.PartitionStatus;
import io.hotpot.replication.MembershipMessage.Held;
import io.hotpot.store.CorruptException;
import io.hotpot.store.TransactionMode;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The bytes of a {@link ClusterState}, as a snapshot holds them: the format's version, then all
 * maps in ascending order of their keys. Equal states have equal bytes.
 */
final class StateFormat {

  private static final int VERSION = 1;

  private StateFormat() {}

  static byte[] write(ClusterState state) {
    Configuration configuration = state.configuration();
    FieldWriter out = new FieldWriter().u8(VERSION);
    out.u64(configuration.version()).u64(configuration.clusterId());
    Numbers next = state.next();
    out.u32(next.node()).u32(next.incarnation()).u32(next.dataset());
    out.u32(next.partition()).u32(next.schema());
    out.list(
        state.settings().entrySet(), (o, entry) -> o.text(entry.getKey()).text(entry.getValue()));
    out.list(ascending(configuration.nodes()).values(), StateFormat::node);
    out.list(ascending(configuration.datasets()).values(), StateFormat::dataset);
    out.list(ascending(configuration.partitions()).values(), StateFormat::partition);
    out.list(
        state.schemas().entrySet(),
        (o, entry) -> o.u32(entry.getKey()).bytes(entry.getValue().bytes()));
    out.list(state.barriers().entrySet(), StateFormat::barrier);
    out.list(state.returned().entrySet(), StateFormat::returned);
    return out.toBytes();
  }

  private static <V> SortedMap<Integer, V> ascending(Map<Integer, V> map) {
    return new TreeMap<>(map);
  }

  private static void node(FieldWriter out, Node node) {
    out.u32(node.id()).u32(node.incarnation());
    CommonFields.address(out, node.address());
    out.u64(node.capacityBytes()).u8(node.status().ordinal());
  }

  private static void dataset(FieldWriter out, DatasetInfo dataset) {
    out.u32(dataset.id()).text(dataset.name()).u8(dataset.mode().ordinal());
    out.u32(dataset.degree()).u32(dataset.minimum()).u32(dataset.home()).flag(dataset.dropped());
  }

  private static void partition(FieldWriter out, PartitionInfo partition) {
    out.u32(partition.id()).u32(partition.dataset()).u32(partition.epoch());
    out.u32(partition.revision()).u32(partition.owner());
    out.numbers(partition.inSync()).numbers(partition.learners());
    out.u8(partition.status().ordinal());
  }

  private static void barrier(FieldWriter out, Map.Entry<String, Barrier> entry) {
    Barrier barrier = entry.getValue();
    out.text(entry.getKey()).u32(barrier.parties());
    out.list(barrier.arrived(), StateFormat::arrival)
        .list(barrier.released(), StateFormat::arrival)
        .list(barrier.withdrawn(), StateFormat::arrival);
  }

  private static void arrival(FieldWriter out, Arrival arrival) {
    out.u32(arrival.node()).u32(arrival.incarnation()).u64(arrival.request());
  }

  private static void returned(
      FieldWriter out, Map.Entry<Integer, SortedMap<Integer, Held>> entry) {
    out.u32(entry.getKey());
    out.list(
        entry.getValue().entrySet(),
        (o, found) -> CommonFields.held(o.u32(found.getKey()), found.getValue()));
  }

  /**
   * @throws CorruptException if the bytes are no state, or one that contradicts itself
   */
  static ClusterState read(byte[] bytes) {
    FieldReader in = new FieldReader(bytes, "a snapshot of the dispatcher's state");
    int version = in.u8();
    if (version != VERSION) {
      throw in.bad("has format %d; this version reads %d".formatted(version, VERSION));
    }
    ClusterState state = fields(in);
    in.end();
    try {
      state.checkInvariants();
    } catch (IllegalStateException e) {
      throw new CorruptException("a snapshot of the dispatcher's state contradicts itself", e);
    }
    return state;
  }

  private static ClusterState fields(FieldReader in) {
    long version = in.u64();
    long clusterId = in.u64();
    Numbers next = new Numbers(in.u32(), in.u32(), in.u32(), in.u32(), in.u32());
    SortedMap<String, String> settings =
        map(in, ClusterState.MAX_SETTINGS, StateFormat::text, StateFormat::text);
    Configuration configuration =
        new Configuration(
            version,
            clusterId,
            byId(in.list(ClusterState.MAX_NODES, StateFormat::node), Node::id),
            byId(in.list(ClusterState.MAX_DATASETS, StateFormat::dataset), DatasetInfo::id),
            byId(in.list(ClusterState.MAX_PARTITIONS, StateFormat::partition), PartitionInfo::id));
    return new ClusterState(
        configuration,
        settings,
        map(
            in,
            ClusterState.MAX_SCHEMAS,
            FieldReader::u32,
            i -> new Schema(i.bytes(ClusterState.MAX_SCHEMA_BYTES))),
        map(in, ClusterState.MAX_BARRIERS, StateFormat::text, StateFormat::barrier),
        map(
            in,
            ClusterState.MAX_PARTITIONS,
            FieldReader::u32,
            i -> map(i, ClusterState.MAX_NODES, FieldReader::u32, CommonFields::held)),
        next);
  }

  private static String text(FieldReader in) {
    return in.text(4 * ClusterState.MAX_NAME_BYTES);
  }

  private static Node node(FieldReader in) {
    return new Node(
        in.u32(), in.u32(), CommonFields.address(in), in.u64(), in.constant(NodeStatus.values()));
  }

  private static DatasetInfo dataset(FieldReader in) {
    return new DatasetInfo(
        in.u32(),
        text(in),
        in.constant(TransactionMode.values()),
        in.u32(),
        in.u32(),
        in.u32(),
        in.flag());
  }

  private static PartitionInfo partition(FieldReader in) {
    return new PartitionInfo(
        in.u32(),
        in.u32(),
        in.u32(),
        in.u32(),
        in.u32(),
        in.numbers(ClusterState.MAX_NODES),
        in.numbers(ClusterState.MAX_NODES),
        in.constant(PartitionStatus.values()));
  }

  private static Barrier barrier(FieldReader in) {
    return new Barrier(
        in.u32(),
        in.list(ClusterState.MAX_PARTIES, StateFormat::arrival),
        in.list(ClusterState.MAX_REMEMBERED, StateFormat::arrival),
        in.list(ClusterState.MAX_REMEMBERED, StateFormat::arrival));
  }

  private static Arrival arrival(FieldReader in) {
    return new Arrival(in.u32(), in.u32(), in.u64());
  }

  private static <V> Map<Integer, V> byId(List<V> values, Function<V, Integer> id) {
    TreeMap<Integer, V> map = new TreeMap<>();
    values.forEach(value -> map.put(id.apply(value), value));
    return Collections.unmodifiableMap(map);
  }

  private record Entry<K, V>(K key, V value) {}

  private static <K extends Comparable<K>, V> SortedMap<K, V> map(
      FieldReader in, int atMost, Function<FieldReader, K> key, Function<FieldReader, V> value) {
    TreeMap<K, V> map = new TreeMap<>();
    in.list(atMost, i -> new Entry<>(key.apply(i), value.apply(i)))
        .forEach(entry -> map.put(entry.key(), entry.value()));
    return Collections.unmodifiableSortedMap(map);
  }
}
