package io.hotpot.dispatcher;

import io.hotpot.store.CommitOutcomeUnknown;
import io.hotpot.store.ConflictException;
import io.hotpot.store.HotpotException;
import io.hotpot.store.NotAMember;
import io.hotpot.store.spi.Elsewhere.Part;
import io.hotpot.store.spi.ObjectRead;
import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.TransactionLocks;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Clients that acquire both accounts of a transfer before they read them, and then commit what they
 * read nowhere: if locks were not exclusive, money would be lost or made. Some acquire the accounts
 * one after the other, in any order, so that they wait in circles.
 */
final class LockingBank {

  private final World world;
  final Bank bank;
  private long lastTransfer = 1_000_000;
  int done;
  int wounded;
  int lost;

  /** Commits that failed for something else: a vote or a session was lost, or stamps too low. */
  int failed;

  int refused;
  int unknown;

  /** Attempts of the transfer that took most. */
  int mostAttempts;

  LockingBank(World world, Bank bank) {
    this.world = world;
    this.bank = bank;
  }

  /** One transfer, through all its attempts. */
  private final class Transfer {
    final SimNode node;
    final long number = ++lastTransfer;
    final List<Long> ids;
    final boolean isStepwise = world.random.nextBoolean();
    final boolean isChecked = world.random.nextInt(4) == 0;
    long age;
    int attempts;

    Transfer(SimNode node, List<Long> ids) {
      this.node = node;
      this.ids = ids;
    }

    void begin() {
      if (node.isDead) {
        return;
      }
      mostAttempts = Math.max(mostAttempts, ++attempts);
      LockSet locks = new LockSet(node.dispatcher, age);
      acquire(locks, isStepwise ? ids.subList(0, 1) : ids);
    }

    private void acquire(LockSet locks, List<Long> wanted) {
      locks.acquire(
          wanted.stream().mapToLong(Long::longValue).toArray(),
          state -> {
            age = locks.age();
            if (state != TransactionLocks.State.HELD) {
              again(state);
            } else if (wanted.size() < ids.size() && wanted.get(0).equals(ids.get(0))) {
              node.after(
                  world.draw(0, 5_000_000), () -> acquire(locks, ids.subList(1, ids.size())));
            } else {
              bank.readAll(node, ids, seen -> node.after(pause(), () -> commit(locks, seen)));
            }
          },
          reason -> {
            locks.release();
            refused(reason);
          });
    }

    /** Now and then the work takes long. */
    private long pause() {
      return world.random.nextInt(20) == 0 ? world.draw(0, 300_000_000) : world.draw(0, 3_000_000);
    }

    private void commit(LockSet locks, List<Bank.Seen> seen) {
      if (!locks.beginCommit()) {
        again(locks.state());
        return;
      }
      node.dispatcher.begin(
          new Attempt(
              parts(seen),
              0,
              locks.number(),
              locks.partitions(),
              ending -> {
                locks.release();
                ended(ending);
              }));
    }

    private void ended(Ending ending) {
      switch (ending) {
        case Ending.Committed _ -> {
          done++;
          next();
        }
        case Ending.Conflicting conflicting -> {
          if (conflicting.objectId() != 0) {
            throw new AssertionError(
                "somebody has changed " + conflicting.objectId() + ", which " + number + " holds");
          }
          failed++;
          bank.pause(node, this::begin);
        }
        case Ending.LockLost _ -> again(TransactionLocks.State.LOST);
        case Ending.Failed failed -> refused(failed.reason());
      }
    }

    private void again(TransactionLocks.State why) {
      if (why == TransactionLocks.State.WOUNDED) {
        wounded++;
      } else {
        lost++;
      }
      bank.pause(node, this::begin);
    }

    private void refused(HotpotException reason) {
      switch (reason) {
        case ConflictException _ -> {
          refused++;
          bank.pause(node, this::begin);
        }
        case CommitOutcomeUnknown _, NotAMember _ -> {
          unknown++;
          next();
        }
        default -> throw new AssertionError(reason);
      }
    }

    private void next() {
      bank.open--;
      node.after(world.draw(1_000_000, 40_000_000), () -> client(node));
    }

    private List<Part> parts(List<Bank.Seen> seen) {
      Map<Integer, Part> parts = new TreeMap<>();
      for (int i = 0; i < seen.size(); i++) {
        Bank.Seen each = seen.get(i);
        Part part =
            parts.computeIfAbsent(
                (int) (each.objectId() >>> 46),
                p -> new Part(p, new ArrayList<>(), new ArrayList<>()));
        if (isChecked) {
          part.reads().add(new ObjectRead(each.objectId(), each.stamp()));
        }
        if (i < 2) {
          byte[] payload = Bank.payload(each.balance() + (i == 0 ? -1 : 1), number);
          part.writes().add(new ObjectWrite(each.objectId(), ObjectWrite.Kind.UPDATE, payload));
        }
      }
      return List.copyOf(parts.values());
    }
  }

  /** Transfers between two accounts, now and then with a third one acquired besides. */
  void client(SimNode node) {
    if (node.isDead || bank.isClosing) {
      return;
    }
    TreeSet<Long> chosen = new TreeSet<>();
    while (chosen.size() < (world.random.nextInt(5) == 0 ? 3 : 2)) {
      chosen.add(bank.accounts.get(world.random.nextInt(bank.accounts.size())));
    }
    List<Long> ids = new ArrayList<>(chosen);
    Collections.shuffle(ids, world.random);
    bank.open++;
    new Transfer(node, ids).begin();
  }
}
