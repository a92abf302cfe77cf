package io.hotpot.peers;

import io.hotpot.tools.bench.ClusterPlace;
import io.hotpot.tools.bench.ClusterTable;
import io.hotpot.tools.bench.ClusterWorkload;
import io.hotpot.tools.bench.Latencies;
import io.hotpot.tools.bench.ValueKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import site.ycsb.WorkloadException;
import site.ycsb.measurements.Measurements;
import site.ycsb.workloads.CoreWorkload;

/** Records of YCSB, and those of its core workloads that neither scan nor insert. */
final class RecordLoad implements ClusterLoad {

  /** A record as it is stored. */
  record Row(long key, Map<String, String> fields) {}

  static final ValueKind<Row> KIND =
      new ValueKind<>("usertable", Row.class, Row::key, RecordLoad::encode, RecordLoad::decode);

  private final ClusterTable<Row> rows;
  private final Map<ClusterWorkload, CoreWorkload> workloads = new EnumMap<>(ClusterWorkload.class);
  private final List<RecordsDb> clients = new ArrayList<>();
  private int count;
  private long wrongBefore;

  RecordLoad(ClusterTable<Row> rows) {
    this.rows = rows;
  }

  private static byte[] encode(Row row) {
    byte[] fields = PeerRecords.encode(row.fields());
    return ByteBuffer.allocate(Long.BYTES + fields.length).putLong(row.key()).put(fields).array();
  }

  private static Row decode(ByteBuffer bytes) {
    return new Row(bytes.getLong(), PeerRecords.decode(bytes));
  }

  @Override
  public void insert(ClusterPlace place, int total) throws IOException, WorkloadException {
    count = total;
    Measurements.setProperties(properties("C"));
    wrongBefore = Verified.soFar().wrong();
    int from = ClusterLoad.shareFrom(place.number(), place, total);
    int share = ClusterLoad.shareFrom(place.number() + 1, place, total) - from;
    Properties properties = properties("C");
    properties.setProperty("insertstart", Integer.toString(from));
    properties.setProperty("insertcount", Integer.toString(share));
    CoreWorkload loading = workload(properties);
    RecordsDb client = client(new Latencies());
    for (int i = 0; i < share; i++) {
      if (!loading.doInsert(client, null)) {
        throw new IllegalStateException("YCSB could not insert a record");
      }
    }
  }

  private Properties properties(String letter) {
    return YcsbWorkload.properties(letter, count, 0);
  }

  private static CoreWorkload workload(Properties properties) throws WorkloadException {
    Measurements.setProperties(properties);
    CoreWorkload workload = new CoreWorkload();
    workload.init(properties);
    return workload;
  }

  private RecordsDb client(Latencies latencies) {
    RecordsDb client = new RecordsDb(new ClusterRecords(rows, latencies));
    clients.add(client);
    return client;
  }

  @Override
  public void loaded() throws InterruptedException {
    rows.loaded();
  }

  @Override
  public Driver driver(ClusterWorkload workload, int number, Latencies latencies)
      throws WorkloadException {
    CoreWorkload core = workloads.get(workload);
    if (core == null) {
      core = workload(properties(workload.name()));
      workloads.put(workload, core);
    }
    CoreWorkload made = core;
    RecordsDb client = client(latencies);
    return () -> {
      if (!made.doTransaction(client, null)) {
        throw new IllegalStateException("an operation of YCSB failed");
      }
    };
  }

  /** YCSB has checked every record that it read. */
  @Override
  public void check(ClusterPlace place) throws IOException {
    Map<String, Integer> problems = new HashMap<>();
    clients.forEach(
        client -> client.problems().forEach((what, n) -> problems.merge(what, n, Integer::sum)));
    long wrong = Verified.soFar().wrong() - wrongBefore;
    if (wrong > 0) {
      problems.put("a record did not hold what was written", Math.toIntExact(wrong));
    }
    if (!problems.isEmpty()) {
      throw new IllegalStateException("YCSB's check has found (how often): " + problems);
    }
  }
}
