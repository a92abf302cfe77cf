package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.replication.ClusterCounter;
import io.hotpot.replication.CopyMessage;
import io.hotpot.replication.LogMessage;
import io.hotpot.replication.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A transaction on a replica that only reads: nobody hears of it (PROTOCOL 7.8 and 7.11). */
@Timeout(120)
class ReplicaReadTest {

  private static final int OBJECTS = 200;

  record Item(int number) {}

  /** Three nodes with a copy each; the first one owns what is there. */
  private static final class Story extends SimStory {
    private final List<Ref<Item>> items = new ArrayList<>();
    private final List<Message> sent = new ArrayList<>();

    Story(long seed) {
      super(seed, 3);
    }

    @Override
    Optional<String> anomaly() {
      return Optional.empty();
    }

    private long counted(SimMachine machine, ClusterCounter counter) {
      return machine.probe().counted(counter);
    }

    private int sum(SimMachine machine) {
      return machine
          .store()
          .read(tx -> items.stream().mapToInt(item -> tx.get(item).number()).sum());
    }

    @Override
    void tell() {
      SimMachine owner = cluster.machines.get(0);
      SimMachine replica = cluster.machines.get(1);
      replica.onSend(message -> sent.add(message));
      join();
      at(
          owner,
          () -> {
            Dataset everywhere =
                owner.store().dataset("everywhere", DatasetOptions.defaults().withDegree(3));
            for (int i = 0; i < OBJECTS; i++) {
              int number = i;
              items.add(everywhere.transact(tx -> tx.allocate(new Item(number))));
            }
          });
      pause(50 * MS);

      at(
          replica,
          () -> {
            int before = sent.size();
            assertThat(sum(replica)).isEqualTo(OBJECTS * (OBJECTS - 1) / 2);
            // Reads park now and then in a simulation: the lease is renewed meanwhile.
            assertThat(sent.subList(before, sent.size()))
                .as("said about objects or logs")
                .noneMatch(each -> each instanceof CopyMessage || each instanceof LogMessage);
          });
      assertThat(counted(replica, ClusterCounter.REPLICA_READS)).isEqualTo(OBJECTS);
      assertThat(counted(replica, ClusterCounter.FETCHES_SENT)).isZero();
      assertThat(counted(owner, ClusterCounter.FETCHES_SERVED)).isZero();

      // What was read is found again, and dropped by the log alone: the owner knows of no sharer.
      at(replica, () -> assertThat(sum(replica)).isEqualTo(OBJECTS * (OBJECTS - 1) / 2));
      assertThat(counted(replica, ClusterCounter.REPLICA_READS)).isEqualTo(OBJECTS);
      at(owner, () -> owner.store().run(tx -> tx.put(items.get(0), new Item(1_000))));
      pause(50 * MS);
      at(replica, () -> assertThat(sum(replica)).isEqualTo(1_000 + OBJECTS * (OBJECTS - 1) / 2));
      assertThat(counted(replica, ClusterCounter.REPLICA_READS)).isEqualTo(OBJECTS + 1);
      assertThat(counted(replica, ClusterCounter.FETCHES_SENT)).isZero();
      assertThat(counted(owner, ClusterCounter.INVALIDATIONS_ASKED)).isZero();

      // A commit of what was read so is checked by the owner like any other.
      at(replica, () -> replica.store().run(tx -> add(tx, items.get(1))));
      pause(50 * MS);
      for (SimMachine machine : cluster.machines) {
        at(machine, () -> assertThat(sum(machine)).isEqualTo(1_001 + OBJECTS * (OBJECTS - 1) / 2));
      }
    }

    private static void add(Transaction tx, Ref<Item> item) {
      tx.put(item, new Item(tx.get(item).number() + 1));
    }
  }

  @Test
  void nobodyHearsOfWhatAReplicaReads() {
    for (long seed = 1; seed <= 5; seed++) {
      new Story(seed).run();
    }
  }
}
