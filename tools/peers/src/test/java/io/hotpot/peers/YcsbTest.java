package io.hotpot.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hotpot.tools.bench.OrderedPeer;
import io.hotpot.tools.bench.PeerKind;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** YCSB's core workloads pass on small tables, and fail on a store that answers wrongly. */
class YcsbTest {

  private static final int RECORDS = 300;
  private static final int OPERATIONS = 1000;

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"A", "B", "C", "D", "E", "F"})
  void hotpotPasses(String workload) throws Exception {
    try (Records table = new HotpotRecords(directory)) {
      assertPasses(workload, table);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"RocksDB", "LMDB", "H2"})
  void orderedPeersPass(String name) throws Exception {
    PeerKind kind = PeerKind.of(name);
    Optional<String> obstacle = kind.obstacle();
    assumeTrue(obstacle.isEmpty(), obstacle::toString);
    try (Records table = new PeerRecords((OrderedPeer) kind.open(directory, false))) {
      assertPasses("F", table);
    }
  }

  @Test
  void theIndexIsMadeAnewWhenTheStoreIsOpened() {
    try (Records table = new HotpotRecords(directory)) {
      table.insert(2, Map.of("field0", "two"));
      table.insert(1, Map.of("field0", "one"));
    }
    try (Records table = new HotpotRecords(directory)) {
      assertThat(table.read(2)).isEqualTo(Map.of("field0", "two"));
      assertThat(table.scan(0, 10))
          .containsExactly(Map.of("field0", "one"), Map.of("field0", "two"));
      assertThat(table.update(3, Map.of("field0", "three"))).isFalse();
      assertThat(table.read(3)).isNull();
    }
  }

  @Test
  void aWrongValueIsFoundByReads() throws Exception {
    try (Records table = new Lying(new HotpotRecords(directory))) {
      assertThat(workload("C").run(table).problems())
          .containsExactly(OPERATIONS + " records did not hold what was written");
    }
  }

  @Test
  void aWrongValueIsFoundByScans() throws Exception {
    try (Records table = new Lying(new HotpotRecords(directory))) {
      assertThat(workload("E").run(table).problems())
          .singleElement()
          .asString()
          .contains("SCAN returned wrong records");
    }
  }

  private static YcsbWorkload workload(String letter) {
    return new YcsbWorkload(letter, RECORDS, OPERATIONS, 2);
  }

  private static void assertPasses(String letter, Records table) throws Exception {
    YcsbWorkload.Result result = workload(letter).run(table);
    assertThat(result.problems()).isEmpty();
    if (letter.equals("E")) {
      assertThat(result.verified()).isGreaterThan(result.latencies().get("SCAN").getTotalCount());
    } else {
      assertThat(result.verified()).isEqualTo(result.latencies().get("READ").getTotalCount());
    }
    long operations = result.latencies().values().stream().mapToLong(h -> h.getTotalCount()).sum();
    assertThat(operations).isGreaterThanOrEqualTo(OPERATIONS);
  }

  /** Changes one field of whatever is read. */
  private record Lying(Records table) implements Records {
    @Override
    public Map<String, String> read(long key) {
      return changed(table.read(key));
    }

    @Override
    public List<Map<String, String>> scan(long from, int count) {
      return table.scan(from, count).stream().map(Lying::changed).toList();
    }

    private static Map<String, String> changed(Map<String, String> fields) {
      Map<String, String> changed = new HashMap<>(fields);
      changed.merge("field7", "x", (old, x) -> x + old.substring(1));
      return changed;
    }

    @Override
    public boolean update(long key, Map<String, String> fields) {
      return table.update(key, fields);
    }

    @Override
    public void insert(long key, Map<String, String> fields) {
      table.insert(key, fields);
    }

    @Override
    public void close() {
      table.close();
    }
  }
}
