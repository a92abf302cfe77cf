package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.replication.ClusterCounter;
import io.hotpot.replication.CopyMessage;
import io.hotpot.replication.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One-sided access in the simulated cluster (docs/RDMA.md), by stories of its own. */
@Timeout(3600)
class OneSidedAccessTest {

  private static final long SEED = Long.getLong("hotpot.seed", 1);
  private static final int SEEDS = Integer.getInteger("hotpot.sim.stories", 20);

  @Test
  void whatADeposedOwnerHasOnItsWayDoesNotLand() {
    long written = 0;
    for (long seed = SEED; seed < SEED + SEEDS; seed++) {
      LateOneSidedWrite run = new LateOneSidedWrite(seed);
      run.run();
      written += run.written();
    }
    assertThat(written).isGreaterThan(10L * SEEDS);
  }

  @Test
  void wrongBytesAreFoundBeforeTheyCount() {
    for (long seed = SEED; seed < SEED + SEEDS; seed++) {
      DamagingDevices run = new DamagingDevices(seed);
      run.run();
      assertThat(run.hasFound()).isTrue();
      assertThat(run.found()).isPositive();
      assertThat(run.placeReads()).isPositive();
      assertThat(run.placesChanged()).isPositive();
    }
  }

  @Test
  void whatIsReadInPlaceIsTheNewest() {
    long reads = 0;
    for (long seed = SEED; seed < SEED + SEEDS; seed++) {
      PlaceReader run = new PlaceReader(seed);
      run.run();
      reads += run.placeReads();
    }
    assertThat(reads).isGreaterThan(10L * SEEDS);
  }

  /** A node reads an object again while its owner stands still. */
  private static final class StandingOwner extends SimStory {
    private final List<Message> sent = new ArrayList<>();
    private long placeReads;
    private long fetchesBefore;
    private long fetchesAfter;

    StandingOwner(long seed) {
      super(seed, 2);
      cluster.machines.forEach(machine -> machine.oneSided(device -> {}));
      cluster.machines.forEach(SimMachine::keepsNoCopies);
    }

    @Override
    Optional<String> anomaly() {
      return Optional.empty();
    }

    @Override
    void tell() {
      SimMachine owner = cluster.machines.get(0);
      SimMachine reader = cluster.machines.get(1);
      reader.onSend(sent::add);
      join();
      List<Ref<String>> objects = new ArrayList<>();
      at(
          owner,
          () ->
              objects.add(
                  owner
                      .store()
                      .dataset("one", DatasetOptions.defaults().withDegree(1))
                      .transact(tx -> tx.allocate("it stands there"))));
      // The device learns of the chunk when the place is wanted first.
      for (int i = 0; i < 3; i++) {
        at(reader, () -> read(reader, objects.getFirst()));
        pause(5 * MS);
      }
      fetchesBefore = reader.probe().counted(ClusterCounter.FETCHES_SENT);
      long readsBefore = reader.probe().counted(ClusterCounter.PLACE_READS);
      owner.node().pause();
      sent.clear();
      at(reader, () -> read(reader, objects.getFirst()));
      assertThat(sent).noneMatch(message -> message instanceof CopyMessage);
      owner.node().resume();
      fetchesAfter = reader.probe().counted(ClusterCounter.FETCHES_SENT);
      placeReads = reader.probe().counted(ClusterCounter.PLACE_READS) - readsBefore;
    }

    private static void read(SimMachine reader, Ref<String> object) {
      String value = reader.store().read(tx -> tx.get(object));
      assertThat(value).isEqualTo("it stands there");
    }
  }

  @Test
  void anOwnerThatStandsStillIsReadWithoutAMessage() {
    StandingOwner run = new StandingOwner(SEED);
    run.run();
    assertThat(run.fetchesBefore).isPositive();
    assertThat(run.fetchesAfter).isEqualTo(run.fetchesBefore);
    assertThat(run.placeReads).isEqualTo(1);
  }

  /** What is read in place is moved by the cleaner, and its chunk released. */
  private static final class CleanedPlaces extends SimStory {
    private static final int OBJECTS = 40;
    private static final int ROUNDS = 60;
    private static final int BYTES = 60_000;

    private long placeReads;
    private long forgotten;
    private long cleaned;
    private long lost;
    private boolean isOver;

    CleanedPlaces(long seed) {
      super(seed, 2);
      cluster.machines.forEach(machine -> machine.oneSided(device -> {}));
      cluster.machines.forEach(SimMachine::keepsNoCopies);
    }

    @Override
    Optional<String> anomaly() {
      return Optional.empty();
    }

    @Override
    void tell() {
      SimMachine owner = cluster.machines.get(0);
      SimMachine reader = cluster.machines.get(1);
      owner.onSend(message -> forgotten += message instanceof CopyMessage.ForgetPlaces ? 1 : 0);
      join();
      List<Ref<byte[]>> objects = new ArrayList<>();
      at(
          owner,
          () -> {
            Dataset one = owner.store().dataset("one", DatasetOptions.defaults().withDegree(1));
            for (int i = 0; i < OBJECTS; i++) {
              objects.add(one.transact(tx -> tx.allocate(new byte[] {1})));
            }
          });
      Thread reading = reader.node().start("reader", () -> readOn(reader, objects));
      at(
          owner,
          () -> {
            for (int round = 0; round < ROUNDS; round++) {
              for (int i = 0; i < OBJECTS; i += 4) {
                Ref<byte[]> object = objects.get(i);
                owner
                    .store()
                    .transact(
                        tx -> {
                          tx.put(object, new byte[BYTES]);
                          return true;
                        });
              }
            }
          });
      pause(50 * MS);
      isOver = true;
      joinAll(new ArrayList<>(List.of(reading)));
      placeReads = reader.probe().counted(ClusterCounter.PLACE_READS);
      lost = reader.probe().counted(ClusterCounter.PLACES_LOST);
      cleaned = owner.store().counters().get("cleanedChunks");
    }

    private void readOn(SimMachine reader, List<Ref<byte[]>> objects) {
      for (int next = 0; !isOver; next++) {
        Ref<byte[]> object = objects.get(next % OBJECTS);
        byte[] value = reader.store().read(tx -> tx.get(object));
        assertThat(value.length).isIn(1, BYTES);
        rest(reader, 1 + simulation.between(0, MS / 10));
      }
    }
  }

  @Test
  void placesAreForgottenBeforeTheirChunkIsReleased() {
    CleanedPlaces run = new CleanedPlaces(SEED);
    run.run();
    assertThat(run.cleaned).as("cleaned chunks").isPositive();
    assertThat(run.forgotten).as("chunks whose places were forgotten").isPositive();
    assertThat(run.placeReads).as("reads in place").isGreaterThan(50);
    assertThat(run.lost).as("reads with a key that was taken back").isZero();
  }
}
