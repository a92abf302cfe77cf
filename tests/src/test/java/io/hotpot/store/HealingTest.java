package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.store.HealingCluster.Note;
import io.hotpot.store.HealingCluster.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Bytes that rot on one node of a cluster come back from another one (PROTOCOL 13.5). */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HealingTest {

  /** What may be wrong with a batch: each part of its header, and what it holds. */
  private static List<Place> regions(Place batch) {
    List<Place> regions = new ArrayList<>();
    for (int word = 0; word < BatchFormat.HEADER_BYTES; word += 4) {
      regions.add(new Place(batch.chunk(), batch.offset() + word, 4));
    }
    int last = batch.offset() + batch.lengthBytes() - 1;
    regions.add(new Place(batch.chunk(), batch.offset() + batch.lengthBytes() / 2, 1));
    regions.add(new Place(batch.chunk(), last, 1));
    return regions;
  }

  private static void eachRegionIsHealed(HealingCluster cluster, SimMachine machine) {
    List<Place> batches = cluster.batches(machine);
    assertThat(batches).hasSizeGreaterThan(12);
    long healed = 0;
    for (Place batch : batches) {
      byte[] sound = HealingCluster.bytes(machine, batch);
      for (Place region : regions(batch)) {
        HealingCluster.corrupt(machine, region);
        cluster.on(machine, store -> assertThat(store.check()).as("left of %s", region).isEmpty());
        assertThat(HealingCluster.bytes(machine, batch)).isEqualTo(sound);
        healed++;
      }
    }
    assertThat(machine.store().counters()).containsEntry("healedDamages", healed);
  }

  @Test
  void theOwnerHealsWhateverRotsFromAReplica() {
    new HealingCluster(1, 3).run(cluster -> eachRegionIsHealed(cluster, cluster.owner()));
  }

  @Test
  void aReplicaHealsWhateverRotsFromTheOwner() {
    new HealingCluster(2, 3)
        .run(cluster -> eachRegionIsHealed(cluster, cluster.replicas().getFirst()));
  }

  @Test
  void batchesSideBySideAndALengthOfNothingAreHealed() {
    new HealingCluster(3, 3)
        .run(
            cluster -> {
              SimMachine owner = cluster.owner();
              List<Place> batches = cluster.batches(owner);
              List<byte[]> sound =
                  batches.stream().map(b -> HealingCluster.bytes(owner, b)).toList();
              Place zeros = batches.get(2);
              HealingCluster.put(owner, zeros, new byte[zeros.lengthBytes()]);
              HealingCluster.corrupt(owner, batches.get(3));
              HealingCluster.put(owner, batches.get(6), new byte[4]);
              HealingCluster.corrupt(owner, batches.getLast());
              assertThat(cluster.log(owner).chunks()).isNotEmpty();
              assertThat(cluster.log(owner).batchesFrom(0)).hasSizeLessThan(batches.size());
              cluster.on(owner, store -> assertThat(store.check()).isEmpty());
              for (int i = 0; i < batches.size(); i++) {
                assertThat(HealingCluster.bytes(owner, batches.get(i))).isEqualTo(sound.get(i));
              }
            });
  }

  @Test
  void aReadHealsWhatItFinds() {
    new HealingCluster(4, 2)
        .run(
            cluster -> {
              SimMachine owner = cluster.owner();
              for (int i = 0; i < cluster.notes.size(); i++) {
                Ref<Note> ref = cluster.notes.get(i);
                Note expected = HealingCluster.note(i);
                HealingCluster.corrupt(owner, cluster.batchOf(owner, ref));
                cluster.on(
                    owner, store -> assertThat(cluster.read(store, ref)).isEqualTo(expected));
                HealingCluster.corrupt(owner, cluster.batchOf(owner, ref));
                Note there = fetched(cluster, ref);
                assertThat(there).isEqualTo(expected);
              }
              assertThat(owner.store().counters())
                  .containsEntry("healedDamages", 2L * cluster.notes.size());
            });
  }

  /**
   * Read by a node without the log, which must ask the owner, where there is one; else by a
   * replica.
   */
  private static Note fetched(HealingCluster cluster, Ref<Note> ref) {
    List<Note> found = new ArrayList<>();
    cluster.on(
        cluster.stranger().orElseGet(() -> cluster.replicas().getFirst()),
        store -> found.add(store.findDataset("notes").orElseThrow().<Note>read(tx -> tx.get(ref))));
    return found.getFirst();
  }

  @Test
  void whereNobodyHasItTheObjectIsNamedAndNothingElseIsHarmed() {
    new HealingCluster(5, 3)
        .run(
            cluster -> {
              SimMachine owner = cluster.owner();
              Ref<Note> lost = cluster.notes.get(4);
              Place place = cluster.batchOf(owner, lost);
              Place there = cluster.batchOf(cluster.replicas().getFirst(), lost);
              byte[] sound = HealingCluster.bytes(owner, place);
              cluster
                  .cluster
                  .up()
                  .forEach(m -> HealingCluster.corrupt(m, cluster.batchOf(m, lost)));

              cluster.on(
                  owner,
                  store -> {
                    assertThatThrownBy(() -> cluster.read(store, lost))
                        .isInstanceOf(CorruptException.class)
                        .hasMessageContaining(Ref.text(lost.id()));
                    assertThat(store.check()).hasSize(1);
                  });
              assertThatThrownBy(() -> fetchedOrThrown(cluster, lost))
                  .isInstanceOf(CorruptException.class)
                  .hasMessageContaining(Ref.text(lost.id()));
              for (int i = 0; i < cluster.notes.size(); i++) {
                if (i != 4) {
                  assertThat(fetched(cluster, cluster.notes.get(i)))
                      .isEqualTo(HealingCluster.note(i));
                }
              }
              assertThat(owner.store().counters()).containsEntry("healedDamages", 0L);

              HealingCluster.put(cluster.replicas().getFirst(), there, sound);
              assertThat(fetched(cluster, lost)).isEqualTo(HealingCluster.note(4));
            });
  }

  private static void fetchedOrThrown(HealingCluster cluster, Ref<Note> ref) {
    List<RuntimeException> thrown = new ArrayList<>();
    cluster.on(
        cluster.replicas().getFirst(),
        store -> {
          try {
            store.findDataset("notes").orElseThrow().<Note>read(tx -> tx.get(ref));
          } catch (CorruptException e) {
            thrown.add(e);
          }
        });
    if (!thrown.isEmpty()) {
      throw thrown.getFirst();
    }
  }

  @Test
  void aCrashWhileItHealsLeavesItBadOrGood() {
    int[] stillBad = {0};
    for (int point = 0; point < 12; point++) {
      long afterNs = 500_000L * point;
      new HealingCluster(100 + point, 3)
          .run(
              cluster -> {
                SimMachine owner = cluster.owner();
                Ref<Note> ref = cluster.notes.get(5);
                Place place = cluster.batchOf(owner, ref);
                HealingCluster.corrupt(owner, place);
                owner.node().start("reader", () -> owner.store().check());
                cluster.pause(1 + afterNs);
                owner.kill(true, cluster.simulation().random());
                int chunk = place.chunk();
                stillBad[0] += isSound(owner, chunk, place.offset()) ? 0 : 1;
                owner.start(store -> {});
                cluster.awaitWhole();
                for (int i = 0; i < cluster.notes.size(); i++) {
                  assertThat(fetched(cluster, cluster.notes.get(i)))
                      .isEqualTo(HealingCluster.note(i));
                }
                cluster.cluster.up().forEach(m -> assertThat(cluster.log(m).damages()).isEmpty());
              });
    }
    assertThat(stillBad[0]).as("crashes that left it bad").isBetween(1, 11);
  }

  @Test
  void whatIsHealedOutlivesALossOfPower() {
    new HealingCluster(9, 3)
        .run(
            cluster -> {
              SimMachine owner = cluster.owner();
              Place place = cluster.batchOf(owner, cluster.notes.get(5));
              HealingCluster.corrupt(owner, place);
              cluster.on(owner, store -> assertThat(store.check()).isEmpty());
              owner.kill(true, cluster.simulation().random());
              assertThat(isSound(owner, place.chunk(), place.offset())).isTrue();
            });
  }

  private static boolean isSound(SimMachine machine, int index, int offset) {
    ChunkMemory memory = machine.heap().chunk(index);
    long label = machine.heap().label(index);
    int partition = ChunkFormat.labelPartition(label);
    return BatchFormat.isValid(
        memory,
        offset,
        ChunkFormat.labelSequence(label),
        BatchFormat.seed(machine.heap().storeId(), partition));
  }

  @Test
  void aNodeThatFindsDamageWhenItOpensLearnsItAnew() {
    new HealingCluster(6, 3)
        .run(
            cluster -> {
              SimMachine replica = cluster.replicas().getFirst();
              Place place = cluster.batchOf(replica, cluster.notes.get(3));
              replica.kill(true, cluster.simulation().random());
              HealingCluster.corrupt(replica, place);
              replica.start(store -> {});
              cluster.awaitWhole();
              assertThat(cluster.log(replica).isDamaged()).isFalse();
              assertThat(cluster.log(replica).damages()).isEmpty();
            });
  }

  @Test
  void theLastMemberServesWhatIsLeft() {
    new HealingCluster(7, 1)
        .run(
            cluster -> {
              SimMachine owner = cluster.owner();
              Place place = cluster.batchOf(owner, cluster.notes.get(3));
              owner.kill(true, cluster.simulation().random());
              HealingCluster.corrupt(owner, place);
              owner.start(store -> {});
              cluster.awaitWhole();
              Ref<Note> later = cluster.notes.get(9);
              cluster.on(
                  owner,
                  store -> {
                    Dataset dataset = store.findDataset("notes").orElseThrow();
                    assertThat(dataset.<Note>read(tx -> tx.get(later)))
                        .isEqualTo(HealingCluster.note(9));
                    assertThatThrownBy(() -> dataset.<Note>read(tx -> tx.get(cluster.notes.get(3))))
                        .isInstanceOf(CorruptException.class);
                  });
            });
  }

  @Test
  void whoIsPromotedHealsItsLogFirst() {
    new HealingCluster(8, 3)
        .run(
            cluster -> {
              List<SimMachine> replicas = cluster.replicas();
              HealingCluster.corrupt(
                  replicas.get(0), cluster.batchOf(replicas.get(0), cluster.notes.get(2)));
              HealingCluster.corrupt(
                  replicas.get(1), cluster.batchOf(replicas.get(1), cluster.notes.get(7)));
              SimMachine was = cluster.owner();
              was.kill(true, cluster.simulation().random());
              cluster.await("nobody takes over", () -> cluster.info().epoch() > 1);
              was.start(store -> {});
              cluster.awaitWhole();
              Map<String, Long> counters = cluster.owner().store().counters();
              assertThat(counters.get("healedDamages")).isPositive();
              for (int i = 0; i < cluster.notes.size(); i++) {
                assertThat(fetched(cluster, cluster.notes.get(i)))
                    .isEqualTo(HealingCluster.note(i));
              }
            });
  }

  /** It is told from one that was torn, and so never acknowledged (PROTOCOL 13.6). */
  @Test
  void anEndThatHasRottenWhereNobodyElseIsLeftIsTold() {
    new HealingCluster(14, 2)
        .run(
            cluster -> {
              SimMachine owner = cluster.owner();
              cluster.replicas().getFirst().kill(true, cluster.simulation().random());
              cluster.await("nobody is excluded", () -> cluster.info().inSync().size() == 1);
              Ref<Note> last = cluster.notes.getLast();
              Place from = cluster.batchOf(owner, last);
              List<Place> all = cluster.batches(owner);
              all.subList(all.indexOf(from), all.size())
                  .forEach(each -> HealingCluster.corrupt(owner, each));
              owner.kill(true, cluster.simulation().random());
              owner.start(store -> {});
              cluster.await(
                  "nobody serves what is left",
                  () -> owner.probe() != null && owner.probe().owned(cluster.partition()) != null);
              cluster.on(
                  owner,
                  store ->
                      assertThatThrownBy(
                              () ->
                                  store
                                      .findDataset("notes")
                                      .orElseThrow()
                                      .<Note>read(tx -> tx.get(last)))
                          .isInstanceOf(CorruptException.class)
                          .hasMessageContaining(Ref.text(last.id())));
            });
  }
}
