package io.hotpot.peers;

import io.hotpot.tools.bench.ClusterKind;
import io.hotpot.tools.bench.ClusterNode;
import io.hotpot.tools.bench.ClusterPlace;
import io.hotpot.tools.bench.ClusterTable;
import io.hotpot.tools.bench.ValueKind;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.apache.ignite.Ignite;
import org.apache.ignite.IgniteCache;
import org.apache.ignite.Ignition;
import org.apache.ignite.cache.CacheAtomicityMode;
import org.apache.ignite.cache.CacheMode;
import org.apache.ignite.cache.CacheWriteSynchronizationMode;
import org.apache.ignite.configuration.CacheConfiguration;
import org.apache.ignite.configuration.DataRegionConfiguration;
import org.apache.ignite.configuration.DataStorageConfiguration;
import org.apache.ignite.configuration.IgniteConfiguration;
import org.apache.ignite.configuration.NearCacheConfiguration;
import org.apache.ignite.logger.NullLogger;
import org.apache.ignite.spi.communication.tcp.TcpCommunicationSpi;
import org.apache.ignite.spi.discovery.tcp.TcpDiscoverySpi;
import org.apache.ignite.spi.discovery.tcp.ipfinder.vm.TcpDiscoveryVmIpFinder;
import org.apache.ignite.transactions.Transaction;
import org.apache.ignite.transactions.TransactionConcurrency;
import org.apache.ignite.transactions.TransactionIsolation;
import org.jspecify.annotations.Nullable;

/** A server node of Apache Ignite 2: transactional caches in memory. */
public final class IgniteCluster implements ClusterNode {

  /** Ignite for tables and options. */
  public static final class Kind implements ClusterKind {

    /** What Ignite wants of JDK 17 and newer. */
    private static final List<String> OPENED =
        List.of(
            "java.base/jdk.internal.access",
            "java.base/jdk.internal.misc",
            "java.base/sun.util.calendar",
            "java.management/com.sun.jmx.mbeanserver",
            "jdk.internal.jvmstat/sun.jvmstat.monitor",
            "java.base/sun.reflect.generics.reflectiveObjects",
            "jdk.management/com.sun.management.internal",
            "java.base/java.io",
            "java.base/java.net",
            "java.base/java.util",
            "java.base/java.util.concurrent",
            "java.base/java.util.concurrent.locks",
            "java.base/java.util.concurrent.atomic",
            "java.base/java.lang",
            "java.base/java.lang.invoke",
            "java.base/java.math",
            "java.sql/java.sql",
            "java.base/java.lang.reflect",
            "java.base/java.time",
            "java.base/java.text",
            "java.management/sun.management");

    @Override
    public String name() {
      return "Ignite";
    }

    @Override
    public String setting() {
      return "2.18 TRANSACTIONAL cache, FULL_SYNC, pessimistic repeatable-read transactions; one"
          + " value by an implicit transaction; near cache, on-heap cache, reads from backups";
    }

    @Override
    public List<String> jvmOptions() {
      return OPENED.stream().map(name -> "--add-opens=" + name + "=ALL-UNNAMED").toList();
    }

    @Override
    public ClusterNode join(ClusterPlace place) {
      return new IgniteCluster(place);
    }
  }

  private static final int BACKUPS = 2;
  private static final long REGION_BYTES = 256L << 20;

  private final Ignite node;

