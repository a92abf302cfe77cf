package io.hotpot.dispatcher;

import io.hotpot.dispatcher.ClusterState.Schema;
import io.hotpot.replication.Configuration.DatasetInfo;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Configuration.PartitionStatus;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Names: datasets and the descriptions of types (section 16). */
final class DatasetChanges {

  private DatasetChanges() {}

  static Result create(Draft draft, Command.CreateDataset create) {
    requireFree(draft, create.name());
    int degree = create.degree();
    Refusal.unless(
        degree >= 1 && degree <= ClusterState.MAX_DEGREE,
        "degree: %d is not between 1 and %d".formatted(degree, ClusterState.MAX_DEGREE));
    int minimum = create.minimum() == 0 ? Math.min(2, degree) : create.minimum();
    Refusal.unless(
        minimum >= 1 && minimum <= degree,
        "minimum: %d is not between 1 and the degree %d".formatted(minimum, degree));
    Refusal.unless(
        draft.datasets.size() < ClusterState.MAX_DATASETS,
        "the cluster has " + ClusterState.MAX_DATASETS + " datasets, and takes no more");
    int id = draft.nextDataset();
    draft.datasets.put(
        id, new DatasetInfo(id, create.name(), create.mode(), degree, minimum, 0, false));
    return new Result.Accepted(id, 0);
  }

  static Result rename(Draft draft, int id, String newName) {
    DatasetInfo dataset = draft.dataset(id);
    if (!dataset.name().equals(newName)) {
      requireFree(draft, newName);
      draft.datasets.put(
          id,
          new DatasetInfo(
              id,
              newName,
              dataset.mode(),
              dataset.degree(),
              dataset.minimum(),
              dataset.home(),
              false));
    }
    return new Result.Accepted(id, 0);
  }

  private static void requireFree(Draft draft, String name) {
    int length = name.getBytes(StandardCharsets.UTF_8).length;
    Refusal.unless(
        length > 0 && length <= ClusterState.MAX_NAME_BYTES,
        "name: %d bytes are not between 1 and %d".formatted(length, ClusterState.MAX_NAME_BYTES));
    Refusal.unless(
        draft.datasets.values().stream().noneMatch(d -> !d.dropped() && d.name().equals(name)),
        "name: there is a dataset " + name);
  }

  /** Its partitions go to their next epoch, in which nothing is served (16.3). */
  static Result drop(Draft draft, int id) {
    DatasetInfo of = draft.dataset(id);
    draft.datasets.put(
        id, new DatasetInfo(id, of.name(), of.mode(), of.degree(), of.minimum(), of.home(), true));
    for (PartitionInfo partition : draft.partitions.values().toArray(PartitionInfo[]::new)) {
      if (partition.dataset() == id) {
        drop(draft, partition);
      }
    }
    forgetIfEmpty(draft, id);
    return new Result.Accepted(id, 0);
  }

  private static void drop(Draft draft, PartitionInfo partition) {
    var back = draft.returned.remove(partition.id());
    int owner = draft.isIn(partition.owner()) || back == null ? partition.owner() : back.firstKey();
    draft.put(
        PartitionChanges.withStatus(
            PartitionChanges.nextEpoch(partition, owner, partition.inSync(), partition.learners()),
            PartitionStatus.DROPPED));
  }

  static void forgetIfEmpty(Draft draft, int id) {
    DatasetInfo dataset = draft.datasets.get(id);
    if (dataset != null
        && dataset.dropped()
        && draft.partitions.values().stream().noneMatch(p -> p.dataset() == id)) {
      draft.datasets.remove(id);
    }
  }

  static DatasetInfo withHome(DatasetInfo of, int home) {
    return new DatasetInfo(
        of.id(), of.name(), of.mode(), of.degree(), of.minimum(), home, of.dropped());
  }

  /** Equal bytes have one number. */
  static Result registerSchema(Draft draft, byte[] bytes) {
    Schema schema = new Schema(bytes);
    for (Map.Entry<Integer, Schema> known : draft.schemas.entrySet()) {
      if (known.getValue().equals(schema)) {
        return new Result.Accepted(known.getKey(), 0);
      }
    }
    Refusal.unless(
        bytes.length <= ClusterState.MAX_SCHEMA_BYTES
            && draft.schemas.size() < ClusterState.MAX_SCHEMAS,
        "schema: %d bytes, the %dth; at most %d bytes and %d schemas are kept"
            .formatted(
                bytes.length,
                draft.schemas.size() + 1,
                ClusterState.MAX_SCHEMA_BYTES,
                ClusterState.MAX_SCHEMAS));
    int number = draft.nextSchema();
    draft.schemas.put(number, schema);
    return new Result.Accepted(number, 0);
  }
}
