package io.hotpot.store;

import io.hotpot.cluster.SimDevice;
import io.hotpot.replication.ClusterCounter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Devices that now and then write a wrong byte into a replica's memory, or read one in an owner's.
 * The replica finds out before it acknowledges, and is sent what was meant in another session; the
 * reader asks the owner.
 */
final class DamagingDevices extends SimStory {

  private static final int DAMAGE_ONE_IN = 20;
  private static final int KEYS = 3;
  private static final int TRANSACTIONS = 60;

  private final ClusterHistory history = new ClusterHistory(simulation);
  private final List<SimDevice> devices = new ArrayList<>();
  private int found;
  private long placeReads;
  private long placesChanged;

  DamagingDevices(long seed) {
    super(seed, 3);
    cluster.machines.forEach(machine -> machine.oneSided(devices::add));
    cluster.machines.forEach(SimMachine::keepsNoCopies);
  }

  @Override
  Optional<String> anomaly() {
    return history.anomaly();
  }

  /** Whether a replica has found a wrong byte. */
  boolean hasFound() {
    return !cluster.unsound().isEmpty();
  }

  /** Appends that were found as they were written. */
  int found() {
    return found;
  }

  /** Objects read in their owners' memory. */
  long placeReads() {
    return placeReads;
  }

  /** Such reads that have found a wrong byte. */
  long placesChanged() {
    return placesChanged;
  }

  @Override
  void tell() {
    join();
    for (int key = 0; key < KEYS; key++) {
      SimMachine home = cluster.machines.get(key);
      int number = key;
      at(
          home,
          () ->
              history.create(
                  number, home.store().dataset("all", DatasetOptions.defaults().withDegree(2))));
    }
    devices.forEach(device -> device.damageOneIn(DAMAGE_ONE_IN));
    List<Thread> clients = new ArrayList<>();
    for (SimMachine machine : cluster.machines) {
      SplittableRandom own = random.split();
      clients.add(machine.node().start("client", () -> work(machine, own)));
    }
    joinAll(clients);
    devices.forEach(device -> device.damageOneIn(0));
    ClusterChecks checks = new ClusterChecks(cluster);
    checks.atRest(this::pause, () -> false);
    new LogBytes(cluster).check();
    for (SimMachine machine : cluster.machines) {
      found += (int) machine.probe().counted(ClusterCounter.APPENDS_TAKEN_IN_PLACE);
      placeReads += machine.probe().counted(ClusterCounter.PLACE_READS);
      placesChanged += machine.probe().counted(ClusterCounter.PLACES_CHANGED);
    }
  }

  private void work(SimMachine machine, SplittableRandom own) {
    var place = new ClusterHistory.Place(machine.name(), machine.store(), machine::leasedAs);
    for (int i = 0; i < TRANSACTIONS; i++) {
      history.readAll(place);
      look(machine);
      history.transact(place, own, List.of(), List.of(own.nextInt(KEYS)));
      rest(machine, 1 + own.nextLong(MS));
    }
  }

  /** Of each value every character counts. */
  private void look(SimMachine machine) {
    machine
        .store()
        .read(
            tx -> {
              for (int key = 0; key < KEYS; key++) {
                String filling = tx.get(history.key(key)).filling();
                if (filling.chars().anyMatch(character -> character != 'x')) {
                  throw new AssertionError(
                      machine.name() + " has read what nobody wrote: " + filling);
                }
              }
              return true;
            });
  }

  /** Runs inside the class loader of a mutant, on whatever is loaded there. */
  static void look(long from, int seeds) {
    for (long seed = from; seed < from + seeds; seed++) {
      new DamagingDevices(seed).run();
    }
  }
}
