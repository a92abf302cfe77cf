package io.hotpot.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.dispatcher.DispatcherServer;
import io.hotpot.store.ClearedDevice;
import io.hotpot.store.ClusterFabric;
import io.hotpot.store.ClusterOptions;
import io.hotpot.store.ClusterSecurity;
import io.hotpot.store.Dataset;
import io.hotpot.store.DatasetOptions;
import io.hotpot.store.Durability;
import io.hotpot.store.Hotpot;
import io.hotpot.store.HotpotOptions;
import io.hotpot.store.Ref;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What one-sided access costs whom, by the counters of both ends; and a heap that has none. */
@Tag("guest")
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class RdmaAccessGuestTest {

  private static final ClusterSecurity SECURITY =
      new ClusterSecurity.Secret("a secret that nobody guesses");

  /** What a node says to the dispatcher, and hears from it, while nothing happens. */
  private static final Set<String> LEASE = Set.of("Renew", "Renewed");

  private static final int TIMES = 50;
  private static final int BYTES = 3_000;

  /** Of the node's log; held, since loggers are held weakly. */
  private final Logger log = Logger.getLogger("io.hotpot.cluster");

  private final Queue<String> told = new ConcurrentLinkedQueue<>();
  private final Handler listening = new Listening();

  @TempDir Path directory;
  private DispatcherServer dispatcher;
  private final List<Hotpot> nodes = new ArrayList<>();

  private final class Listening extends Handler {
    @Override
    public void publish(LogRecord event) {
      told.add(event.getMessage());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @BeforeEach
  void start() {
    log.addHandler(listening);
    dispatcher =
        DispatcherServer.start(
            DispatcherServer.Settings.alone("127.0.0.1", 0, directory.resolve("cd"), SECURITY),
            event -> {});
  }

  @AfterEach
  void stop() {
    nodes.forEach(Hotpot::close);
    dispatcher.close();
    log.removeHandler(listening);
  }

  private Hotpot join(ClusterOptions options) {
    return join(
        options,
        HotpotOptions.defaults()
            .withHeap(HotpotOptions.HeapKind.MAPPED)
            .withMaxBytes(64L << 20)
            .withCacheBytes(0)
            .withDurability(Durability.PROCESS));
  }

  private Hotpot join(ClusterOptions options, HotpotOptions store) {
    Hotpot node =
        Hotpot.join(
            dispatcher.uri(),
            options
                .at(System.getProperty("hotpot.guest.address"), 0)
                .withStore(store)
                .withSecurity(SECURITY)
                .withFabric(ClusterFabric.RDMA));
    nodes.add(node);
    return node;
  }

  private Hotpot node(String name) {
    return join(ClusterOptions.withHeap(directory.resolve(name)));
  }

  private static long counted(Hotpot node, String key) {
    return node.counters().getOrDefault(key, 0L);
  }

  /**
   * What nodes count while something is done so many times. Again if sessions ended meanwhile, as
   * they may where a machine is too slow for leases.
   */
  private static List<Map<String, Long>> count(List<Hotpot> nodes, Runnable work) {
    while (true) {
      List<Map<String, Long>> before = nodes.stream().map(Hotpot::counters).toList();
      for (int i = 0; i < TIMES; i++) {
        work.run();
      }
      List<Map<String, Long>> more = new ArrayList<>();
      for (int i = 0; i < nodes.size(); i++) {
        more.add(since(before.get(i), nodes.get(i)));
      }
      if (more.stream().noneMatch(each -> each.containsKey("sessionsEnded"))) {
        return more;
      }
    }
  }

  /** By how much each counter is higher than before; without those that are not. */
  private static Map<String, Long> since(Map<String, Long> before, Hotpot node) {
    Map<String, Long> more = new TreeMap<>();
    node.counters()
        .forEach(
            (key, now) -> {
              long difference = now - before.getOrDefault(key, 0L);
              if (difference != 0) {
                more.put(key, difference);
              }
            });
    return more;
  }

  /** Which kinds of messages went one way. */
  private static Set<String> kinds(Map<String, Long> counters, String way) {
    Set<String> kinds = new TreeSet<>();
    String prefix = way + "Messages.";
    counters.keySet().stream()
        .filter(key -> key.startsWith(prefix))
        .forEach(key -> kinds.add(key.substring(prefix.length())));
    return kinds;
  }

  @Test
  void aReadInPlaceIsNoMessageAndNothingThatTheOwnerDoes() {
    Hotpot owner = node("owner");
    Dataset dataset = owner.dataset("one", DatasetOptions.defaults().withDegree(1));
    Ref<byte[]> ref = dataset.transact(tx -> tx.allocate(new byte[BYTES]));
    Hotpot reader = join(ClusterOptions.withoutHeap());
    // The device learns of the chunk when the place is wanted first.
    while (counted(reader, "placeReads") == 0) {
      assertThat(read(reader, ref)).hasSize(BYTES);
    }
    List<Map<String, Long>> counted =
        count(List.of(reader, owner), () -> assertThat(read(reader, ref)).hasSize(BYTES));

    Map<String, Long> ofReader = counted.getFirst();
    Map<String, Long> ofOwner = counted.getLast();
    System.out.println("read in place: reader " + ofReader + ", owner " + ofOwner);
    assertThat(ofReader).containsEntry("placeReads", (long) TIMES);
    assertThat(ofReader).doesNotContainKeys("fetchesSent", "placesLost", "placesChanged");
    assertThat(LEASE).containsAll(kinds(ofReader, "sent"));
    assertThat(LEASE).containsAll(kinds(ofReader, "received"));
    assertThat(LEASE).containsAll(kinds(ofOwner, "sent"));
    assertThat(LEASE).containsAll(kinds(ofOwner, "received"));
    assertThat(ofOwner).doesNotContainKeys("fetchesServed", "objectReads", "decodedObjects");
  }

  private static byte[] read(Hotpot reader, Ref<byte[]> ref) {
    return reader.read(tx -> tx.get(ref));
  }

  @Test
  void aBatchIsCopiedOnceByItsOwnerAndNotAtAllByTheReplica() {
    Hotpot owner = node("owner");
    Hotpot replica = node("replica");
    Dataset dataset = owner.dataset("two", DatasetOptions.defaults().withDegree(2));
    Ref<byte[]> ref = dataset.transact(tx -> tx.allocate(new byte[BYTES]));
    writeUntilCounted(dataset, ref, replica, "appendsTakenInPlace");
    List<Map<String, Long>> counted =
        count(List.of(owner, replica), () -> dataset.run(tx -> tx.put(ref, new byte[BYTES])));

    Map<String, Long> ofOwner = counted.getFirst();
    Map<String, Long> ofReplica = counted.getLast();
    System.out.println("append at degree 2: owner " + ofOwner + ", replica " + ofReplica);
    long appended = ofOwner.get("appendedBytes");
    assertThat(appended).isGreaterThan((long) TIMES * BYTES);
    // Once: into the owner's own log. From there the device has written all of it.
    assertThat(ofOwner).containsEntry("appendedBytesWritten", appended);
    assertThat(ofOwner).doesNotContainKeys("appendsSent", "appendedBytesSent");
    assertThat(ofOwner.get("sentBytes.AppendedAt")).isLessThan((long) TIMES * BYTES / 10);
    // Not at all: what was taken was there already.
    assertThat(ofReplica).containsEntry("appendedBytesTaken", appended);
    assertThat(ofReplica).containsEntry("appendedBytesTakenInPlace", appended);
    assertThat(ofReplica).doesNotContainKeys("appendedBytes");
  }

  /** As persistent as memory can be, and written by the network device all the same. */
  @Test
  void aReplicaOnADeviceOfPersistentMemoryIsWrittenInPlace() throws Throwable {
    Hotpot owner = node("owner");
    Hotpot replica =
        join(
            ClusterOptions.withHeap(directory.resolve("replica")),
            HotpotOptions.defaults().withDevice(ClearedDevice.get()));
    assertThat(replica.heapInfo().durability()).isEqualTo(Durability.POWER);
    assertThat(replica.heapInfo().mechanism()).contains("device DAX /dev/dax");
    Dataset dataset = owner.dataset("two", DatasetOptions.defaults().withDegree(2));
    Ref<byte[]> ref = dataset.transact(tx -> tx.allocate(new byte[BYTES]));
    writeUntilCounted(dataset, ref, replica, "appendsTakenInPlace");
    Map<String, Long> ofReplica =
        count(List.of(owner, replica), () -> dataset.run(tx -> tx.put(ref, new byte[BYTES])))
            .getLast();

    System.out.println("append at degree 2, on device DAX: replica " + ofReplica);
    assertThat(ofReplica.get("appendedBytesTakenInPlace"))
        .isEqualTo(ofReplica.get("appendedBytesTaken"))
        .isGreaterThan((long) TIMES * BYTES);
    assertThat(ofReplica).doesNotContainKeys("appendedBytes");
    assertThat(told).noneMatch(line -> line.contains("not known to the network device"));
    dataset.run(tx -> tx.put(ref, new byte[] {7}));
    assertThat(read(replica, ref)).containsExactly(7);
  }

  private static void writeUntilCounted(
      Dataset dataset, Ref<byte[]> ref, Hotpot where, String key) {
    while (counted(where, key) == 0) {
      dataset.run(tx -> tx.put(ref, new byte[BYTES]));
    }
  }

  /** A file system on persistent memory, which the device does not take (errno 95). */
  @Test
  void whereTheHeapIsNotRegisteredMessagesCarryTheBytes() {
    Hotpot known = node("known");
    Hotpot unknown =
        join(
            ClusterOptions.withHeap(
                Path.of(System.getProperty("hotpot.guest.fsdax", "/"), "unknown")));
    Dataset to = known.dataset("to", DatasetOptions.defaults().withDegree(2));
    Ref<byte[]> there = to.transact(tx -> tx.allocate(new byte[BYTES]));
    Dataset from = unknown.dataset("from", DatasetOptions.defaults().withDegree(2));
    Ref<byte[]> here = from.transact(tx -> tx.allocate(new byte[BYTES]));
    Dataset alone = unknown.dataset("alone", DatasetOptions.defaults().withDegree(1));
    Ref<byte[]> only = alone.transact(tx -> tx.allocate(new byte[] {1}));

    for (int i = 0; i < TIMES; i++) {
      to.run(tx -> tx.put(there, new byte[BYTES]));
      from.run(tx -> tx.put(here, new byte[BYTES]));
      assertThat(read(known, only)).containsExactly(1);
    }

    for (Hotpot node : List.of(known, unknown)) {
      Map<String, Long> counters = node.counters();
      assertThat(counters.get("appendsSent")).isGreaterThan(TIMES / 2);
      assertThat(counters.get("appendsTaken")).isGreaterThan(TIMES / 2);
      // Neither to memory that is not registered, nor from such memory.
      assertThat(counters).containsEntry("appendsWritten", 0L);
      assertThat(counters).containsEntry("appendsTakenInPlace", 0L);
      assertThat(counters).containsEntry("placeReads", 0L);
    }
    assertThat(counted(known, "fetchesSent")).isGreaterThan(TIMES / 2);
    assertThat(told.stream().filter(line -> line.contains("not known to the network device")))
        .singleElement()
        .asString()
        .contains("messages only", "fsdax", "on-demand paging", "errno 95");
  }
}
