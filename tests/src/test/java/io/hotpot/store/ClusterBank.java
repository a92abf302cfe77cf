package io.hotpot.store;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Accounts on all nodes and in both datasets, between which money moves: whatever becomes of a
 * transfer, and however often it is run again, the total stays.
 */
final class ClusterBank {

  private static final long BALANCE = 1_000;

  record Account(long balance) {}

  private final List<Ref<Account>> accounts = new ArrayList<>();
  private long transfers;
  private long audits;
  private long snapshots;

  void open(Dataset home) {
    accounts.add(home.transact(tx -> tx.allocate(new Account(BALANCE))));
  }

  void transfer(Hotpot store, SplittableRandom own) {
    Ref<Account> from = accounts.get(own.nextInt(accounts.size()));
    Ref<Account> to = accounts.get(own.nextInt(accounts.size()));
    long amount = own.nextLong(1, 100);
    if (from.equals(to)) {
      return;
    }
    try {
      store.run(
          tx -> {
            tx.put(from, new Account(tx.get(from).balance() - amount));
            tx.put(to, new Account(tx.get(to).balance() + amount));
          });
      transfers++;
    } catch (ConflictException | NotAMember | NotEnoughReplicas | CommitOutcomeUnknown e) {
      // It happened or it did not; the total is the same.
    }
  }

  /**
   * @return false if the node could not tell at the moment
   * @throws AssertionError if money was lost or made
   */
  boolean audit(String where, Hotpot store) {
    long total;
    try {
      total =
          store.read(
              tx -> {
                long sum = 0;
                for (Ref<Account> account : accounts) {
                  sum += tx.get(account).balance();
                }
                return sum;
              });
    } catch (ConflictException | NotAMember | NotEnoughReplicas e) {
      return false;
    }
    if (total != BALANCE * accounts.size()) {
      throw new AssertionError(
          "the bank has " + total + " in place of " + BALANCE * accounts.size() + ", at " + where);
    }
    audits++;
    return true;
  }

  /**
   * Reads all accounts of one snapshot.
   *
   * @param rest between two accounts
   * @return false if the node could not tell at the moment
   * @throws AssertionError if money was lost or made
   * @throws SnapshotTooOld if not all of it was kept
   */
  boolean auditSnapshot(String where, Hotpot store, Runnable rest) {
    long total = 0;
    try (Snapshot snapshot = store.snapshot()) {
      for (Ref<Account> account : accounts) {
        total += snapshot.get(account).balance();
        rest.run();
      }
    } catch (NotAMember | NotEnoughReplicas e) {
      return false;
    }
    if (total != BALANCE * accounts.size()) {
      throw new AssertionError(
          "a snapshot has "
              + total
              + " in place of "
              + BALANCE * accounts.size()
              + ", at "
              + where);
    }
    snapshots++;
    return true;
  }

  long snapshots() {
    return snapshots;
  }

  long transfers() {
    return transfers;
  }

  long audits() {
    return audits;
  }
}
