package io.hotpot.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Runs two small transactions in every interleaving of their steps, and three in many, and compares
 * what they saw with every serial order: strict serializability of those that committed, and for
 * those that did not that what they had read existed at one moment (opacity).
 */
final class Interleavings {

  /** Reads an object, or writes a value that nothing else writes. */
  private record Step(boolean write, int object) {
    @Override
    public String toString() {
      return (write ? "w" : "r") + "xyz".charAt(object);
    }
  }

  /** x and y lie in one dataset, z in another. */
  private static final List<List<Step>> PROGRAMS =
      List.of(
          List.of(new Step(false, 0), new Step(true, 1)),
          List.of(new Step(false, 1), new Step(true, 0)),
          List.of(new Step(false, 0), new Step(false, 1)),
          List.of(new Step(false, 0), new Step(true, 0)),
          List.of(new Step(true, 0), new Step(true, 1)),
          List.of(new Step(false, 0), new Step(true, 2)),
          List.of(new Step(false, 2), new Step(true, 0)),
          List.of(new Step(true, 0), new Step(true, 2)),
          List.of(new Step(false, 2), new Step(false, 0)),
          List.of(new Step(true, 2), new Step(false, 1)));

  /** One transaction of a run: what it does and what came of it. */
  private static final class Actor {
    final List<Step> program;
    final int number;
    final Map<Integer, Integer> reads = new HashMap<>();
    final Map<Integer, Integer> writes = new HashMap<>();
    int done;
    int firstStep = -1;
    int lastStep;
    boolean committed;
    boolean over;

    Actor(int number, List<Step> program) {
      this.number = number;
      this.program = program;
    }
  }

  private final Hotpot store;
  private final List<Ref<Integer>> objects = new ArrayList<>();
  long runs;

  Interleavings() {
    long[] now = {1_700_000_000_000L};
    store =
        Hotpot.open(
            new SimHeap(64, 0x77L, Durability.POWER),
            HotpotOptions.defaults().withBackground(false).withMaxBytes(256L << 20),
            SystemSeams.dated(() -> now[0]++));
    Dataset first = store.dataset("first");
    Dataset second = store.dataset("second");
    objects.add(first.transact(tx -> tx.allocate(0)));
    objects.add(first.transact(tx -> tx.allocate(0)));
    objects.add(second.transact(tx -> tx.allocate(0)));
  }

  /** Every interleaving of every pair of programs. */
  void everyInterleaving() {
    for (List<Step> one : PROGRAMS) {
      for (List<Step> two : PROGRAMS) {
        interleave(List.of(one, two), new int[one.size() + two.size() + 2], 0);
      }
    }
    store.close();
  }

  /** Random interleavings of three programs. */
  void manyTriples(long seed, int count) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < count; i++) {
      List<List<Step>> programs =
          List.of(
              PROGRAMS.get(random.nextInt(PROGRAMS.size())),
              PROGRAMS.get(random.nextInt(PROGRAMS.size())),
              PROGRAMS.get(random.nextInt(PROGRAMS.size())));
      int[] schedule = {0, 0, 0, 1, 1, 1, 2, 2, 2};
      for (int j = schedule.length - 1; j > 0; j--) {
        int k = random.nextInt(j + 1);
        int swapped = schedule[j];
        schedule[j] = schedule[k];
        schedule[k] = swapped;
      }
      run(programs, schedule);
    }
    store.close();
  }

  private void interleave(List<List<Step>> programs, int[] schedule, int filled) {
    if (filled == schedule.length) {
      run(programs, schedule);
      return;
    }
    for (int actor = 0; actor < programs.size(); actor++) {
      int used = 0;
      for (int i = 0; i < filled; i++) {
        used += schedule[i] == actor ? 1 : 0;
      }
      if (used <= programs.get(actor).size()) {
        schedule[filled] = actor;
        interleave(programs, schedule, filled + 1);
      }
    }
  }

  private void run(List<List<Step>> programs, int[] schedule) {
    runs++;
    store.run(tx -> objects.forEach(ref -> tx.put(ref, 0)));
    List<Actor> actors = new ArrayList<>();
    List<Transaction> transactions = new ArrayList<>();
    for (List<Step> program : programs) {
      actors.add(new Actor(actors.size(), program));
      transactions.add(store.begin());
    }
    for (int i = 0; i < schedule.length; i++) {
      step(actors.get(schedule[i]), transactions.get(schedule[i]), i);
    }
    transactions.forEach(Transaction::close);
    List<Integer> last = store.read(tx -> objects.stream().map(tx::get).toList());
    if (!explained(actors, new ArrayList<>(), last)) {
      throw new AssertionError(
          "no serial order explains programs "
              + programs
              + " with schedule "
              + Arrays.toString(schedule)
              + ": committed "
              + actors.stream().map(a -> a.committed).toList()
              + ", read "
              + actors.stream().map(a -> a.reads).toList()
              + ", left "
              + last);
    }
  }

  private void step(Actor actor, Transaction tx, int time) {
    if (actor.over) {
      return;
    }
    if (actor.firstStep < 0) {
      actor.firstStep = time;
    }
    actor.lastStep = time;
    try {
      if (actor.done == actor.program.size()) {
        tx.commit();
        actor.committed = true;
        actor.over = true;
        return;
      }
      Step step = actor.program.get(actor.done++);
      Ref<Integer> ref = objects.get(step.object());
      if (step.write()) {
        int value = 100 * (actor.number + 1) + actor.done;
        tx.put(ref, value);
        actor.writes.put(step.object(), value);
      } else {
        actor.reads.put(step.object(), tx.get(ref));
      }
    } catch (ConflictException e) {
      actor.over = true;
    }
  }

  /** Whether some order of all actors, true to real time, gives what each of them read. */
  private static boolean explained(List<Actor> actors, List<Actor> order, List<Integer> last) {
    if (order.size() == actors.size()) {
      return replay(order).equals(last);
    }
    for (Actor next : actors) {
      if (order.contains(next) || !readsMatch(next, replay(order))) {
        continue;
      }
      boolean tooEarly =
          actors.stream()
              .anyMatch(a -> a != next && !order.contains(a) && a.lastStep < next.firstStep);
      if (tooEarly) {
        continue;
      }
      List<Actor> longer = new ArrayList<>(order);
      longer.add(next);
      if (explained(actors, longer, last)) {
        return true;
      }
    }
    return false;
  }

  private static List<Integer> replay(List<Actor> order) {
    List<Integer> state = new ArrayList<>(List.of(0, 0, 0));
    for (Actor actor : order) {
      if (actor.committed) {
        actor.writes.forEach(state::set);
      }
    }
    return state;
  }

  private static boolean readsMatch(Actor actor, List<Integer> state) {
    return actor.reads.entrySet().stream()
        .allMatch(read -> state.get(read.getKey()).equals(read.getValue()));
  }
}
