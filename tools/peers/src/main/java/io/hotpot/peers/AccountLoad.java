package io.hotpot.peers;

import io.hotpot.tools.bench.ClusterPlace;
import io.hotpot.tools.bench.ClusterTable;
import io.hotpot.tools.bench.ClusterWorkload;
import io.hotpot.tools.bench.Item;
import io.hotpot.tools.bench.Latencies;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Accounts: items whose price is the balance. Transfers move one unit, and lose none. */
final class AccountLoad implements ClusterLoad {

  private static final int AT_ONCE = 100;
  private static final double BALANCE = 1000;

  private final ClusterTable<Item> accounts;
  private int count;
  private int share;

  AccountLoad(ClusterTable<Item> accounts) {
    this.accounts = accounts;
  }

  @Override
  public void insert(ClusterPlace place, int total) {
    count = total;
    share = total / place.nodes();
    int end = ClusterLoad.shareFrom(place.number() + 1, place, total);
    for (int from = ClusterLoad.shareFrom(place.number(), place, total);
        from < end;
        from += AT_ONCE) {
      accounts.insert(
          IntStream.range(from, Math.min(end, from + AT_ONCE))
              .mapToObj(number -> plus(Item.of(number, 0), BALANCE))
              .toList());
    }
  }

  @Override
  public void loaded() throws InterruptedException {
    accounts.loaded();
  }

  private static Item plus(Item account, double amount) {
    return new Item(
        account.id(),
        account.kind(),
        account.name(),
        account.price() + amount,
        account.active(),
        account.note());
  }

  @Override
  public Driver driver(ClusterWorkload workload, int number, Latencies latencies) {
    SplittableRandom random = new SplittableRandom(number);
    // Accounts that lie further apart than a share are not of the same node.
    int least = workload == ClusterWorkload.TRANSFER_ALONE ? share + 1 : 1;
    return () -> {
      int from = random.nextInt(count);
      int to = (from + least + random.nextInt(count - 2 * least + 1)) % count;
      long begin = System.nanoTime();
      accounts.updateBoth(from, to, account -> plus(account, -1), account -> plus(account, 1));
      latencies.record(System.nanoTime() - begin);
    };
  }

  /** One node adds up all balances, in transactions: a cache may be stale where it is a peer's. */
  @Override
  public void check(ClusterPlace place) {
    if (place.number() > 0) {
      return;
    }
    double[] balances = new double[count];
    for (int number = 0; number < count; number++) {
      int account = number;
      accounts.update(
          number,
          value -> {
            balances[account] = value.price();
            return value;
          });
    }
    double sum = IntStream.range(0, count).mapToDouble(i -> balances[i]).sum();
    if (sum != BALANCE * count) {
      throw new IllegalStateException(
          "transfers have lost or made money: the balances of "
              + count
              + " accounts add up to "
              + sum
              + ", not to "
              + BALANCE * count);
    }
  }
}
