package io.hotpot.dispatcher;

import io.hotpot.dispatcher.SimLog.CommitEntry;
import io.hotpot.dispatcher.SimLog.DecisionEntry;
import io.hotpot.dispatcher.SimLog.Entry;
import io.hotpot.dispatcher.SimLog.PrepareEntry;
import io.hotpot.replication.CopyReader;
import io.hotpot.store.CommitId;
import io.hotpot.store.CommitOutcome;
import io.hotpot.store.CommitOutcomeUnknown;
import io.hotpot.store.HotpotException;
import io.hotpot.store.NotEnoughReplicas;
import io.hotpot.store.spi.Elsewhere.Part;
import io.hotpot.store.spi.ObjectRead;
import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.OwnedPartition.Fetched;
import io.hotpot.store.spi.RemoteCopy;
import io.hotpot.store.spi.TransactionId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Accounts over several partitions, clients that move money between them, and auditors. */
final class Bank {

  static final long START = 100;

  /** What a transaction has read. */
  record Seen(long objectId, long stamp, byte[] payload, Predicate<SimNode> isStillTrue) {
    long balance() {
      return ByteBuffer.wrap(payload).getLong(0);
    }
  }

  private final World world;
  final List<Long> accounts = new ArrayList<>();
  boolean isClosing;
  private long lastTransfer;
  int done;
  int unknown;

  /** Whether clients give up waiting now and then. */
  boolean givesUp;

  /** Outcomes that were unknown and are found out. */
  int found;

  private final Map<CommitId, Consumer<CommitOutcome>> asking = new HashMap<>();
  int conflicts;
  int audits;
  int doomed;
  int open;

  /** Of the newest version of each account that a client was told of. */
  final Map<Long, Long> stamps = new TreeMap<>();

  /** Transfers whose client was told that they happened, and those that may have. */
  private final TreeSet<Long> acknowledged = new TreeSet<>();

  Bank(World world, int partitions, int accountsEach) {
    this.world = world;
    Map<Long, byte[]> objects = new TreeMap<>();
    for (int partition = 1; partition <= partitions; partition++) {
      for (int slot = 1; slot <= accountsEach; slot++) {
        long id = World.objectId(partition, slot);
        accounts.add(id);
        objects.put(id, payload(START, 0));
      }
    }
    world.begin(objects);
  }

  static byte[] payload(long balance, long transfer) {
    return ByteBuffer.allocate(16).putLong(balance).putLong(transfer).array();
  }

  void client(SimNode node) {
    if (node.isDead || isClosing) {
      return;
    }
    int count = 2 + world.random.nextInt(2);
    int partition = world.random.nextInt(3) == 0 ? -1 : 0;
    TreeSet<Long> chosen = new TreeSet<>();
    long first = accounts.get(world.random.nextInt(accounts.size()));
    chosen.add(first);
    while (chosen.size() < count) {
      long next = accounts.get(world.random.nextInt(accounts.size()));
      if (partition == 0 || (next >>> 46) == (first >>> 46) || chosen.size() > 1) {
        chosen.add(next);
      }
      if (chosen.size() == 2 && partition == -1) {
        break;
      }
    }
    open++;
    transfer(node, ++lastTransfer, List.copyOf(chosen), () -> rest(node, () -> client(node)));
  }

  private void rest(SimNode node, Runnable then) {
    node.after(world.draw(1_000_000, 80_000_000), then);
  }

  void pause(SimNode node, Runnable then) {
    node.after(world.draw(100_000, 15_000_000), then);
  }

