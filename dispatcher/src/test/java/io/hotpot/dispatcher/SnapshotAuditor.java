package io.hotpot.dispatcher;

import io.hotpot.replication.Owners;
import io.hotpot.replication.TransactionMessage;
import io.hotpot.replication.TransactionMessage.ReadAt;
import io.hotpot.replication.TransactionMessage.VersionAt;
import io.hotpot.store.HotpotException;
import io.hotpot.store.NotAMember;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;

/**
 * Opens snapshots of a bank and reads all accounts of each, one after the other, while money moves:
 * the sum is right, and nothing is missing that was acknowledged before.
 */
final class SnapshotAuditor {

  private final World world;
  private final Bank bank;
  int audits;
  int ended;

  SnapshotAuditor(World world, Bank bank) {
    this.world = world;
    this.bank = bank;
  }

  void begin(SimNode node) {
    if (node.isDead || bank.isClosing) {
      return;
    }
    Map<Long, Long> before = new TreeMap<>(bank.stamps);
    node.dispatcher
        .snapshots()
        .open(opened -> read(node, opened, before, 0, 0), reason -> failed(node, reason));
  }

  private void failed(SimNode node, HotpotException reason) {
    if (!(reason instanceof NotAMember)) {
      throw new AssertionError(reason);
    }
    ended++;
    bank.pause(node, () -> begin(node));
  }

  private void read(
      SimNode node, OpenSnapshots.Opened opened, Map<Long, Long> before, int account, long sum) {
    if (account == bank.accounts.size()) {
      if (sum != Bank.START * bank.accounts.size()) {
        throw new AssertionError(opened + " of node " + node.id() + " sums to " + sum);
      }
      audits++;
      node.dispatcher.snapshots().close(opened.id());
      bank.pause(node, () -> begin(node));
      return;
    }
    long id = bank.accounts.get(account);
    node.dispatcher
        .requests()
        .ask(
            Owners.partitionOf(id),
            new PartitionRequests.Question() {
              @Override
              public TransactionMessage request(long number, int epoch) {
                return new ReadAt(
                    number,
                    Owners.partitionOf(id),
                    epoch,
                    opened.id().number(),
                    id,
                    opened.stamp());
              }

              @Override
              public void answered(TransactionMessage answer) {
                VersionAt version = (VersionAt) answer;
                if (version.stamp() < before.getOrDefault(id, 0L)) {
                  throw new AssertionError(
                      opened + " lacks what was acknowledged before: " + id + " at " + version);
                }
                long balance = ByteBuffer.wrap(version.payload()).getLong(0);
                node.after(
                    world.draw(0, 20_000_000),
                    () -> read(node, opened, before, account + 1, sum + balance));
              }

              @Override
              public void failed(HotpotException reason) {
                SnapshotAuditor.this.failed(node, reason);
              }
            });
  }
}