  private IgniteCluster(ClusterPlace place) {
    TcpDiscoverySpi discovery =
        new TcpDiscoverySpi()
            .setLocalPort(place.port())
            .setLocalPortRange(0)
            .setIpFinder(new TcpDiscoveryVmIpFinder().setAddresses(place.addresses()));
    TcpCommunicationSpi communication =
        new TcpCommunicationSpi().setLocalPort(place.spare()).setLocalPortRange(0);
    DataRegionConfiguration region =
        new DataRegionConfiguration().setInitialSize(REGION_BYTES).setMaxSize(REGION_BYTES);
    IgniteConfiguration configuration =
        new IgniteConfiguration()
            .setIgniteInstanceName("node" + place.number())
            .setConsistentId("node" + place.number())
            .setWorkDirectory(place.directory().toString())
            .setGridLogger(new NullLogger())
            .setMetricsLogFrequency(0)
            .setLocalHost(ClusterPlace.HOST)
            .setDiscoverySpi(discovery)
            .setCommunicationSpi(communication)
            .setDataStorageConfiguration(
                new DataStorageConfiguration().setDefaultDataRegionConfiguration(region));
    // Ignite's sign for "none"; by default these listen on ports of their own.
    withoutServers(configuration);
    node = Ignition.start(configuration);
  }

  @SuppressWarnings("NullAway")
  private static void withoutServers(IgniteConfiguration configuration) {
    configuration.setConnectorConfiguration(null);
    configuration.setClientConnectorConfiguration(null);
  }

  @Override
  public void awaitMembers(int count) throws InterruptedException {
    Waiting.until(
        "all nodes of Ignite are there", () -> node.cluster().forServers().nodes().size() == count);
  }

  /** Caches are made when all nodes are there: nothing has to move. */
  @Override
  public <V> ClusterTable<V> table(ValueKind<V> kind) {
    CacheConfiguration<Long, byte[]> configuration =
        new CacheConfiguration<Long, byte[]>(kind.table())
            .setAtomicityMode(CacheAtomicityMode.TRANSACTIONAL)
            .setCacheMode(CacheMode.PARTITIONED)
            .setBackups(BACKUPS)
            .setWriteSynchronizationMode(CacheWriteSynchronizationMode.FULL_SYNC)
            .setReadFromBackup(true)
            .setOnheapCacheEnabled(true)
            .setCopyOnRead(false)
            .setNearConfiguration(new NearCacheConfiguration<>());
    return new Table<>(node, node.getOrCreateCache(configuration), kind);
  }

  @Override
  public void close() {
    node.close();
  }

  /** A cache. Locks are taken in the order of the keys, so that nobody waits in a circle. */
  private record Table<V>(Ignite node, IgniteCache<Long, byte[]> cache, ValueKind<V> kind)
      implements ClusterTable<V> {

    @Override
    public void insert(List<V> values) {
      Map<Long, byte[]> all = new TreeMap<>();
      values.forEach(v -> all.put(kind.key().applyAsLong(v), kind.encode().apply(v)));
      cache.putAll(all);
    }

    @Override
    public V read(long key) {
      return decoded(key, cache.get(key));
    }

    private V decoded(long key, byte @Nullable [] bytes) {
      if (bytes == null) {
        throw new IllegalStateException("Ignite holds no value under the key " + key);
      }
      return kind.decoded(bytes);
    }

    @Override
    public void replace(long key, V value) {
      cache.put(key, kind.encode().apply(value));
    }

    private Transaction begin() {
      return node.transactions()
          .txStart(TransactionConcurrency.PESSIMISTIC, TransactionIsolation.REPEATABLE_READ);
    }

    @Override
    public void update(long key, UnaryOperator<V> change) {
      try (Transaction transaction = begin()) {
        V old = decoded(key, cache.get(key));
        cache.put(key, kind.encode().apply(change.apply(old)));
        transaction.commit();
      }
    }

    @Override
    public void updateBoth(
        long first, long second, UnaryOperator<V> changeFirst, UnaryOperator<V> changeSecond) {
      try (Transaction transaction = begin()) {
        Set<Long> keys = new TreeSet<>(Set.of(first, second));
        Map<Long, byte[]> old = cache.getAll(keys);
        Map<Long, byte[]> changed = new TreeMap<>();
        V one = decoded(first, old.get(first));
        V two = decoded(second, old.get(second));
        changed.put(first, kind.encode().apply(changeFirst.apply(one)));
        changed.put(second, kind.encode().apply(changeSecond.apply(two)));
        cache.putAll(changed);
        transaction.commit();
      }
    }
  }
}
