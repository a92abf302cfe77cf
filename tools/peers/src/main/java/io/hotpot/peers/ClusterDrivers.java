package io.hotpot.peers;

import io.hotpot.tools.bench.ClusterNode;
import io.hotpot.tools.bench.ClusterPlace;
import io.hotpot.tools.bench.ClusterTable;
import io.hotpot.tools.bench.ClusterWorkload;
import io.hotpot.tools.bench.Item;
import io.hotpot.tools.bench.Latencies;
import io.hotpot.tools.bench.ValueKind;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Runs workloads on the node of this JVM. Thread-safety: for one thread. */
final class ClusterDrivers implements AutoCloseable {

  /** How often a driver looks at the clock. */
  private static final int STEPS_BETWEEN_LOOKS = 16;

  private final ClusterPlace place;
  private final ClusterNode node;
  private final Map<String, ClusterLoad> loads = new HashMap<>();
  private @Nullable SteadyCommits steady;

  ClusterDrivers(ClusterPlace place, ClusterNode node) {
    this.place = place;
    this.node = node;
  }

  void awaitMembers() throws InterruptedException {
    node.awaitMembers(place.nodes());
  }

  void load(String name, int count) throws Exception {
    ClusterLoad load =
        switch (name) {
          case "ITEMS" -> new ItemLoad(node.table(ValueKind.items("items")));
          case "ACCOUNTS" -> new AccountLoad(node.table(ValueKind.items("accounts")));
          case "BULK" -> new BulkLoad(node.table(ValueKind.items("bulk")));
          case "RECORDS" -> new RecordLoad(node.table(RecordLoad.KIND));
          default -> throw new IllegalArgumentException("no data is called " + name);
        };
    loads.put(name, load);
    load.insert(place, count);
  }

  void loaded(String name) throws InterruptedException {
    loadOf(name).loaded();
  }

  void check(String name) throws Exception {
    loadOf(name).check(place);
  }

  /** Begins to update items from a number on up to another, until told to stop. */
  void commit(String name, int drivers, int from, int to) {
    steady = SteadyCommits.begin(items(name), drivers, from, to);
  }

  private ClusterTable<Item> items(String name) {
    if (loadOf(name) instanceof ItemLoad load) {
      return load.items();
    }
    throw new IllegalArgumentException(name + " are no items");
  }

  SteadyCommits steady() {
    SteadyCommits begun = steady;
    if (begun == null) {
      throw new IllegalStateException("no steady commits were begun");
    }
    return begun;
  }

  long heldBytes() {
    return node.heldBytes();
  }

  private ClusterLoad loadOf(String name) {
    ClusterLoad load = loads.get(name);
    if (load == null) {
      throw new IllegalStateException(name + " are not loaded");
    }
    return load;
  }

  /**
   * Runs a workload; says how many operations, seconds, what they took, and how often the process
   * has written meanwhile, its processor time in nanoseconds, and in milliseconds for how long its
   * compilers were at work.
   */
  String run(ClusterWorkload workload, int drivers, int millis) throws Exception {
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    List<Latencies> latencies = new ArrayList<>();
    List<ClusterLoad.Driver> made = new ArrayList<>();
    for (int d = 0; d < drivers; d++) {
      latencies.add(new Latencies());
      int number = d * place.nodes() + place.number();
      made.add(loadOf(workload.data()).driver(workload, number, latencies.get(d)));
    }
    long[] operations = new long[drivers];
    List<Thread> threads = new ArrayList<>();
    long calls = WriteCalls.soFar();
    long cpu = cpuNanos();
    long compilers = compilersMillis();
    long begin = System.nanoTime();
    long nanos = millis * 1_000_000L;
    for (int d = 0; d < drivers; d++) {
      int number = d;
      threads.add(
          Thread.ofPlatform()
              .uncaughtExceptionHandler((thread, e) -> failure.compareAndSet(null, e))
              .start(() -> operations[number] = drive(made.get(number), begin, nanos)));
    }
    if (drivers == 0) {
      // Its processor time is a part of what the others' operations take.
      Thread.sleep(millis);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    // A node without a driver writes only that it lives.
    long written = drivers == 0 ? 0 : WriteCalls.since(calls);
    long used = cpuNanos() - cpu;
    long compiled = compilersMillis() - compilers;
    Throwable failed = failure.get();
    if (failed != null) {
      throw new IllegalStateException("a driver failed", failed);
    }
    long done = 0;
    Latencies all = new Latencies();
    for (int d = 0; d < drivers; d++) {
      done += operations[d];
      all.add(latencies.get(d));
    }
    return String.format(
        Locale.ROOT, "%d %.6f %s %d %d %d", done, seconds, all.toText(), written, used, compiled);
  }

  private static long compilersMillis() {
    CompilationMXBean compilers = ManagementFactory.getCompilationMXBean();
    return compilers != null && compilers.isCompilationTimeMonitoringSupported()
        ? compilers.getTotalCompilationTime()
        : 0;
  }

  private static long cpuNanos() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
  }

  private static long drive(ClusterLoad.Driver driver, long begin, long nanos) {
    long done = 0;
    while (System.nanoTime() - begin < nanos) {
      for (int i = 0; i < STEPS_BETWEEN_LOOKS; i++) {
        driver.step();
      }
      done += STEPS_BETWEEN_LOOKS * (long) driver.operations();
    }
    return done;
  }

  @Override
  public void close() {
    node.close();
  }
}
