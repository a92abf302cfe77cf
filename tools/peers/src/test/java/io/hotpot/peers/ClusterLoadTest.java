package io.hotpot.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.tools.NodeNetwork;
import io.hotpot.tools.bench.ClusterPlace;
import io.hotpot.tools.bench.ClusterTable;
import io.hotpot.tools.bench.ClusterWorkload;
import io.hotpot.tools.bench.Item;
import io.hotpot.tools.bench.Latencies;
import io.hotpot.tools.bench.ValueKind;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** The workloads pass on tables that do as they should, and fail on those that do not. */
class ClusterLoadTest {

  private static final int COUNT = 100;
  private static final int STEPS = 500;

  /** A table for one thread. */
  private static class Simple<V> implements ClusterTable<V> {
    private final ValueKind<V> kind;
    private final Map<Long, byte[]> values = new HashMap<>();

    Simple(ValueKind<V> kind) {
      this.kind = kind;
    }

    long firstKey() {
      return values.keySet().iterator().next();
    }

    @Override
    public void insert(List<V> inserted) {
      for (V value : inserted) {
        long key = kind.key().applyAsLong(value);
        assertThat(values.put(key, kind.encode().apply(value))).isNull();
      }
    }

    @Override
    public V read(long key) {
      return kind.decoded(Optional.ofNullable(values.get(key)).orElseThrow());
    }

    @Override
    public void replace(long key, V value) {
      values.put(key, kind.encode().apply(value));
    }

    @Override
    public void update(long key, UnaryOperator<V> change) {
      replace(key, change.apply(read(key)));
    }

    @Override
    public void updateBoth(
        long first, long second, UnaryOperator<V> changeFirst, UnaryOperator<V> changeSecond) {
      update(first, changeFirst);
      update(second, changeSecond);
    }
  }

  private static ClusterPlace node(int number) {
    return new ClusterPlace(
        number, List.of(1, 2, 3), List.of(4, 5, 6), Path.of("nowhere"), NodeNetwork.loopback());
  }

  /** All nodes insert their shares; then the first runs a workload, and checks. */
  private static void run(ClusterLoad load, ClusterWorkload workload) throws Exception {
    for (int number = 2; number >= 0; number--) {
      load.insert(node(number), COUNT);
    }
    load.loaded();
    Latencies latencies = new Latencies();
    ClusterLoad.Driver driver = load.driver(workload, 1, latencies);
    for (int i = 0; i < STEPS; i++) {
      driver.step();
    }
    assertThat(latencies.total()).isGreaterThanOrEqualTo(STEPS);
    load.check(node(0));
  }

  @Test
  void itemsAreReadAndReplaced() throws Exception {
    Simple<Item> table = new Simple<>(ValueKind.items("items"));
    run(new ItemLoad(table), ClusterWorkload.READ);
    assertThat(table.values).hasSize(COUNT);
    run(new ItemLoad(new Simple<>(ValueKind.items("items"))), ClusterWorkload.UPDATE);
  }

  @Test
  void aReadOfAnotherItemIsFound() {
    ClusterTable<Item> table =
        new Simple<>(ValueKind.items("items")) {
          @Override
          public Item read(long key) {
            return super.read(key == 7 ? 8 : key);
          }
        };
    assertThatThrownBy(() -> run(new ItemLoad(table), ClusterWorkload.READ))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("item 7 was read as");
  }

  @Test
  void transfersKeepTheSum() throws Exception {
    run(new AccountLoad(new Simple<>(ValueKind.items("accounts"))), ClusterWorkload.TRANSFER);
  }

  @Test
  void aTransferThatIsHalfDoneIsFound() {
    ClusterTable<Item> table =
        new Simple<>(ValueKind.items("accounts")) {
          @Override
          public void updateBoth(
              long first, long second, UnaryOperator<Item> one, UnaryOperator<Item> two) {
            update(first, one);
          }
        };
    assertThatThrownBy(() -> run(new AccountLoad(table), ClusterWorkload.TRANSFER))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("add up to 99500.0, not to 100000.0");
  }

  @Test
  void ycsbPasses() throws Exception {
    for (ClusterWorkload workload : List.of(ClusterWorkload.A, ClusterWorkload.F)) {
      Simple<RecordLoad.Row> table = new Simple<>(RecordLoad.KIND);
      run(new RecordLoad(table), workload);
      assertThat(table.values).hasSize(COUNT);
    }
  }

  @Test
  void aRecordOfAnotherKeyIsFound() {
    ClusterTable<RecordLoad.Row> table =
        new Simple<>(RecordLoad.KIND) {
          @Override
          public RecordLoad.Row read(long key) {
            return super.read(firstKey());
          }
        };
    assertThatThrownBy(() -> run(new RecordLoad(table), ClusterWorkload.C))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("did not hold what was written");
  }
}
