package io.hotpot.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.cluster.BankProcess.Account;
import io.hotpot.cluster.BankProcess.Bank;
import io.hotpot.cluster.BankProcess.Journal;
import io.hotpot.store.ClusterOptions;
import io.hotpot.store.Dataset;
import io.hotpot.store.DatasetOptions;
import io.hotpot.store.Hotpot;
import io.hotpot.store.LockLost;
import io.hotpot.store.Ref;
import io.hotpot.store.Transaction;
import io.hotpot.tools.Main;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real processes, and SIGKILL for the one that owns what another one is changing. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KilledOwnerTest {

  private static final int TRANSFERS = 100;

  @TempDir Path directory;
  private final List<ChildProcess> processes = new ArrayList<>();

  @AfterEach
  void endAll() {
    processes.reversed().forEach(ChildProcess::close);
  }

  private ChildProcess start(Class<?> main, String... arguments) throws IOException {
    ChildProcess process = ChildProcess.start(main, List.of(arguments));
    processes.add(process);
    return process;
  }

  final String inDirectory(String name) {
    return directory.resolve(name).toString();
  }

  /** Begins a transaction that has acquired and changed an object of the owner. */
  private static Transaction acquire(Hotpot holder) {
    Dataset dataset = holder.dataset(BankProcess.DATASET);
    Ref<Account> near =
        dataset.transact(
            tx ->
                tx.allocateNear(
                    tx.<Bank>root("bank").orElseThrow(), new Account(BankProcess.ACCOUNTS, 0)));
    Transaction holding = dataset.begin();
    holding.acquire(near);
    holding.put(near, new Account(BankProcess.ACCOUNTS, 1));
    return holding;
  }

  /** Starts a dispatcher and two nodes, which hold copies; returns the dispatcher's address. */
  String startCluster() throws IOException {
    String said =
        start(Main.class, "dispatcher", "--listen", "0", "--dir", inDirectory("cd"))
            .await("hotpot: the dispatcher listens at ");
    String uri = said.substring(said.indexOf("hotpot://"));
    for (String name : List.of("a", "b")) {
      start(
              Main.class,
              "node",
              "--dispatcher",
              uri,
              "--heap",
              inDirectory(name),
              "--size",
              "128m",
              "--durability",
              "process")
          .await("hotpot: node ");
    }
    return uri;
  }

  /** Where a node is, and how it speaks. */
  ClusterOptions place(ClusterOptions options) {
    return options;
  }

  /** The same for a {@link BankProcess}. */
  String place() {
    return BankProcess.HERE;
  }

  /** At the end, while all that were not killed go on. */
  void check() {}

  @Test
  void nothingAcknowledgedIsLostAndWritesResume() throws IOException {
    String uri = startCluster();
    ChildProcess owner = start(BankProcess.class, "owner", inDirectory("owner"), uri, place());
    owner.await("ready");
    ChildProcess client = start(BankProcess.class, "client", uri, place());
    for (int i = 0; i < TRANSFERS; i++) {
      client.await("did ");
    }
    try (Hotpot holder = Hotpot.join(uri, place(ClusterOptions.withoutHeap()));
        Transaction holding = acquire(holder)) {
      owner.kill();
      client.tell("mark");
      client.await("marked");
      for (int i = 0; i < TRANSFERS; i++) {
        client.await("did ");
      }
      assertThatThrownBy(holding::commit).isInstanceOf(LockLost.class);
    }
    client.tell("stop");
    client.await("stopped");

    List<Long> acknowledged =
        client.heard().stream()
            .filter(line -> line.startsWith("did "))
            .map(line -> Long.parseLong(line.substring("did ".length())))
            .toList();
    assertThat(acknowledged).as("each transfer is counted once").isSorted().doesNotHaveDuplicates();
    try (Hotpot hotpot = Hotpot.join(uri, place(ClusterOptions.withoutHeap()))) {
      Dataset dataset =
          hotpot.dataset(BankProcess.DATASET, DatasetOptions.defaults().withDegree(3));
      long[] found =
          dataset.read(
              tx -> {
                Bank bank = tx.get(tx.<Bank>root("bank").orElseThrow());
                long total = 0;
                for (Ref<Account> each : bank.accounts()) {
                  total += tx.get(each).balance();
                }
                Journal journal = tx.get(bank.journal());
                return new long[] {total, journal.transfers()};
              });
      assertThat(found[0]).as("total").isEqualTo(BankProcess.ACCOUNTS * BankProcess.EACH);
      // What failed without a word of its outcome may have been done.
      long failed = client.heard().stream().filter(line -> line.startsWith("failed ")).count();
      assertThat(found[1])
          .as("transfers, %s failed", failed)
          .isBetween(acknowledged.getLast(), acknowledged.getLast() + failed);
    }
    check();
  }
}
