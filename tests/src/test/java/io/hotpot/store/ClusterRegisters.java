package io.hotpot.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * Registers that clients on all nodes read, and overwrite without having read them, each time with
 * another value. What they saw of a register must be what one memory cell would have shown: it is
 * linearizable.
 *
 * <p>With a value of its own for each write that is easy to see (Gibbons and Korach, "Testing
 * shared memories", 1997). A value's <i>zone</i> lies between the first end and the last begin of
 * what wrote or read it. Where the end is first the register must have held the value all that
 * time: no two such zones overlap, and no other value's zone lies wholly within one.
 */
final class ClusterRegisters {

  record Value(int number) {}

  private record Zone(int value, long firstEnd, long lastBegin) {
    boolean isHeld() {
      return firstEnd < lastBegin;
    }

    long from() {
      return Math.min(firstEnd, lastBegin);
    }

    long to() {
      return Math.max(firstEnd, lastBegin);
    }
  }

  /** All that was done with one value; of a write whose end is not known there may be none. */
  private static final class Use {
    final long writeBegan;
    long firstEnd = Long.MAX_VALUE;
    long lastBegin;
    boolean isSeen;

    Use(long writeBegan) {
      this.writeBegan = writeBegan;
      this.lastBegin = writeBegan;
    }
  }

  private static final class Register {
    final Ref<Value> ref;
    final Map<Integer, Use> uses = new TreeMap<>();

    Register(Ref<Value> ref) {
      this.ref = ref;
    }
  }

  private final List<Register> registers = new ArrayList<>();
  private long moments;
  private int numbers;

  void open(Dataset home) {
    int number = ++numbers;
    Use use = new Use(++moments);
    Register register = new Register(home.transact(tx -> tx.allocate(new Value(number))));
    ended(use);
    register.uses.put(number, use);
    registers.add(register);
  }

  int size() {
    return registers.size();
  }

  private void ended(Use use) {
    use.isSeen = true;
    use.firstEnd = Math.min(use.firstEnd, ++moments);
  }

  void step(Hotpot store, SplittableRandom own) {
    Register register = registers.get(own.nextInt(registers.size()));
    try {
      if (own.nextBoolean()) {
        write(store, register);
      } else {
        read(store, register);
      }
    } catch (ConflictException | NotAMember | NotEnoughReplicas | CommitOutcomeUnknown e) {
      // A value that was written all the same is seen, or does not matter.
    }
  }

  private void write(Hotpot store, Register register) {
    int number = ++numbers;
    Use use = new Use(++moments);
    register.uses.put(number, use);
    store.run(tx -> tx.put(register.ref, new Value(number)));
    ended(use);
  }

  private void read(Hotpot store, Register register) {
    long begin = ++moments;
    int number = store.read(tx -> tx.get(register.ref)).number();
    Use use = register.uses.get(number);
    if (use == null) {
      throw new AssertionError(register.ref + " has " + number + ", which nobody wrote there");
    }
    ended(use);
    use.lastBegin = Math.max(use.lastBegin, begin);
  }

  /** What is wrong with it. */
  Optional<String> anomaly() {
    for (Register register : registers) {
      Optional<String> found = anomaly(register);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static Optional<String> anomaly(Register register) {
    List<Zone> zones = new ArrayList<>();
    for (Map.Entry<Integer, Use> each : register.uses.entrySet()) {
      Use use = each.getValue();
      if (use.isSeen && use.firstEnd < use.writeBegan) {
        return Optional.of(register.ref + " had " + each.getKey() + " before that was written");
      }
      if (use.isSeen) {
        zones.add(new Zone(each.getKey(), use.firstEnd, use.lastBegin));
      }
    }
    for (Zone one : zones) {
      for (Zone other : zones) {
        if (one != other && one.isHeld() && cannotBeside(one, other)) {
          return Optional.of(
              "stale read of " + register.ref + ": " + other + " is within or beside " + one);
        }
      }
    }
    return Optional.empty();
  }

  private static boolean cannotBeside(Zone held, Zone other) {
    return other.isHeld()
        ? other.from() < held.to() && held.from() < other.to()
        : held.from() < other.from() && other.to() < held.to();
  }
}
