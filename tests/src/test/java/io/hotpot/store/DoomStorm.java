package io.hotpot.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * A reader of many objects of other nodes, which writers overwrite all the time: by the time that
 * it has read the last one, one of the first is another. Only shared locks let it end (PROTOCOL
 * 7.9). Whatever it is told is one moment: the sum stays.
 */
final class DoomStorm extends SimStory {

  private static final int OBJECTS = 30;
  private static final long BALANCE = 100;
  private static final long WORK_NS = 20_000;

  /** So many attempts of its own it makes without locks, to see that they are in vain. */
  private static final int IN_VAIN = 40;

  /** Attempts of a read that may fail before it takes locks, and with them for other reasons. */
  private static final int MOST_ATTEMPTS = 40;

  record Balance(long amount) {}

  private final List<Ref<Balance>> balances = new ArrayList<>();
  private boolean isOver;
  private int endedWithoutLocks;
  private int attempts;
  private long sharedReads;
  private long transfers;

  DoomStorm(long seed) {
    super(seed, 3);
  }

  @Override
  Optional<String> anomaly() {
    return Optional.empty();
  }

  /** Of the attempts without locks. */
  int endedWithoutLocks() {
    return endedWithoutLocks;
  }

  /** Of the read that takes locks in the end. */
  int attempts() {
    return attempts;
  }

  long sharedReads() {
    return sharedReads;
  }

  long transfers() {
    return transfers;
  }

  @Override
  void tell() {
    join();
    SimMachine one = cluster.machines.get(0);
    SimMachine two = cluster.machines.get(1);
    SimMachine reader = cluster.machines.get(2);
    for (SimMachine home : List.of(one, two)) {
      at(home, () -> open(home.store()));
    }
    List<Thread> writers = new ArrayList<>();
    for (SimMachine machine : List.of(one, two, one, two)) {
      SplittableRandom own = random.split();
      writers.add(machine.node().start("writer", () -> write(machine, own)));
    }
    at(reader, () -> readInVain(reader));
    at(reader, () -> readOnce(reader));
    isOver = true;
    joinAll(writers);
  }

  private void open(Hotpot store) {
    Dataset home = store.dataset("storm", DatasetOptions.defaults().withDegree(1));
    for (int i = 0; i < OBJECTS / 2; i++) {
      balances.add(home.transact(tx -> tx.allocate(new Balance(BALANCE))));
    }
  }

  private void write(SimMachine machine, SplittableRandom own) {
    while (!isOver) {
      Ref<Balance> from = balances.get(own.nextInt(OBJECTS));
      Ref<Balance> to = balances.get(own.nextInt(OBJECTS));
      if (!from.equals(to)) {
        machine
            .store()
            .run(
                tx -> {
                  tx.put(from, new Balance(tx.get(from).amount() - 1));
                  tx.put(to, new Balance(tx.get(to).amount() + 1));
                });
        transfers++;
      }
      rest(machine, 1 + own.nextLong(WORK_NS));
    }
  }

  private void readInVain(SimMachine machine) {
    for (int i = 0; i < IN_VAIN; i++) {
      try (Transaction tx = machine.store().begin()) {
        check(sum(machine, tx));
        tx.commit();
        endedWithoutLocks++;
      } catch (ConflictException e) {
        // As it must be, nearly always.
      }
    }
  }

  private void readOnce(SimMachine machine) {
    check(
        machine
            .store()
            .<Long>read(
                tx -> {
                  if (++attempts > MOST_ATTEMPTS) {
                    throw new AssertionError("a reader is starved: attempt " + attempts);
                  }
                  return sum(machine, tx);
                }));
    sharedReads = machine.store().counters().get("sharedReads");
  }

  private long sum(SimMachine machine, Transaction tx) {
    long sum = 0;
    for (Ref<Balance> each : balances) {
      sum += tx.get(each).amount();
      rest(machine, WORK_NS);
    }
    return sum;
  }

  private static void check(long sum) {
    if (sum != OBJECTS * BALANCE) {
      throw new AssertionError("the bank has " + sum + " in place of " + OBJECTS * BALANCE);
    }
  }

  /** Runs inside the class loader of a mutant, on whatever is loaded there. */
  static void look(long from, int seeds) {
    for (long seed = from; seed < from + seeds; seed++) {
      new DoomStorm(seed).run();
    }
  }
}
