package io.hotpot.peers;

import io.hotpot.dispatcher.DispatcherServer;
import io.hotpot.store.ClusterOptions;
import io.hotpot.store.Dataset;
import io.hotpot.store.DatasetOptions;
import io.hotpot.store.Durability;
import io.hotpot.store.Hotpot;
import io.hotpot.store.HotpotOptions;
import io.hotpot.store.Ref;
import io.hotpot.tools.bench.ClusterKind;
import io.hotpot.tools.bench.ClusterNode;
import io.hotpot.tools.bench.ClusterPlace;
import io.hotpot.tools.bench.ClusterTable;
import io.hotpot.tools.bench.ValueKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * A node of Hotpot's own cluster, joined as an application joins it. The dispatcher is a process of
 * its own, so that any node can be killed.
 */
public final class HotpotCluster implements ClusterNode {

  /** Hotpot for tables and options. */
  public static final class Kind implements ClusterKind {
    @Override
    public String name() {
      return "Hotpot";
    }

    @Override
    public String setting() {
      return "degree 3, level PROCESS: a commit has returned when its bytes are in the mapped heaps"
          + " of three processes; the fabric named above; a table on the Java heap finds references";
    }

    @Override
    public boolean hasDispatcher() {
      return true;
    }

    @Override
    public AutoCloseable dispatch(ClusterPlace place) {
      return DispatcherServer.start(
          DispatcherServer.Settings.alone(
              place.network().host(),
              dispatcherPort(place),
              place.directory(),
              place.network().security()),
          event -> {});
    }

    @Override
    public ClusterNode join(ClusterPlace place) {
      return new HotpotCluster(place);
    }
  }

  private static final int DEGREE = 3;
  private static final long HEAP_BYTES = 1L << 30;
  private static final long CHUNK_BYTES = 4L << 20;

  private final Hotpot store;
  private final ClusterPlace place;

  private HotpotCluster(ClusterPlace place) {
    this.place = place;
    HotpotOptions options =
        HotpotOptions.defaults().withDurability(Durability.PROCESS).withMaxBytes(HEAP_BYTES);
    store =
        Hotpot.join(
            "hotpot://" + place.network().host() + ":" + dispatcherPort(place),
            place
                .network()
                .place(
                    ClusterOptions.withHeap(place.directory().resolve("heap")).withStore(options),
                    place.port()));
  }

  private static int dispatcherPort(ClusterPlace place) {
    return place.spares().getFirst();
  }

  /** A node that has joined is a member, and a partition is only made where three nodes are. */
  @Override
  public void awaitMembers(int count) {}

  @Override
  public <V> ClusterTable<V> table(ValueKind<V> kind) {
    return new Table<>(
        store.dataset(kind.table(), DatasetOptions.defaults().withDegree(DEGREE)), kind, place);
  }

  @Override
  public long heldBytes() {
    return store.heapUse().chunksInUse() * CHUNK_BYTES;
  }

  @Override
  public void close() {
    store.close();
  }

  /** What a node has inserted, for the others: keys, and where the values are. */
  record Share<V>(long[] keys, List<Ref<V>> refs) {}

  /** Objects of a dataset. Hotpot has no keys: each node keeps a table of its own of all. */
  private static final class Table<V> implements ClusterTable<V> {

    private final Dataset dataset;
    private final ValueKind<V> kind;
    private final ClusterPlace place;
    private final Map<Long, Ref<V>> refs = new HashMap<>();

    Table(Dataset dataset, ValueKind<V> kind, ClusterPlace place) {
      this.dataset = dataset;
      this.kind = kind;
      this.place = place;
    }

    @Override
    public void insert(List<V> values) {
      List<Ref<V>> inserted =
          dataset.transact(tx -> values.stream().map(value -> tx.allocate(value)).toList());
      for (int i = 0; i < inserted.size(); i++) {
        refs.put(kind.key().applyAsLong(values.get(i)), inserted.get(i));
      }
    }

    /** Shows the other nodes where this one's values are, and looks where theirs are. */
    @Override
    public void loaded() throws InterruptedException {
      long[] keys = refs.keySet().stream().mapToLong(key -> key).toArray();
      List<Ref<V>> own = new ArrayList<>();
      for (long key : keys) {
        own.add(ref(key));
      }
      dataset.root(shareName(place.number()), () -> new Share<>(keys, own));
      for (int node = 0; node < place.nodes(); node++) {
        if (node != place.number()) {
          takeShare(node);
        }
      }
    }

    private static String shareName(int node) {
      return "share of node " + node;
    }

    private void takeShare(int node) throws InterruptedException {
      String name = shareName(node);
      Ref<Share<V>> found =
          Waiting.forValue(
              "node " + node + " shows its share",
              () -> dataset.read(tx -> tx.<Share<V>>root(name)));
      Share<V> share = dataset.read(tx -> tx.get(found));
      for (int i = 0; i < share.keys.length; i++) {
        refs.put(share.keys[i], share.refs.get(i));
      }
    }

    private Ref<V> ref(long key) {
      return Optional.ofNullable(refs.get(key))
          .orElseThrow(
              () -> new IllegalStateException("Hotpot holds no value under the key " + key));
    }

    @Override
    public V read(long key) {
      Ref<V> ref = ref(key);
      return dataset.read(tx -> tx.get(ref));
    }

    @Override
    public void replace(long key, V value) {
      Ref<V> ref = ref(key);
      dataset.run(tx -> tx.put(ref, value));
    }

    @Override
    public void update(long key, UnaryOperator<V> change) {
      Ref<V> ref = ref(key);
      dataset.run(tx -> tx.update(ref, change));
    }

    @Override
    public void updateBoth(
        long first, long second, UnaryOperator<V> changeFirst, UnaryOperator<V> changeSecond) {
      Ref<V> one = ref(first);
      Ref<V> two = ref(second);
      dataset.run(
          tx -> {
            V oldOne = tx.get(one);
            V oldTwo = tx.get(two);
            tx.put(one, changeFirst.apply(oldOne));
            tx.put(two, changeSecond.apply(oldTwo));
          });
    }
  }
}
