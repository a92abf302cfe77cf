package io.hotpot.dispatcher;

import io.hotpot.replication.Configuration;
import io.hotpot.replication.MembershipMessage.Held;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All that the dispatcher has decided (docs/PROTOCOL.md, section 2): a pure state machine. Applying
 * the same commands in the same order gives equal states on every member. Immutable.
 *
 * @param settings agreed at the first join, by name
 * @param schemas the bytes of types' descriptions, by number
 * @param barriers by name
 * @param returned of each partition that waits for its in-sync set: what the members of it that are
 *     back have found, by node
 * @param next the numbers to give out; none is given twice
 */
public record ClusterState(
    Configuration configuration,
    SortedMap<String, String> settings,
    SortedMap<Integer, Schema> schemas,
    SortedMap<String, Barrier> barriers,
    SortedMap<Integer, SortedMap<Integer, Held>> returned,
    Numbers next) {

  /** The most of each kind; a command that would exceed one is refused. */
  static final int MAX_NODES = 1024;

  static final int MAX_DATASETS = 4096;
  static final int MAX_PARTITIONS = 65_536;
  static final int MAX_SCHEMAS = 65_536;
  static final int MAX_SCHEMA_BYTES = 128 * 1024;
  static final int MAX_BARRIERS = 1024;
  static final int MAX_PARTIES = 1024;

  /** Of those let go at a barrier, and of those that gave up; a whole round at least. */
  static final int MAX_REMEMBERED = 2 * MAX_PARTIES;

  static final int MAX_SETTINGS = 64;
  static final int MAX_NAME_BYTES = 255;
  static final int MAX_DEGREE = 8;

  /** A type's description; equal if the bytes are. */
  public record Schema(byte[] bytes) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Schema schema && java.util.Arrays.equals(bytes, schema.bytes);
    }

    @Override
    public int hashCode() {
      return java.util.Arrays.hashCode(bytes);
    }
  }

  /**
   * A barrier between rounds or in one.
   *
   * @param released who was let go, the last ones: one whose answer was lost asks again
   * @param withdrawn who gave up, the last ones: what one said before may come after that
   */
  public record Barrier(
      int parties, List<Arrival> arrived, List<Arrival> released, List<Arrival> withdrawn) {

    static Barrier empty(int parties) {
      return new Barrier(parties, List.of(), List.of(), List.of());
    }
  }

  /** One that has arrived, by the request that said so. */
  public record Arrival(int node, int incarnation, long request) {}

  public record Numbers(int node, int incarnation, int dataset, int partition, int schema) {}

  /** The state after a command, and what became of it. */
  public record Applied(ClusterState state, Result result) {}

  public static ClusterState empty() {
    return new ClusterState(
        new Configuration(0, 0, Map.of(), Map.of(), Map.of()),
        new TreeMap<>(),
        new TreeMap<>(),
        new TreeMap<>(),
        new TreeMap<>(),
        new Numbers(1, 1, 1, 1, 1));
  }

  /**
   * Applies one entry of the log.
   *
   * @param term the entry's
   */
  public Applied apply(Command command, long term) {
    Draft draft = new Draft(this);
    try {
      Result result = decide(draft, command, term);
      ClusterState after = draft.finish();
      return new Applied(after, atVersion(result, after.configuration.version()));
    } catch (Refusal refusal) {
      return new Applied(this, new Result.Refused(refusal.reason()));
    }
  }

  private static Result atVersion(Result result, long version) {
    return result instanceof Result.Accepted(int id, long ignored)
        ? new Result.Accepted(id, version)
        : result;
  }

  private static Result decide(Draft draft, Command command, long term) {
    return switch (command) {
      case Command.Join join -> MemberChanges.join(draft, join);
      case Command.Evict(var node) -> MemberChanges.evict(draft, node);
      case Command.Exclude exclude -> MemberChanges.exclude(draft, exclude, term);
      case Command.CreateDataset create -> DatasetChanges.create(draft, create);
      case Command.RenameDataset(int id, String name) -> DatasetChanges.rename(draft, id, name);
      case Command.DropDataset(int id) -> DatasetChanges.drop(draft, id);
      case Command.CreatePartition create -> PartitionChanges.create(draft, create);
      case Command.ChangeReplicas change -> PartitionChanges.changeReplicas(draft, change);
      case Command.AddLearner add -> PartitionChanges.addLearner(draft, add);
      case Command.Serving serving -> PartitionChanges.serving(draft, serving);
      case Command.Migrate migrate -> PartitionChanges.migrate(draft, migrate);
      case Command.PartitionReleased released -> PartitionChanges.released(draft, released);
      case Command.Elect(int partition, int epoch) ->
          OwnerElection.afterWaiting(draft, partition, epoch);
      case Command.AcceptLoss(int partition, int node) ->
          OwnerElection.acceptLoss(draft, partition, node);
      case Command.RegisterSchema(byte[] schema) -> DatasetChanges.registerSchema(draft, schema);
      case Command.Arrive arrive -> BarrierChanges.arrive(draft, arrive);
      case Command.Withdraw withdraw -> BarrierChanges.withdraw(draft, withdraw);
    };
  }

  /** What must hold after every command; tests call it. */
  void checkInvariants() {
    new StateInvariants(this).check();
  }
}
