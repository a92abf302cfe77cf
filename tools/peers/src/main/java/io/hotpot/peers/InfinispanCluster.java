package io.hotpot.peers;

import io.hotpot.tools.bench.ClusterKind;
import io.hotpot.tools.bench.ClusterNode;
import io.hotpot.tools.bench.ClusterPlace;
import io.hotpot.tools.bench.ClusterTable;
import io.hotpot.tools.bench.ValueKind;
import jakarta.transaction.HeuristicMixedException;
import jakarta.transaction.HeuristicRollbackException;
import jakarta.transaction.NotSupportedException;
import jakarta.transaction.RollbackException;
import jakarta.transaction.SystemException;
import jakarta.transaction.TransactionManager;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.infinispan.AdvancedCache;
import org.infinispan.configuration.cache.CacheMode;
import org.infinispan.configuration.cache.ConfigurationBuilder;
import org.infinispan.configuration.global.GlobalConfigurationBuilder;
import org.infinispan.context.Flag;
import org.infinispan.manager.DefaultCacheManager;
import org.infinispan.remoting.transport.jgroups.JGroupsTransport;
import org.infinispan.transaction.LockingMode;
import org.infinispan.transaction.TransactionMode;
import org.infinispan.transaction.lookup.EmbeddedTransactionManagerLookup;
import org.jspecify.annotations.Nullable;

/** A node of Infinispan, embedded: transactional distributed caches in memory. */
public final class InfinispanCluster implements ClusterNode {

  /** Infinispan for tables and options. */
  public static final class Kind implements ClusterKind {
    @Override
    public String name() {
      return "Infinispan";
    }

    @Override
    public String setting() {
      return "16.1 embedded, DIST_SYNC with three owners, L1, pessimistic locking, repeatable read,"
          + " its own transaction manager";
    }

    @Override
    public ClusterNode join(ClusterPlace place) {
      return new InfinispanCluster(place);
    }
  }

  private static final int OWNERS = 3;

  private final DefaultCacheManager manager;

  private InfinispanCluster(ClusterPlace place) {
    System.setProperty("hotpot.bench.port", Integer.toString(place.port()));
    System.setProperty(
        "hotpot.bench.hosts",
        place.ports().stream()
            .map(port -> ClusterPlace.HOST + "[" + port + "]")
            .collect(Collectors.joining(",")));
    GlobalConfigurationBuilder global = GlobalConfigurationBuilder.defaultClusteredBuilder();
    global
        .transport()
        .clusterName("hotpot-bench-" + place.ports().getFirst())
        .nodeName("node" + place.number())
        .addProperty(JGroupsTransport.CONFIGURATION_FILE, "io/hotpot/peers/jgroups.xml");
    global.jmx().disable();
    global.metrics().gauges(false).histograms(false);
    manager = new DefaultCacheManager(global.build());
  }

  @Override
  public void awaitMembers(int count) throws InterruptedException {
    Waiting.until("all nodes of Infinispan are there", () -> manager.getMembers().size() == count);
  }

  /** Every node has every cache once all have loaded it; what came before then moves. */
  @Override
  public <V> ClusterTable<V> table(ValueKind<V> kind) {
    ConfigurationBuilder builder = new ConfigurationBuilder();
    builder.clustering().cacheMode(CacheMode.DIST_SYNC).hash().numOwners(OWNERS);
    builder.clustering().l1().enable();
    builder
        .transaction()
        .transactionMode(TransactionMode.TRANSACTIONAL)
        .lockingMode(LockingMode.PESSIMISTIC)
        .transactionManagerLookup(new EmbeddedTransactionManagerLookup())
        .useSynchronization(true);
    return new Table<>(
        manager.<Long, byte[]>createCache(kind.table(), builder.build()).getAdvancedCache(), kind);
  }

  @Override
  public void close() {
    manager.stop();
  }

  /** A cache. Locks are taken in the order of the keys, so that nobody waits in a circle. */
  private record Table<V>(
      AdvancedCache<Long, byte[]> cache,
      AdvancedCache<Long, byte[]> blind,
      AdvancedCache<Long, byte[]> locking,
      TransactionManager transactions,
      ValueKind<V> kind)
      implements ClusterTable<V> {

    Table(AdvancedCache<Long, byte[]> cache, ValueKind<V> kind) {
      this(
          cache,
          cache.withFlags(Flag.IGNORE_RETURN_VALUES),
          cache.withFlags(Flag.FORCE_WRITE_LOCK),
          cache.getTransactionManager(),
          kind);
    }

    private void inTransaction(Runnable work) {
      try {
        transactions.begin();
        boolean isDone = false;
        try {
          work.run();
          isDone = true;
        } finally {
          if (isDone) {
            transactions.commit();
          } else {
            transactions.rollback();
          }
        }
      } catch (NotSupportedException
          | SystemException
          | RollbackException
          | HeuristicMixedException
          | HeuristicRollbackException e) {
        throw new IllegalStateException("Infinispan did not commit a transaction", e);
      }
    }

    @Override
    public void insert(List<V> values) {
      inTransaction(
          () ->
              values.forEach(
                  value -> blind.put(kind.key().applyAsLong(value), kind.encode().apply(value))));
    }

    @Override
    public V read(long key) {
      return decoded(key, cache.get(key));
    }

    private V decoded(long key, byte @Nullable [] bytes) {
      if (bytes == null) {
        throw new IllegalStateException("Infinispan holds no value under the key " + key);
      }
      return kind.decoded(bytes);
    }

    @Override
    public void replace(long key, V value) {
      blind.put(key, kind.encode().apply(value));
    }

    @Override
    public void update(long key, UnaryOperator<V> change) {
      inTransaction(
          () -> {
            V old = decoded(key, locking.get(key));
            blind.put(key, kind.encode().apply(change.apply(old)));
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
          () -> {
            V one = decoded(first, locking.get(first));
            V two = decoded(second, locking.get(second));
            blind.put(first, kind.encode().apply(changeFirst.apply(one)));
            blind.put(second, kind.encode().apply(changeSecond.apply(two)));
          });
    }
  }
}
