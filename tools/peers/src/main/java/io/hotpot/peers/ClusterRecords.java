package io.hotpot.peers;

import io.hotpot.peers.RecordLoad.Row;
import io.hotpot.tools.bench.ClusterTable;
import io.hotpot.tools.bench.Latencies;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Records of YCSB in a cluster, for one driver, with what its reads and updates take. */
final class ClusterRecords implements Records {

  private final ClusterTable<Row> rows;
  private final Latencies latencies;

  ClusterRecords(ClusterTable<Row> rows, Latencies latencies) {
    this.rows = rows;
    this.latencies = latencies;
  }

  @Override
  public Map<String, String> read(long key) {
    long begin = System.nanoTime();
    Row row = rows.read(key);
    latencies.record(System.nanoTime() - begin);
    return row.fields();
  }

  @Override
  public boolean update(long key, Map<String, String> fields) {
    long begin = System.nanoTime();
    rows.update(key, row -> new Row(key, merged(row.fields(), fields)));
    latencies.record(System.nanoTime() - begin);
    return true;
  }

  private static Map<String, String> merged(Map<String, String> old, Map<String, String> fields) {
    Map<String, String> merged = new HashMap<>(old);
    merged.putAll(fields);
    return Map.copyOf(merged);
  }

  @Override
  public void insert(long key, Map<String, String> fields) {
    rows.insert(List.of(new Row(key, Map.copyOf(fields))));
  }

  /** A cluster has no order of keys. */
  @Override
  public List<Map<String, String>> scan(long from, int count) {
    throw new UnsupportedOperationException("workloads of clusters do not scan");
  }

  @Override
  public void close() {}
}
