package io.hotpot.cluster;

import io.hotpot.store.ClusterFabric;
import io.hotpot.store.ClusterOptions;
import io.hotpot.store.ClusterSecurity;
import io.hotpot.store.Dataset;
import io.hotpot.store.DatasetOptions;
import io.hotpot.store.Durability;
import io.hotpot.store.Hotpot;
import io.hotpot.store.HotpotException;
import io.hotpot.store.HotpotOptions;
import io.hotpot.store.Ref;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A process of the bank: the one that owns it, or a client that has no heap and makes transfers.
 *
 * <pre>
 *   owner DIRECTORY URI PLACE
 *                            says: ready; ends when its input does
 *   client URI PLACE         says after each commit that has returned: did NUMBER; told "mark" it
 *                            says: marked; told "stop": stopped
 * </pre>
 */
final class BankProcess {

  /** A place: this machine, by TCP. Any other one is an address, where nodes speak by RDMA. */
  static final String HERE = "here";

  static final String SECRET = "a secret that nobody guesses";

  static final String DATASET = "bank";
  static final int ACCOUNTS = 16;
  static final long EACH = 1_000;

  /** An account. */
  record Account(int number, long balance) {}

  /** All of the bank; the journal is changed by every transfer. */
  record Bank(List<Ref<Account>> accounts, Ref<Journal> journal) {}

  /** How many transfers there were. */
  record Journal(long transfers) {}

  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  private BankProcess() {}

  public static void main(String[] args) throws IOException {
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    if (args[0].equals("owner")) {
      own(Path.of(args[1]), args[2], args[3], orders);
    } else {
      transfer(args[1], args[2], orders);
    }
  }

  static ClusterOptions at(String place, ClusterOptions options) {
    return place.equals(HERE)
        ? options
        : options
            .at(place, 0)
            .withSecurity(new ClusterSecurity.Secret(SECRET))
            .withFabric(ClusterFabric.RDMA);
  }

  static HotpotOptions small() {
    return HotpotOptions.defaults()
        .withHeap(HotpotOptions.HeapKind.MAPPED)
        .withMaxBytes(128L << 20)
        .withDurability(Durability.PROCESS);
  }

  private static void own(Path directory, String dispatcher, String place, BufferedReader orders)
      throws IOException {
    try (Hotpot hotpot =
        Hotpot.join(dispatcher, at(place, ClusterOptions.withHeap(directory).withStore(small())))) {
      Dataset bank = hotpot.dataset(DATASET, DatasetOptions.defaults().withDegree(3));
      bank.run(
          tx -> {
            List<Ref<Account>> accounts = new ArrayList<>();
            for (int i = 0; i < ACCOUNTS; i++) {
              accounts.add(tx.allocate(new Account(i, EACH)));
            }
            tx.root("bank", tx.allocate(new Bank(accounts, tx.allocate(new Journal(0)))));
          });
      OUT.println("ready");
      while (orders.readLine() != null) {
        // It is there until it is killed.
      }
    }
  }

  private static void transfer(String dispatcher, String place, BufferedReader orders)
      throws IOException {
    SplittableRandom random = new SplittableRandom(7);
    try (Hotpot hotpot = Hotpot.join(dispatcher, at(place, ClusterOptions.withoutHeap()))) {
      Dataset dataset = hotpot.dataset(DATASET, DatasetOptions.defaults().withDegree(3));
      Bank bank = dataset.read(tx -> tx.get(tx.<Bank>root("bank").orElseThrow()));
      while (true) {
        if (orders.ready()) {
          if (orders.readLine().equals("stop")) {
            break;
          }
          OUT.println("marked");
        }
        int from = random.nextInt(ACCOUNTS);
        int to = (from + 1 + random.nextInt(ACCOUNTS - 1)) % ACCOUNTS;
        try {
          OUT.println("did " + dataset.transact(tx -> transfer(tx, bank, from, to)));
        } catch (HotpotException e) {
          OUT.println("failed " + e);
        }
      }
    }
    OUT.println("stopped");
  }

  private static long transfer(io.hotpot.store.Transaction tx, Bank bank, int from, int to) {
    tx.update(bank.accounts().get(from), a -> new Account(a.number(), a.balance() - 1));
    tx.update(bank.accounts().get(to), a -> new Account(a.number(), a.balance() + 1));
    long number = tx.get(bank.journal()).transfers() + 1;
    tx.put(bank.journal(), new Journal(number));
    return number;
  }
}
