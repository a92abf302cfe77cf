package io.hotpot.replication;

import io.hotpot.replication.Configuration.PartitionInfo;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** What is said of migrations that do not begin; and the counting of what becomes of all. */
final class MigrationAnswers {

  static final MigrationOutcome UNDER_WAY =
      new MigrationOutcome.Refused(
          ClusterCounter.MIGRATION_UNDER_WAY, "it is being handed over already");

  static final MigrationOutcome NOT_SERVED =
      new MigrationOutcome.Refused(
          ClusterCounter.MIGRATION_NOT_SERVED, "this node does not serve it");

  static final MigrationOutcome DROPPED =
      new MigrationOutcome.Refused(
          ClusterCounter.MIGRATION_NOT_SERVED, "its dataset has been dropped");

  private MigrationAnswers() {}

  static MigrationOutcome notInSync(int target, PartitionInfo now) {
    List<Integer> others = now.inSync().stream().filter(id -> id != now.owner()).toList();
    String who =
        others.isEmpty()
            ? "the owner itself"
            : others.stream().map(String::valueOf).collect(Collectors.joining(", "));
    return new MigrationOutcome.Refused(
        ClusterCounter.MIGRATION_NOT_IN_SYNC,
        "node " + target + " has no copy in step; who has one: " + who);
  }

  static Consumer<MigrationOutcome> counted(
      ClusterCounters counters, Consumer<MigrationOutcome> done) {
    return outcome -> {
      counters.count(
          switch (outcome) {
            case MigrationOutcome.Moved _ -> ClusterCounter.MIGRATIONS;
            case MigrationOutcome.Refused refused -> refused.why();
          });
      done.accept(outcome);
    };
  }
}
