package io.hotpot.dispatcher;

import io.hotpot.replication.MembershipMessage.Setting;
import io.hotpot.store.CorruptException;
import io.hotpot.store.TransactionMode;

/**
 * The bytes of a {@link Command} in the dispatcher's log: a tag, then the fields in the order of
 * the record, numbers big-endian, texts and lists with their length before them. Tags are never
 * given a second meaning.
 */
final class CommandFormat {

  static final int JOIN = 1;
  static final int EVICT = 2;
  static final int EXCLUDE = 3;
  static final int CREATE_DATASET = 4;
  static final int RENAME_DATASET = 5;
  static final int DROP_DATASET = 6;
  static final int CREATE_PARTITION = 7;
  static final int CHANGE_REPLICAS = 8;
  static final int ADD_LEARNER = 9;
  static final int SERVING = 10;
  static final int MIGRATE = 11;
  static final int PARTITION_RELEASED = 12;
  static final int ELECT = 13;
  static final int ACCEPT_LOSS = 14;
  static final int REGISTER_SCHEMA = 15;
  static final int ARRIVE = 16;
  static final int WITHDRAW = 17;

  private static final int MAX_TEXT = 4 * ClusterState.MAX_NAME_BYTES;

  private CommandFormat() {}

  static byte[] write(Command command) {
    FieldWriter out = new FieldWriter();
    switch (command) {
      case Command.Join join -> writeJoin(out.u8(JOIN), join);
      case Command.Evict(var node) -> CommonFields.peer(out.u8(EVICT), node);
      case Command.Exclude(var nodes, long term) ->
          out.u8(EXCLUDE).list(nodes, CommonFields::peer).u64(term);
      case Command.CreateDataset(String name, var mode, int degree, int minimum) ->
          out.u8(CREATE_DATASET).text(name).u8(mode.ordinal()).u32(degree).u32(minimum);
      case Command.RenameDataset(int id, String name) -> out.u8(RENAME_DATASET).u32(id).text(name);
      case Command.DropDataset(int id) -> out.u8(DROP_DATASET).u32(id);
      case Command.CreatePartition(int dataset, int creator, var candidates) ->
          out.u8(CREATE_PARTITION).u32(dataset).u32(creator).numbers(candidates);
      case Command.ChangeReplicas change -> {
        CommonFields.peer(out.u8(CHANGE_REPLICAS), change.owner());
        out.u32(change.partition()).u32(change.epoch()).u32(change.revision());
        out.numbers(change.inSync()).numbers(change.learners());
      }
      case Command.AddLearner(int partition, int epoch, int revision, int node) ->
          out.u8(ADD_LEARNER).u32(partition).u32(epoch).u32(revision).u32(node);
      case Command.Serving(var owner, int partition, int epoch) -> {
        CommonFields.peer(out.u8(SERVING), owner);
        out.u32(partition).u32(epoch);
      }
      case Command.Migrate(var owner, int partition, int epoch, int revision, int target) -> {
        CommonFields.peer(out.u8(MIGRATE), owner);
        out.u32(partition).u32(epoch).u32(revision).u32(target);
      }
      case Command.PartitionReleased(var owner, int partition) -> {
        CommonFields.peer(out.u8(PARTITION_RELEASED), owner);
        out.u32(partition);
      }
      case Command.Elect(int partition, int epoch) -> out.u8(ELECT).u32(partition).u32(epoch);
      case Command.AcceptLoss(int partition, int node) ->
          out.u8(ACCEPT_LOSS).u32(partition).u32(node);
      case Command.RegisterSchema(byte[] schema) -> out.u8(REGISTER_SCHEMA).bytes(schema);
      case Command.Arrive(var node, long request, String barrier, int parties) -> {
        CommonFields.peer(out.u8(ARRIVE), node);
        out.u64(request).text(barrier).u32(parties);
      }
      case Command.Withdraw(var node, long request, String barrier) -> {
        CommonFields.peer(out.u8(WITHDRAW), node);
        out.u64(request).text(barrier);
      }
    }
    return out.toBytes();
  }

  private static void writeJoin(FieldWriter out, Command.Join join) {
    out.u32(join.nodeId()).u64(join.clusterId()).u64(join.freshClusterId());
    CommonFields.address(out, join.address());
    out.u64(join.capacityBytes());
    out.list(join.settings(), (o, setting) -> o.text(setting.name()).text(setting.value()));
    out.list(join.held(), CommonFields::held);
  }

  /**
   * @throws CorruptException if the bytes are no command
   */
  static Command read(byte[] bytes) {
    FieldReader in = new FieldReader(bytes, "a command of the dispatcher's log");
    Command command = read(in, in.u8());
    in.end();
    return command;
  }

  private static Command read(FieldReader in, int tag) {
    return switch (tag) {
      case JOIN ->
          new Command.Join(
              in.u32(),
              in.u64(),
              in.u64(),
              CommonFields.address(in),
              in.u64(),
              in.list(
                  ClusterState.MAX_SETTINGS, i -> new Setting(i.text(MAX_TEXT), i.text(MAX_TEXT))),
              in.list(ClusterState.MAX_PARTITIONS, CommonFields::held));
      case EVICT -> new Command.Evict(CommonFields.peer(in));
      case EXCLUDE ->
          new Command.Exclude(in.list(ClusterState.MAX_NODES, CommonFields::peer), in.u64());
      case CREATE_DATASET ->
          new Command.CreateDataset(
              in.text(MAX_TEXT), in.constant(TransactionMode.values()), in.u32(), in.u32());
      case RENAME_DATASET -> new Command.RenameDataset(in.u32(), in.text(MAX_TEXT));
      case DROP_DATASET -> new Command.DropDataset(in.u32());
      case CREATE_PARTITION ->
          new Command.CreatePartition(in.u32(), in.u32(), in.numbers(ClusterState.MAX_NODES));
      case CHANGE_REPLICAS ->
          new Command.ChangeReplicas(
              CommonFields.peer(in),
              in.u32(),
              in.u32(),
              in.u32(),
              in.numbers(ClusterState.MAX_NODES),
              in.numbers(ClusterState.MAX_NODES));
      case ADD_LEARNER -> new Command.AddLearner(in.u32(), in.u32(), in.u32(), in.u32());
      case SERVING -> new Command.Serving(CommonFields.peer(in), in.u32(), in.u32());
      case MIGRATE ->
          new Command.Migrate(CommonFields.peer(in), in.u32(), in.u32(), in.u32(), in.u32());
      case PARTITION_RELEASED -> new Command.PartitionReleased(CommonFields.peer(in), in.u32());
      case ELECT -> new Command.Elect(in.u32(), in.u32());
      case ACCEPT_LOSS -> new Command.AcceptLoss(in.u32(), in.u32());
      case REGISTER_SCHEMA -> new Command.RegisterSchema(in.bytes(ClusterState.MAX_SCHEMA_BYTES));
      case ARRIVE ->
          new Command.Arrive(CommonFields.peer(in), in.u64(), in.text(MAX_TEXT), in.u32());
      case WITHDRAW -> new Command.Withdraw(CommonFields.peer(in), in.u64(), in.text(MAX_TEXT));
      default -> throw in.bad("has the unknown tag " + tag);
    };
  }
}
