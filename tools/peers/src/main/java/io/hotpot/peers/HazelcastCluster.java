package io.hotpot.peers;

import com.hazelcast.config.Config;
import com.hazelcast.config.InMemoryFormat;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.NearCacheConfig;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import com.hazelcast.transaction.TransactionContext;
import com.hazelcast.transaction.TransactionOptions;
import com.hazelcast.transaction.TransactionOptions.TransactionType;
import com.hazelcast.transaction.TransactionalMap;
import io.hotpot.tools.bench.ClusterKind;
import io.hotpot.tools.bench.ClusterNode;
import io.hotpot.tools.bench.ClusterPlace;
import io.hotpot.tools.bench.ClusterTable;
import io.hotpot.tools.bench.ValueKind;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A member of Hazelcast, open source edition: maps in memory, changed by transactions. */
public final class HazelcastCluster implements ClusterNode {

  /** Hazelcast for tables and options. */
  public static final class Kind implements ClusterKind {
    @Override
    public String name() {
      return "Hazelcast";
    }

    @Override
    public String setting() {
      return "5.7 TransactionalMap, TWO_PHASE with one copy of its log (the default), getForUpdate;"
          + " reads of one value by IMap.get; near cache";
    }

    @Override
    public List<String> jvmOptions() {
      return List.of(
          "--add-modules=java.se",
          "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
          "--add-opens=java.base/java.lang=ALL-UNNAMED",
          "--add-opens=java.management/sun.management=ALL-UNNAMED",
          "--add-opens=jdk.management/com.sun.management.internal=ALL-UNNAMED");
    }

    @Override
    public ClusterNode join(ClusterPlace place) {
      return new HazelcastCluster(place);
    }
  }

  private static final int BACKUPS = 2;

  private final HazelcastInstance member;

  private HazelcastCluster(ClusterPlace place) {
    Config config = new Config("node" + place.number());
    config.setClusterName("hotpot-bench-" + place.ports().getFirst());
    config.setProperty("hazelcast.logging.type", "none");
    config.setProperty("hazelcast.phone.home.enabled", "false");
    config.setProperty("hazelcast.shutdownhook.enabled", "false");
    config.setProperty("hazelcast.health.monitoring.level", "OFF");
    // The nodes come in order: there is no race for who is the first.
    config.setProperty("hazelcast.wait.seconds.before.join", "0");
    NetworkConfig network =
        config.getNetworkConfig().setPort(place.port()).setPortAutoIncrement(false);
    network.getInterfaces().setEnabled(true).addInterface(ClusterPlace.HOST);
    JoinConfig join = network.getJoin();
    join.getAutoDetectionConfig().setEnabled(false);
    join.getMulticastConfig().setEnabled(false);
    join.getTcpIpConfig().setEnabled(true).setMembers(place.addresses());
    NearCacheConfig near =
        new NearCacheConfig().setInMemoryFormat(InMemoryFormat.OBJECT).setCacheLocalEntries(true);
    config.addMapConfig(
        new MapConfig("*").setBackupCount(BACKUPS).setAsyncBackupCount(0).setNearCacheConfig(near));
    member = Hazelcast.newHazelcastInstance(config);
  }

  @Override
  public void awaitMembers(int count) throws InterruptedException {
    Waiting.until(
        "all members of Hazelcast have their share",
        () ->
            member.getCluster().getMembers().size() == count
                && member.getPartitionService().isClusterSafe());
  }

  @Override
  public <V> ClusterTable<V> table(ValueKind<V> kind) {
    return new Table<>(member, kind);
  }

  @Override
  public void close() {
    member.getLifecycleService().terminate();
  }

  /** A map. Locks are taken in the order of the keys, so that nobody waits in a circle. */
  private record Table<V>(HazelcastInstance member, ValueKind<V> kind, IMap<Long, byte[]> map)
      implements ClusterTable<V> {

    private static final TransactionOptions OPTIONS =
        new TransactionOptions().setTransactionType(TransactionType.TWO_PHASE);

    Table(HazelcastInstance member, ValueKind<V> kind) {
      this(member, kind, member.getMap(kind.table()));
    }

    private void inTransaction(Consumer<TransactionalMap<Long, byte[]>> work) {
      TransactionContext context = member.newTransactionContext(OPTIONS);
      context.beginTransaction();
      try {
        work.accept(context.getMap(kind.table()));
        context.commitTransaction();
      } catch (RuntimeException e) {
        context.rollbackTransaction();
        throw e;
      }
    }

    @Override
    public void insert(List<V> values) {
      inTransaction(
          open ->
              values.forEach(
                  value -> open.set(kind.key().applyAsLong(value), kind.encode().apply(value))));
    }

    @Override
    public V read(long key) {
      return decoded(key, map.get(key));
    }

    private V decoded(long key, byte @Nullable [] bytes) {
      if (bytes == null) {
        throw new IllegalStateException("Hazelcast holds no value under the key " + key);
      }
      return kind.decoded(bytes);
    }

    @Override
    public void replace(long key, V value) {
      byte[] bytes = kind.encode().apply(value);
      inTransaction(open -> open.set(key, bytes));
    }

    @Override
    public void update(long key, UnaryOperator<V> change) {
      inTransaction(
          open -> {
            V old = decoded(key, open.getForUpdate(key));
            open.set(key, kind.encode().apply(change.apply(old)));
          });
    }

    @Override
    public void updateBoth(
        long first, long second, UnaryOperator<V> changeFirst, UnaryOperator<V> changeSecond) {
      if (first > second) {
        updateBoth(second, first, changeSecond, changeFirst);
        return;
      }
      inTransaction(
          open -> {
            V one = decoded(first, open.getForUpdate(first));
            V two = decoded(second, open.getForUpdate(second));
            open.set(first, kind.encode().apply(changeFirst.apply(one)));
            open.set(second, kind.encode().apply(changeSecond.apply(two)));
          });
    }
  }
}