  /** Moves one from the first to the second; what is named besides is only read. */
  void transfer(SimNode node, long number, List<Long> ids, Runnable then) {
    readAll(
        node,
        ids,
        seen -> {
          AtomicBoolean isTold = new AtomicBoolean();
          Attempt attempt =
              new Attempt(
                  parts(number, seen),
                  0,
                  ending -> {
                    if (isTold.getAndSet(true)) {
                      return;
                    }
                    switch (ending) {
                      case Ending.Committed committed -> {
                        done++;
                        open--;
                        acknowledged.add(number);
                        ids.subList(0, 2)
                            .forEach(id -> stamps.merge(id, committed.stamp(), Math::max));
                        then.run();
                      }
                      case Ending.Conflicting conflicting -> {
                        conflicts++;
                        pause(node, () -> transfer(node, number, ids, then));
                      }
                      case Ending.LockLost _ -> throw new AssertionError("nothing was acquired");
                      case Ending.Failed failed when failed.reason() instanceof NotEnoughReplicas ->
                          pause(node, () -> transfer(node, number, ids, then));
                      case Ending.Failed failed -> {
                        if (!(failed.reason() instanceof CommitOutcomeUnknown doubt)) {
                          throw new AssertionError(failed.reason());
                        }
                        unknown++;
                        ask(doubt.commit().orElseThrow(), number, ids);
                        then.run();
                      }
                    }
                  });
          node.dispatcher.begin(attempt);
          if (givesUp && world.random.nextInt(20) == 0) {
            node.after(world.draw(1_000_000, 10_000_000), () -> node.dispatcher.giveUp(attempt));
          }
        });
  }

  /** Some node finds out what became of a transfer; one that did not happen is made there. */
  private void ask(CommitId commit, long number, List<Long> ids) {
    List<SimNode> living = world.nodes.values().stream().filter(n -> !n.isDead).toList();
    SimNode node = living.get(world.random.nextInt(living.size()));
    Consumer<CommitOutcome> asker =
        new Consumer<>() {
          @Override
          public void accept(CommitOutcome outcome) {
            if (!asking.remove(commit, this)) {
              throw new AssertionError("an answer about " + commit + " that nobody waits for");
            }
            switch (outcome) {
              case CommitOutcome.Committed committed -> {
                found++;
                open--;
                acknowledged.add(number);
                ids.subList(0, 2).forEach(id -> stamps.merge(id, committed.stamp(), Math::max));
              }
              case CommitOutcome.Aborted _ -> {
                found++;
                transfer(node, number, ids, () -> {});
              }
              case CommitOutcome.Expired _ -> open--;
            }
          }
        };
    asking.put(commit, asker);
    node.dispatcher.questions().ask(commit, asker);
    world.after(
        3_000_000_000L,
        () -> {
          if (asking.remove(commit, asker)) {
            node.dispatcher.questions().forget(commit, asker);
            ask(commit, number, ids);
          }
        });
  }

  private static List<Part> parts(long number, List<Seen> seen) {
    Map<Integer, Part> parts = new TreeMap<>();
    for (int i = 0; i < seen.size(); i++) {
      Seen each = seen.get(i);
      Part part =
          parts.computeIfAbsent(
              (int) (each.objectId() >>> 46),
              p -> new Part(p, new ArrayList<>(), new ArrayList<>()));
      part.reads().add(new ObjectRead(each.objectId(), each.stamp()));
      if (i < 2) {
        long balance = each.balance() + (i == 0 ? -1 : 1);
        part.writes()
            .add(
                new ObjectWrite(
                    each.objectId(), ObjectWrite.Kind.UPDATE, payload(balance, number)));
      }
    }
    return List.copyOf(parts.values());
  }

  void readAll(SimNode node, List<Long> ids, Consumer<List<Seen>> then) {
    readNext(node, ids, new ArrayList<>(), then);
  }

  private void readNext(SimNode node, List<Long> ids, List<Seen> seen, Consumer<List<Seen>> then) {
    if (seen.size() == ids.size()) {
      then.accept(seen);
      return;
    }
    long id = ids.get(seen.size());
    SimPartition local = node.owned.get((int) (id >>> 46));
    if (local == null) {
      readCopy(node, ids, seen, then, id);
      return;
    }
    switch (local.fetch(id)) {
      case Fetched.Found found -> {
        seen.add(
            new Seen(
                id,
                found.stamp(),
                found.payload(),
                n ->
                    n.owned.get(local.id()) == local
                        && local.fetch(id) instanceof Fetched.Found now
                        && now.stamp() == found.stamp()));
        readNext(node, ids, seen, then);
      }
      default -> node.after(2_000_000, () -> readNext(node, ids, seen, then));
    }
  }

