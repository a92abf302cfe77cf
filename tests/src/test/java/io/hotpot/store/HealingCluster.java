package io.hotpot.store;

import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Configuration.PartitionStatus;
import io.hotpot.sim.Simulation;
import io.hotpot.store.spi.HeldLog;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A simulated cluster with one small partition, whose logs are damaged on purpose.
 *
 * <p>Confined to the simulation's threads.
 */
final class HealingCluster {

  private static final long MAX_STEPS = 20_000_000;
  private static final long MS = 1_000_000;
  private static final long PATIENCE_NS = 120_000 * MS;
  private static final int NOTES = 12;

  /** What is stored; one of them is longer than a message of healing may be. */
  record Note(int number, String text) {}

  /** Bytes of a log on one machine. */
  record Place(int chunk, int offset, int lengthBytes) {}

  final SimCluster cluster;
  final List<Ref<Note>> notes = new ArrayList<>();
  private final Simulation simulation;
  private final int degree;

  HealingCluster(long seed, int degree) {
    this.simulation = new Simulation(seed, MAX_STEPS);
    this.cluster = new SimCluster(simulation, 3);
    this.degree = degree;
  }

  /** Runs a story on a partition that is whole. */
  void run(Consumer<HealingCluster> story) {
    cluster.world.start(
        "world",
        () -> {
          begin();
          story.accept(this);
        });
    simulation.run();
  }

  private void begin() {
    cluster.dispatcher.start();
    cluster.machines.forEach(machine -> machine.start(store -> {}));
    await("nodes do not join", () -> cluster.machines.stream().allMatch(m -> m.store() != null));
    SimMachine first = cluster.machines.getFirst();
    on(
        first,
        store -> {
          Dataset dataset = store.dataset("notes", DatasetOptions.defaults().withDegree(degree));
          for (int i = 0; i < NOTES; i++) {
            int number = i;
            notes.add(dataset.transact(tx -> tx.allocate(note(number))));
          }
        });
    awaitWhole();
  }

  static Note note(int number) {
    return new Note(number, "x".repeat(number == 5 ? 500_000 : 40 * number));
  }

  // ---- who is who

  int partition() {
    return ObjectId.partition(notes.getFirst().id());
  }

  PartitionInfo info() {
    return cluster.dispatcher.state().configuration().partitions().get(partition());
  }

  SimMachine owner() {
    return cluster.up().stream()
        .filter(machine -> machine.probe().self().nodeId() == info().owner())
        .findFirst()
        .orElseThrow();
  }

  /** A node that has nothing of the partition; there is one if the degree is two. */
  Optional<SimMachine> stranger() {
    return cluster.up().stream()
        .filter(machine -> !info().inSync().contains(machine.probe().self().nodeId()))
        .findFirst();
  }

  List<SimMachine> replicas() {
    return cluster.up().stream()
        .filter(
            machine ->
                machine.probe().self().nodeId() != info().owner()
                    && info().inSync().contains(machine.probe().self().nodeId()))
        .toList();
  }

  LogCopy log(SimMachine machine) {
    HeldLog log = machine.store().heldParts().log(partition());
    return (LogCopy) log;
  }

  /** Every batch of the log, as it lies in a machine's heap. */
  List<Place> batches(SimMachine machine) {
    List<Place> places = new ArrayList<>();
    Partition partition = log(machine).held();
    for (LogChunk chunk : partition.chunks.all()) {
      ChunkBatches.forEach(
          chunk,
          partition.log.seed(),
          offset ->
              places.add(
                  new Place(
                      chunk.memory.index(), offset, BatchFormat.length(chunk.memory, offset))));
    }
    return places;
  }

  /** The batch that holds an object's newest record. */
  Place batchOf(SimMachine machine, Ref<?> ref) {
    int offset = Address.offset(addressOf(ref));
    LogChunk chunk = log(machine).held().chunks.get(Address.sequence(addressOf(ref)));
    return batches(machine).stream()
        .filter(p -> p.chunk() == chunk.memory.index())
        .filter(p -> p.offset() <= offset && offset < p.offset() + p.lengthBytes())
        .findFirst()
        .orElseThrow();
  }

  long addressOf(Ref<?> ref) {
    return HandleWord.address(log(owner()).held().table.get(ObjectId.slot(ref.id())));
  }

  // ---- damage

  static byte[] bytes(SimMachine machine, Place place) {
    byte[] bytes = new byte[place.lengthBytes()];
    machine.heap().chunk(place.chunk()).get(place.offset(), bytes, 0, bytes.length);
    return bytes;
  }

  static void corrupt(SimMachine machine, Place place) {
    byte[] bytes = bytes(machine, place);
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] ^= (byte) 0x5A;
    }
    machine.heap().corrupt(place.chunk(), place.offset(), bytes);
  }

  static void put(SimMachine machine, Place place, byte[] bytes) {
    machine.heap().corrupt(place.chunk(), place.offset(), bytes);
  }

  // ---- working

  /** What an object's record says, without a look at the cache. */
  Note read(Hotpot store, Ref<Note> ref) {
    for (Partition partition : store.partitions()) {
      if (partition.id == partition()) {
        Version version = partition.records.decode(ref.id(), addressOf(ref));
        return (Note) version.value();
      }
    }
    throw new AssertionError("the partition is not served there");
  }

  void on(SimMachine machine, Consumer<Hotpot> work) {
    try {
      machine.node().start("application", () -> work.accept(machine.store())).join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  void awaitWhole() {
    await(
        "the partition is not whole",
        () ->
            info().status() == PartitionStatus.SERVING
                && info().inSync().size() == degree
                && info().inSync().stream().allMatch(this::isUp)
                && cluster.machines.stream().allMatch(m -> m.store() != null)
                && log(owner()).held().isReplicated()
                && owner().probe().owned(partition()) != null);
    pause(1_000 * MS);
  }

  private boolean isUp(int nodeId) {
    return cluster.up().stream()
        .anyMatch(m -> m.probe() != null && m.probe().self().nodeId() == nodeId);
  }

  interface Condition {
    boolean holds();
  }

  void await(String otherwise, Condition condition) {
    long untilNs = simulation.nowNs() + PATIENCE_NS;
    while (!condition.holds()) {
      if (simulation.nowNs() > untilNs) {
        throw new AssertionError(otherwise + simulation.stacks() + cluster.lately());
      }
      pause(10 * MS);
    }
  }

  void pause(long ns) {
    cluster.world.seams().threads().park(this, ns);
  }

  Simulation simulation() {
    return simulation;
  }
}
