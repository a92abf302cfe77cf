package io.hotpot.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.dispatcher.DispatcherServer;
import io.hotpot.store.ClusterOptions;
import io.hotpot.store.ClusterSecurity;
import io.hotpot.store.ConflictException;
import io.hotpot.store.Dataset;
import io.hotpot.store.DatasetOptions;
import io.hotpot.store.Durability;
import io.hotpot.store.Hotpot;
import io.hotpot.store.HotpotOptions;
import io.hotpot.store.LockLost;
import io.hotpot.store.MisuseException;
import io.hotpot.store.Ref;
import io.hotpot.store.Transaction;
import io.hotpot.store.TransactionMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Objects that nodes acquire of one another, over TCP on loopback (PROTOCOL 15). */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AcquireOverTcpTest {

  /** A value that nodes share. */
  public record Counter(long value) {}

  private static final int ROUNDS = 40;

  @TempDir Path directory;
  private DispatcherServer dispatcher;
  private final List<Hotpot> nodes = new ArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @BeforeEach
  void start() {
    dispatcher =
        DispatcherServer.start(
            DispatcherServer.Settings.alone(
                "127.0.0.1", 0, directory.resolve("cd"), new ClusterSecurity.Plain(false)),
            event -> {});
    for (int number = 1; number <= 3; number++) {
      HotpotOptions store =
          HotpotOptions.defaults()
              .withHeap(HotpotOptions.HeapKind.MAPPED)
              .withMaxBytes(256L << 20)
              .withDurability(Durability.PROCESS);
      nodes.add(
          Hotpot.join(
              dispatcher.uri(),
              ClusterOptions.withHeap(directory.resolve("node" + number)).withStore(store)));
    }
  }

  @AfterEach
  void stop() {
    threads.shutdownNow();
    nodes.forEach(Hotpot::close);
    dispatcher.close();
  }

  private Dataset dataset(int node) {
    return nodes
        .get(node)
        .dataset(
            "single",
            DatasetOptions.defaults().withDegree(2).withMinimum(1).withMode(TransactionMode.MRSW));
  }

  private Ref<Counter> counter(int node) {
    return dataset(node).transact(tx -> tx.allocate(new Counter(0)));
  }

  private long value(int node, Ref<Counter> ref) {
    return dataset(node).<Counter>read(tx -> tx.get(ref)).value();
  }

  @Test
  void writersAcquireFirst() {
    Ref<Counter> ref = counter(0);

    for (int node = 0; node < 3; node++) {
      Dataset single = dataset(node);
      assertThatThrownBy(() -> single.run(tx -> tx.put(ref, new Counter(1))))
          .isInstanceOf(MisuseException.class)
          .hasMessageContaining("single")
          .hasMessageContaining("acquire");
      single.run(
          tx -> {
            tx.acquire(ref);
            tx.update(ref, c -> new Counter(c.value() + 1));
          });
    }

    assertThat(value(1, ref)).isEqualTo(3);
    dataset(2)
        .run(
            tx -> {
              Ref<Counter> fresh = tx.allocate(new Counter(1));
              tx.put(fresh, new Counter(2));
              tx.acquire(ref);
              tx.delete(ref);
            });
    boolean isGone = dataset(0).read(tx -> tx.find(ref).isEmpty());
    assertThat(isGone).isTrue();
  }

  @Test
  void nodesThatContendForObjectsOfAThirdTakeTurns() throws Exception {
    Ref<Counter> ref = counter(0);
    List<Future<?>> running = new ArrayList<>();
    for (int node = 0; node < 3; node++) {
      Dataset single = dataset(node);
      running.add(
          threads.submit(
              () -> {
                for (int round = 0; round < ROUNDS; round++) {
                  single.run(
                      tx -> {
                        tx.acquire(ref);
                        tx.update(ref, c -> new Counter(c.value() + 1));
                      });
                }
              }));
    }
    for (Future<?> each : running) {
      each.get();
    }

    assertThat(value(2, ref)).isEqualTo(3 * ROUNDS);
  }

  /** Each acquires one after the other, in another order: they would wait for each other. */
  @Test
  void transfersInCirclesDoNotWaitForEachOtherForEver() throws Exception {
    List<Ref<Counter>> counters = List.of(counter(0), counter(1), counter(2));
    List<Future<?>> running = new ArrayList<>();
    for (int node = 0; node < 3; node++) {
      Dataset single = dataset(node);
      Ref<Counter> from = counters.get(node);
      Ref<Counter> to = counters.get((node + 1) % 3);
      running.add(
          threads.submit(
              () -> {
                for (int round = 0; round < ROUNDS; round++) {
                  single.run(
                      tx -> {
                        tx.acquire(from);
                        tx.update(from, c -> new Counter(c.value() - 1));
                        tx.acquire(to);
                        tx.update(to, c -> new Counter(c.value() + 1));
                      });
                }
              }));
    }
    for (Future<?> each : running) {
      each.get();
    }

    for (Ref<Counter> each : counters) {
      assertThat(value(0, each)).isZero();
    }
  }

  @Test
  void aYoungerHolderGivesWay() {
    Ref<Counter> ref = counter(0);
    Ref<Counter> other = counter(0);
    try (Transaction older = dataset(1).begin();
        Transaction younger = dataset(2).begin()) {
      older.acquire(other);
      younger.acquire(ref);
      younger.put(ref, new Counter(7));
      older.acquire(ref);
      older.put(ref, new Counter(5));

      assertThatThrownBy(younger::commit)
          .isInstanceOf(ConflictException.class)
          .hasMessageContaining("older");
      older.commit();
    }

    assertThat(value(2, ref)).isEqualTo(5);
    assertThat(nodes.get(2).counters()).containsEntry("locksWounded", 1L);
  }

  @Test
  void whatIsAcquiredIsLostWithItsOwner() {
    Ref<Counter> ref = counter(0);
    Ref<Counter> mine = counter(1);
    try (Transaction holder = dataset(1).begin()) {
      holder.acquire(ref, mine);
      holder.put(mine, new Counter(1));
      nodes.get(0).close();
      assertThat(value(2, ref)).isZero();

      assertThatThrownBy(holder::commit).isInstanceOf(LockLost.class).hasMessageContaining("again");
    }

    assertThat(value(2, mine)).isZero();
    dataset(2)
        .run(
            tx -> {
              tx.acquire(ref, mine);
              tx.put(ref, new Counter(2));
            });
    assertThat(value(1, ref)).isEqualTo(2);
  }

  @Test
  void anAbortedTransactionKeepsNothing() {
    Ref<Counter> ref = counter(0);
    Transaction first = dataset(1).begin();
    first.acquire(ref);
    first.close();

    dataset(2)
        .run(
            tx -> {
              tx.acquire(ref);
              tx.put(ref, new Counter(1));
            });

    assertThat(value(0, ref)).isEqualTo(1);
  }
}