  private void readCopy(
      SimNode node, List<Long> ids, List<Seen> seen, Consumer<List<Seen>> then, long id) {
    node.sharer.read(
        id,
        new CopyReader() {
          @Override
          public void found(RemoteCopy copy) {
            if (!copy.isValid()) {
              // Doomed already, or owned here by now: the transaction starts again.
              pause(node, () -> readAll(node, ids, then));
              return;
            }
            seen.add(new Seen(id, copy.stamp(), copy.payload(), n -> copy.isValid()));
            node.execute(() -> readNext(node, ids, seen, then));
          }

          @Override
          public void failed(HotpotException reason) {
            throw new AssertionError(reason);
          }
        });
  }

  /** Reads all accounts, and if all that it read is still true at the end: the sum is right. */
  void auditor(SimNode node) {
    if (node.isDead || isClosing) {
      return;
    }
    open++;
    readAll(
        node,
        accounts,
        seen -> {
          open--;
          boolean isMember = node.bootNs() < node.leaseEndNs();
          if (isMember && seen.stream().allMatch(each -> each.isStillTrue().test(node))) {
            audits++;
            long sum = seen.stream().mapToLong(Seen::balance).sum();
            if (sum != START * accounts.size()) {
              throw new AssertionError("an audit of node " + node.id() + " found " + sum);
            }
          } else {
            doomed++;
          }
          pause(node, () -> auditor(node));
        });
  }

  /** Each transaction happened wholly or not at all, and each transfer at most once. */
  void check() {
    long sum = 0;
    for (long id : accounts) {
      byte[] payload = world.served((int) (id >>> 46)).objects.get(id).payload();
      sum += ByteBuffer.wrap(payload).getLong(0);
    }
    if (sum != START * accounts.size()) {
      throw new AssertionError("the total is " + sum);
    }
    Map<Long, TransactionId> byTransfer = new TreeMap<>();
    Map<TransactionId, Map<Integer, Outcome>> ends = new TreeMap<>();
    for (SimLog log : world.logs.values()) {
      Map<TransactionId, PrepareEntry> prepares = new TreeMap<>();
      for (Entry entry : log.entries) {
        switch (entry) {
          case SimLog.BoundEntry bound -> {}
          case CommitEntry commit -> happened(byTransfer, commit.id(), commit.writes());
          case PrepareEntry prepare -> prepares.put(prepare.id(), prepare);
          case DecisionEntry decision -> {
            PrepareEntry prepare = prepares.remove(decision.id());
            if (prepare != null) {
              ends.computeIfAbsent(decision.id(), k -> new TreeMap<>())
                  .put(log.partition, decision.outcome());
              if (decision.outcome() == Outcome.COMMIT) {
                happened(byTransfer, decision.id(), prepare.writes());
              }
            }
          }
        }
      }
    }
    ends.forEach(
        (id, outcomes) -> {
          if (new TreeSet<>(outcomes.values()).size() > 1) {
            throw new AssertionError(id + " is half applied: " + outcomes);
          }
        });
    if (!byTransfer.keySet().containsAll(acknowledged)) {
      throw new AssertionError("an acknowledged transfer did not happen");
    }
  }

  private static void happened(
      Map<Long, TransactionId> byTransfer, TransactionId id, List<ObjectWrite> writes) {
    for (ObjectWrite write : writes) {
      long transfer = ByteBuffer.wrap(write.payload()).getLong(8);
      if (transfer != 0) {
        TransactionId other = byTransfer.putIfAbsent(transfer, id);
        if (other != null && !other.equals(id)) {
          throw new AssertionError(
              "transfer " + transfer + " happened twice: as " + other + " and as " + id);
        }
      }
    }
  }
}
