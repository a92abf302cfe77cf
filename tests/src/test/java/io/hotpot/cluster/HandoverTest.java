package io.hotpot.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.dispatcher.DispatcherServer;
import io.hotpot.store.ClusterOptions;
import io.hotpot.store.ClusterSecurity;
import io.hotpot.store.Dataset;
import io.hotpot.store.DatasetOptions;
import io.hotpot.store.Durability;
import io.hotpot.store.Hotpot;
import io.hotpot.store.HotpotException;
import io.hotpot.store.HotpotOptions;
import io.hotpot.store.Ref;
import io.hotpot.tools.Main;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A partition is given from node to node while another one writes to it: whoever gets it has its
 * table already. With {@code -Dhotpot.handover.mb=500} it is a measurement: how long the writer
 * waits, which is printed.
 */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HandoverTest {

  private static final int MEGABYTES = Integer.getInteger("hotpot.handover.mb", 8);
  private static final int TIMES = Integer.getInteger("hotpot.handover.times", 3);
  private static final long HEAP_BYTES = (96L + 2 * MEGABYTES) << 20;
  private static final int BYTES = 1_000;
  private static final int IN_ONE = 500;

  /** What fills the log. */
  public record Blob(byte[] bytes) {}

  /** What is written meanwhile. */
  public record Count(long value) {}

  @TempDir Path directory;
  private DispatcherServer dispatcher;
  private final List<Hotpot> nodes = new ArrayList<>();

  @BeforeEach
  void startCluster() {
    dispatcher =
        DispatcherServer.start(
            DispatcherServer.Settings.alone(
                "127.0.0.1", 0, directory.resolve("cd"), new ClusterSecurity.Plain(false)),
            event -> {});
    for (int i = 1; i <= 3; i++) {
      nodes.add(
          Hotpot.join(
              dispatcher.uri(),
              ClusterOptions.withHeap(directory.resolve("node" + i))
                  .withStore(
                      HotpotOptions.defaults()
                          .withHeap(HotpotOptions.HeapKind.MAPPED)
                          .withMaxBytes(HEAP_BYTES)
                          .withDurability(Durability.PROCESS))));
    }
  }

  @AfterEach
  void stopCluster() {
    nodes.forEach(Hotpot::close);
    dispatcher.close();
  }

  @Test
  void whoGetsAPartitionHasItsTableAlready() throws IOException, InterruptedException {
    Dataset there =
        nodes.get(0).dataset("handed", DatasetOptions.defaults().withDegree(2).withMinimum(2));
    Ref<Count> counter = there.transact(tx -> tx.allocate(new Count(0)));
    for (long written = 0; written < (long) MEGABYTES << 20; written += IN_ONE * BYTES) {
      there.run(
          tx -> {
            for (int i = 0; i < IN_ONE; i++) {
              tx.allocate(new Blob(new byte[BYTES]));
            }
          });
    }
    Writer writer = new Writer(nodes.get(2), counter);
    Thread thread = Thread.ofPlatform().start(writer);
    int owner = 0;
    int moved = 0;
    try {
      for (int i = 0; i < TIMES; i++) {
        int target = 1 - owner;
        writer.awaitProgress();
        writer.longestNs.set(0);
        List<String> said = migrate(id(target));
        writer.awaitProgress();
        if (said.getFirst().contains("not served")) {
          owner = target;
          moved++;
        }
        System.out.printf("%s; the writer waited %,d us%n", said, writer.longestNs.get() / 1_000);
      }
    } finally {
      writer.ends = true;
      thread.join();
    }
    assertThat(nodes.get(0).<Count>read(tx -> tx.get(counter)).value())
        .isBetween(writer.done.get(), writer.done.get() + writer.unknown.get());
    long warm =
        nodes.stream().mapToLong(node -> node.counters().getOrDefault("warmPromotions", 0L)).sum();
    // Those that follow one another at once may find that the table has not been begun.
    assertThat(warm).as("of %d promotions", moved).isBetween(Math.min(moved, 1L), (long) moved);
  }

  @Test
  void aReplicaGivesBackWhatTheOwnerHasCleanedAtLevelProcessToo() {
    Dataset there =
        nodes.get(0).dataset("overwritten", DatasetOptions.defaults().withDegree(2).withMinimum(2));
    List<Ref<Blob>> blobs =
        there.transact(
            tx -> {
              List<Ref<Blob>> all = new ArrayList<>();
              for (int i = 0; i < 20; i++) {
                all.add(tx.allocate(new Blob(new byte[0])));
              }
              return all;
            });
    int failed = 0;
    for (long written = 0; written < 2 * HEAP_BYTES; ) {
      for (Ref<Blob> blob : blobs) {
        try {
          there.run(tx -> tx.put(blob, new Blob(new byte[500_000])));
          written += 500_000;
        } catch (HotpotException e) {
          // A node whose disk is slow may be excluded for a while.
          assertThat(++failed).as(e.getMessage()).isLessThan(4);
        }
      }
    }
  }

  /** Counts, one transaction after another. */
  private static final class Writer implements Runnable {
    private final Hotpot node;
    private final Ref<Count> counter;
    private final AtomicLong longestNs = new AtomicLong();
    private final AtomicLong done = new AtomicLong();
    private final AtomicLong unknown = new AtomicLong();
    private volatile boolean ends;

    Writer(Hotpot node, Ref<Count> counter) {
      this.node = node;
      this.counter = counter;
    }

    @Override
    public void run() {
      while (!ends) {
        long beganNs = System.nanoTime();
        try {
          node.run(tx -> tx.update(counter, count -> new Count(count.value() + 1)));
          done.incrementAndGet();
        } catch (HotpotException e) {
          unknown.incrementAndGet();
        }
        longestNs.accumulateAndGet(System.nanoTime() - beganNs, Math::max);
      }
    }

    void awaitProgress() {
      long goal = done.get() + 50;
      while (done.get() < goal) {
        LockSupport.parkNanos(100_000);
      }
    }
  }

  private int id(int node) {
    return nodes.get(node).member().orElseThrow().nodeId();
  }

  private List<String> migrate(int target) throws IOException, InterruptedException {
    List<String> arguments =
        List.of("migrate", "1", Integer.toString(target), "--dispatcher", dispatcher.uri());
    try (ChildProcess process = ChildProcess.start(Main.class, arguments)) {
      return new ArrayList<>(process.toEnd());
    }
  }
}
