package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.replication.Configuration.PartitionStatus;
import io.hotpot.store.HealingCluster.Note;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a node does on its medium that nobody waits for: tables that are kept, heaps that grow. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UnhurriedWorkTest {

  private static final long MS = 1_000_000;
  private static final long STEP_MS = 30_000;

  private static void overwrite(HealingCluster cluster, Ref<Note> ref) {
    cluster.on(
        cluster.owner(),
        store ->
            store
                .findDataset("notes")
                .orElseThrow()
                .run(tx -> tx.update(ref, note -> new Note(note.number(), "later"))));
  }

  /** A step on each replica takes far longer than a lease; then their owner dies. */
  private static void takeOverBesideALongStep(HealingCluster cluster) {
    cluster.cluster.up().forEach(machine -> machine.disk().unhurriedTakes(STEP_MS * MS));
    overwrite(cluster, cluster.notes.getFirst());
    cluster.pause(50 * MS);
    cluster.replicas().forEach(each -> assertThat(cluster.log(each).isWarmUpDue()).isTrue());
    cluster.owner().kill(true, cluster.simulation().random());
    long sinceNs = cluster.simulation().nowNs();
    cluster.await("nobody takes over", () -> isTakenOver(cluster));
    assertThat((cluster.simulation().nowNs() - sinceNs) / MS)
        .as("how long nobody served")
        .isLessThan(STEP_MS / 10);
    overwrite(cluster, cluster.notes.getLast());
    cluster.cluster.up().forEach(machine -> machine.disk().unhurriedTakes(0));
  }

  private static boolean isTakenOver(HealingCluster cluster) {
    int owner = cluster.info().owner();
    return cluster.info().epoch() > 1
        && cluster.info().status() == PartitionStatus.SERVING
        && cluster.cluster.up().stream()
            .anyMatch(
                machine ->
                    machine.probe().self().nodeId() == owner
                        && machine.probe().owned(cluster.partition()) != null);
  }

  /** Runs inside the class loader of a mutant, on whatever is loaded there. */
  static void look(long from, int seeds) {
    for (long seed = from; seed < from + seeds; seed++) {
      new HealingCluster(seed, 3).run(UnhurriedWorkTest::takeOverBesideALongStep);
    }
  }

  @Test
  void neitherAPromiseNorAPromotionWaitsForALongStep() {
    look(1, 3);
  }

  @Test
  void oneThreadForBothIsFound() throws Exception {
    Mutants.Bug bug =
        Mutants.callingInstead(
            "promises are made where steps are taken",
            "replication.NodeProtocol",
            "<init>",
            "medium",
            "unhurried");
    assertThat(Mutants.found(bug, UnhurriedWorkTest.class, 1, 1))
        .hasStackTraceContaining("how long nobody served");
  }

  @Test
  void damageThatAStepMeetsIsHealedThoughNobodyReadsIt() {
    new HealingCluster(12, 3)
        .run(
            cluster -> {
              SimMachine replica = cluster.replicas().getFirst();
              replica.disk().unhurriedTakes(500 * MS);
              Ref<Note> ref = cluster.notes.get(3);
              overwrite(cluster, ref);
              cluster.pause(100 * MS);
              HealingCluster.corrupt(replica, cluster.batchOf(replica, ref));
              assertThat(cluster.log(replica).damages()).hasSize(1);

              cluster.await("it is not healed", () -> cluster.log(replica).damages().isEmpty());
              assertThat(replica.store().counters()).containsEntry("healedDamages", 1L);
              cluster.await("the table is not kept on", () -> !cluster.log(replica).isWarmUpDue());
            });
  }
}
