package io.hotpot.store;

import io.hotpot.replication.LogMessage.ChunkBytes;
import io.hotpot.replication.LogMessage.Manifest;
import io.hotpot.replication.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A node with nothing copies a log whose owner overwrites and cleans all the while, so that in the
 * time that it takes nothing of what there was at its begin is left. What it must still copy stays
 * until it has it (PROTOCOL 11.2).
 */
final class CopyBesideCleaning extends SimStory {

  /** One round for what there was; and for what came meanwhile, less each time. */
  private static final int MOST_ROUNDS = 8;

  private static final int OBJECTS = 80;
  private static final int OBJECT_BYTES = 100_000;

  private int manifests;
  private int gone;
  private boolean isOver;

  CopyBesideCleaning(long seed) {
    super(seed, 3);
  }

  /** How often it was told what to copy; more than once where too much came meanwhile. */
  int rounds() {
    return manifests;
  }

  @Override
  void tell() {
    SimMachine owner = cluster.machines.get(0);
    SimMachine late = cluster.machines.get(2);
    owner.onSend(this::count);
    cluster.dispatcher.start();
    List<SimMachine> first = cluster.machines.subList(0, 2);
    first.forEach(machine -> machine.start(store -> {}));
    await("nodes do not join", () -> first.stream().allMatch(m -> m.store() != null));
    List<Ref<byte[]>> objects = new ArrayList<>();
    at(owner, () -> fill(owner, objects));
    late.disk().unhurriedTakes(120 * MS);
    cluster.machines.get(1).kill(true, random);
    await("the other one is not excluded", () -> copies() == 1);
    late.start(store -> {});
    await("nobody copies", () -> manifests > 0);
    List<Thread> writer = new ArrayList<>();
    writer.add(owner.node().start("writer", () -> overwrite(owner, objects)));
    await("it does not catch up", () -> copies() == 2 || manifests > MOST_ROUNDS || gone > 0);
    isOver = true;
    joinAll(writer);
  }

  /** Whatever the owner sends. */
  private void count(Message message) {
    switch (message) {
      case Manifest _ -> {
        if (manifests++ > 0) {
          cluster.machines.get(2).disk().unhurriedTakes(0);
        }
      }
      case ChunkBytes(int p, int e, int s, int o, byte[] bytes) ->
          gone += bytes.length == 0 ? 1 : 0;
      default -> {}
    }
  }

  private int copies() {
    return cluster.dispatcher.state().configuration().partitions().values().stream()
        .mapToInt(info -> info.inSync().size())
        .max()
        .orElse(0);
  }

  private void fill(SimMachine owner, List<Ref<byte[]>> objects) {
    Dataset all =
        owner.store().dataset("all", DatasetOptions.defaults().withDegree(2).withMinimum(1));
    for (int i = 0; i < OBJECTS; i++) {
      objects.add(all.transact(tx -> tx.allocate(new byte[OBJECT_BYTES])));
    }
  }

  private void overwrite(SimMachine owner, List<Ref<byte[]>> objects) {
    while (!isOver) {
      Ref<byte[]> object = objects.get((int) simulation.between(0, OBJECTS - 1));
      owner.store().run(tx -> tx.put(object, new byte[OBJECT_BYTES]));
      rest(owner, MS);
    }
  }

  @Override
  Optional<String> anomaly() {
    if (gone > 0) {
      return Optional.of("a chunk is gone before it was copied");
    }
    return manifests > MOST_ROUNDS ? Optional.of("it begins again and again") : Optional.empty();
  }

  /** Runs inside the class loader of a mutant, on whatever is loaded there. */
  static void look(long from, int seeds) {
    for (long seed = from; seed < from + seeds; seed++) {
      new CopyBesideCleaning(seed).run();
    }
  }
}
