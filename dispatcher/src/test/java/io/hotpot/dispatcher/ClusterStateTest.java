package io.hotpot.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.replication.Configuration.NodeStatus;
import io.hotpot.replication.Configuration.PartitionStatus;
import io.hotpot.replication.Fabric;
import io.hotpot.replication.MembershipMessage.Held;
import io.hotpot.replication.MembershipMessage.Setting;
import io.hotpot.store.CorruptException;
import io.hotpot.store.TransactionMode;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ClusterStateTest {

  private final TestCluster cluster = new TestCluster();

  private static String reason(Result result) {
    return ((Result.Refused) result).reason();
  }

  private static Held whole(int partition, int epoch, long tail) {
    return new Held(partition, epoch, epoch, tail, false, true);
  }

  @Test
  void aNodeJoinsAndComesBackInALaterIncarnation() {
    assertThat(cluster.apply(TestCluster.join(0, 1))).isEqualTo(new Result.Joined(1, 1, 0xC1));
    assertThat(reason(cluster.apply(TestCluster.join(1, 1)))).contains("still a member");
    cluster.exclude(1);
    assertThat(cluster.node(1).status()).isEqualTo(NodeStatus.EXCLUDED);
    assertThat(cluster.apply(TestCluster.join(1, 1))).isEqualTo(new Result.Joined(1, 2, 0xC1));
    assertThat(reason(cluster.apply(TestCluster.join(9, 1)))).contains("no node 9");
  }

  @Test
  void aDifferentSettingIsNamed() {
    cluster.nodes(1);
    Command.Join other =
        new Command.Join(
            0,
            0,
            1,
            new Fabric.Address("a", 1),
            1,
            List.of(new Setting("chunk bytes", "1")),
            List.of());
    assertThat(reason(cluster.apply(other))).startsWith("chunk bytes: ").contains("4194304");
    Command.Join foreign =
        new Command.Join(0, 5, 1, new Fabric.Address("a", 1), 1, List.of(), List.of());
    assertThat(reason(cluster.apply(foreign))).startsWith("cluster id: ");
  }

  @Test
  void whatADeposedLeaderJudgedDiesWithIt() {
    cluster.nodes(1);
    cluster.term = 2;
    Result result = cluster.apply(new Command.Exclude(List.of(cluster.peer(1)), 1));
    assertThat(reason(result)).contains("term 1");
    assertThat(cluster.node(1).status()).isEqualTo(NodeStatus.MEMBER);
  }

  @Test
  void theMemberThatOwnsLeastFollowsAnExcludedOwner() {
    cluster.nodes(3);
    cluster.serving(3, 1, 2, 3);
    cluster.serving(3, 2, 1, 3);
    cluster.exclude(1);
    assertThat(cluster.partition(1).owner()).isEqualTo(3);
    assertThat(cluster.partition(1).epoch()).isEqualTo(2);
    assertThat(cluster.partition(1).inSync()).containsExactly(2, 3);
    assertThat(cluster.partition(2).epoch()).isEqualTo(1);
    assertThat(cluster.partition(2).revision()).isEqualTo(1);
  }

  @Test
  void aSetOfWhichNobodyRemainsWaitsForAllOfThem() {
    cluster.nodes(2);
    cluster.serving(2, 1, 2);
    cluster.exclude(1, 2);
    assertThat(cluster.partition(1).status()).isEqualTo(PartitionStatus.WAITING);
    assertThat(cluster.partition(1).inSync()).containsExactly(1, 2);
    cluster.apply(TestCluster.join(1, 1, whole(1, 1, 100)));
    assertThat(cluster.partition(1).status()).isEqualTo(PartitionStatus.WAITING);
    cluster.apply(TestCluster.join(2, 1, whole(1, 1, 200)));
    assertThat(cluster.partition(1).status()).isEqualTo(PartitionStatus.SERVING);
    assertThat(cluster.partition(1).owner()).isEqualTo(2);
    assertThat(cluster.partition(1).inSync()).containsExactly(1, 2);
    assertThat(cluster.partition(1).epoch()).isEqualTo(2);
  }

  @Test
  void oneThatLostSomethingLearnsAnewHoweverLongItsLogIs() {
    cluster.nodes(2);
    cluster.serving(2, 1, 2);
    cluster.exclude(1, 2);
    cluster.apply(TestCluster.join(2, 1, new Held(1, 1, 1, 900, false, false)));
    cluster.apply(TestCluster.join(1, 1, whole(1, 1, 100)));
    assertThat(cluster.partition(1).owner()).isEqualTo(1);
    assertThat(cluster.partition(1).inSync()).containsExactly(1);
    assertThat(cluster.partition(1).learners()).containsExactly(2);
  }

  @Test
  void afterTheWaitTheMinimumIsEnoughAndFewerIsNot() {
    cluster.nodes(3);
    cluster.serving(3, 1, 2, 3);
    cluster.exclude(1, 2, 3);
    cluster.apply(TestCluster.join(1, 1, whole(1, 1, 100)));
    assertThat(reason(cluster.apply(new Command.Elect(1, 1)))).contains("1 hold", "2 are needed");
    cluster.apply(TestCluster.join(3, 1, whole(1, 1, 50)));
    assertThat(cluster.apply(new Command.Elect(1, 1))).isInstanceOf(Result.Accepted.class);
    assertThat(cluster.partition(1).owner()).isEqualTo(1);
    assertThat(cluster.partition(1).inSync()).containsExactly(1, 3);
  }

  @Test
  void lossIsAcceptedByHandOnly() {
    cluster.nodes(2);
    cluster.serving(2, 1, 2);
    cluster.exclude(1, 2);
    assertThat(reason(cluster.apply(new Command.AcceptLoss(1, 2)))).contains("not back");
    cluster.apply(TestCluster.join(2, 1, whole(1, 1, 10)));
    cluster.apply(new Command.AcceptLoss(1, 2));
    assertThat(cluster.partition(1).owner()).isEqualTo(2);
  }

  @Test
  void aPartitionNeedsItsDegreeAndIsMadeOnce() {
    cluster.nodes(2);
    cluster.apply(new Command.CreateDataset("d", TransactionMode.MRSW, 3, 0));
    Command create = new Command.CreatePartition(1, 1, List.of(1, 2));
    assertThat(reason(cluster.apply(create))).contains("wants 3", "the cluster has 2");
    cluster.nodes(1);
    Command enough = new Command.CreatePartition(1, 1, List.of(1, 2, 3));
    assertThat(((Result.Accepted) cluster.apply(enough)).id()).isEqualTo(1);
    assertThat(((Result.Accepted) cluster.apply(enough)).id()).isEqualTo(1);
    assertThat(cluster.state.configuration().datasets().get(1).home()).isEqualTo(1);
    assertThat(cluster.state.configuration().datasets().get(1).minimum()).isEqualTo(2);
  }

  @Test
  void setsChangeOnlyAgainstThePresentEpochAndRevision() {
    cluster.nodes(3);
    cluster.serving(2, 1, 2);
    Command add = new Command.ChangeReplicas(cluster.peer(1), 1, 1, 0, List.of(1, 2), List.of(3));
    assertThat(cluster.apply(add)).isInstanceOf(Result.Accepted.class);
    assertThat(reason(cluster.apply(add))).startsWith("stale");
    Command skip =
        new Command.ChangeReplicas(cluster.peer(2), 1, 1, 1, List.of(1, 2, 3), List.of());
    assertThat(reason(cluster.apply(skip))).contains("does not own");
    Command inStep =
        new Command.ChangeReplicas(cluster.peer(1), 1, 1, 1, List.of(1, 2, 3), List.of());
    assertThat(cluster.apply(inStep)).isInstanceOf(Result.Accepted.class);
    Command migrate = new Command.Migrate(cluster.peer(1), 1, 1, 2, 3);
    assertThat(cluster.apply(migrate)).isInstanceOf(Result.Accepted.class);
    assertThat(cluster.partition(1).owner()).isEqualTo(3);
    assertThat(reason(cluster.apply(migrate))).startsWith("stale");
  }

  @Test
  void aDroppedDatasetGoesWithItsLastPartition() {
    cluster.nodes(2);
    cluster.serving(2, 1, 2);
    cluster.apply(new Command.DropDataset(1));
    assertThat(cluster.partition(1).status()).isEqualTo(PartitionStatus.DROPPED);
    assertThat(cluster.partition(1).epoch()).isEqualTo(2);
    cluster.apply(new Command.CreateDataset("d1", TransactionMode.MRMW, 1, 0));
    cluster.apply(new Command.PartitionReleased(cluster.peer(1), 1));
    assertThat(cluster.state.configuration().datasets()).containsOnlyKeys(2);
    assertThat(reason(cluster.apply(new Command.DropDataset(1)))).contains("no dataset 1");
  }

  @Test
  void equalSchemasHaveOneNumber() {
    assertThat(((Result.Accepted) cluster.apply(new Command.RegisterSchema(new byte[] {1}))).id())
        .isEqualTo(1);
    assertThat(((Result.Accepted) cluster.apply(new Command.RegisterSchema(new byte[] {2}))).id())
        .isEqualTo(2);
    assertThat(((Result.Accepted) cluster.apply(new Command.RegisterSchema(new byte[] {1}))).id())
        .isEqualTo(1);
  }

  @Test
  void aBarrierLetsARoundGoAndKnowsThoseThatAskAgain() {
    cluster.nodes(2);
    cluster.apply(new Command.Arrive(cluster.peer(1), 7, "b", 2));
    cluster.apply(new Command.Arrive(cluster.peer(1), 7, "b", 2));
    assertThat(cluster.state.barriers().get("b").released()).isEmpty();
    cluster.apply(new Command.Arrive(cluster.peer(2), 1, "b", 2));
    assertThat(cluster.state.barriers().get("b").released()).hasSize(2);
    cluster.apply(new Command.Arrive(cluster.peer(1), 7, "b", 2));
    assertThat(cluster.state.barriers().get("b").arrived()).isEmpty();
  }

  @Test
  void whoWaitsNoLongerAtABarrierHasNotArrived() {
    cluster.nodes(3);
    cluster.apply(new Command.Arrive(cluster.peer(1), 7, "b", 2));
    assertThat(withdraw(1, 7)).isZero();
    cluster.apply(new Command.Arrive(cluster.peer(1), 7, "b", 2));
    assertThat(cluster.state.barriers().get("b").arrived()).as("it comes too late").isEmpty();
    cluster.apply(new Command.Arrive(cluster.peer(2), 1, "b", 3));
    cluster.apply(new Command.Arrive(cluster.peer(2), 2, "b", 3));
    assertThat(withdraw(2, 1)).isZero();
    assertThat(withdraw(2, 1)).isZero();
    cluster.apply(new Command.Arrive(cluster.peer(3), 1, "b", 3));
    assertThat(cluster.state.barriers().get("b").arrived()).hasSize(2);
    cluster.apply(new Command.Arrive(cluster.peer(1), 8, "b", 3));
    assertThat(cluster.state.barriers().get("b").arrived()).isEmpty();
    assertThat(withdraw(2, 2)).as("it was let go before").isEqualTo(1);
    assertThat(withdraw(2, 1)).isZero();
  }

  private int withdraw(int node, long request) {
    return ((Result.Accepted) cluster.apply(new Command.Withdraw(cluster.peer(node), request, "b")))
        .id();
  }

  @Test
  void whoAsksAgainAfterLaterRoundsHasNotArrivedAnew() {
    cluster.nodes(2);
    for (int i = 0; i < 3; i++) {
      cluster.apply(new Command.Arrive(cluster.peer(1), i, "b", 2));
      cluster.apply(new Command.Arrive(cluster.peer(2), i, "b", 2));
    }
    cluster.apply(new Command.Arrive(cluster.peer(1), 0, "b", 2));
    assertThat(cluster.state.barriers().get("b").arrived()).isEmpty();
    for (int i = 3; i < 3 + ClusterState.MAX_REMEMBERED; i++) {
      cluster.apply(new Command.Arrive(cluster.peer(1), i, "b", 1));
    }
    assertThat(cluster.state.barriers().get("b").released()).hasSize(ClusterState.MAX_REMEMBERED);
  }

  @Test
  void anArrivalEndsWithItsIncarnation() {
    cluster.nodes(2);
    cluster.apply(new Command.Arrive(cluster.peer(1), 1, "b", 2));
    cluster.apply(new Command.Exclude(List.of(cluster.peer(1)), 1));
    cluster.apply(new Command.Arrive(cluster.peer(2), 1, "b", 2));
    assertThat(cluster.state.barriers().get("b").released()).isEmpty();
    assertThat(cluster.state.barriers().get("b").arrived()).hasSize(1);
  }

  /** The bytes on the medium do not change without somebody noticing. */
  @Test
  void bytesAreAsTheyWere() {
    assertThat(HexFormat.of().formatHex(CommandFormat.write(new Command.Elect(258, 3))))
        .isEqualTo("0d0000010200000003");
    assertThat(
            HexFormat.of()
                .formatHex(
                    CommandFormat.write(
                        new Command.CreateDataset("d", TransactionMode.MRSW, 3, 2))))
        .isEqualTo("040000000164010000000300000002");
    cluster.nodes(1);
    cluster.serving(1, 1);
    assertThat(HexFormat.of().formatHex(StateFormat.write(cluster.state))).isEqualTo(GOLDEN);
  }

  private static final String GOLDEN =
      "01000000000000000400000000000000c10000000200000002000000020000000200000001000000"
          + "010000000b6368756e6b206279746573000000073431393433303400000001000000010000000100"
          + "000005686f7374300000484400000000400000000000000001000000010000000264310000000001"
          + "00000001000000010000000001000000010000000100000001000000000000000100000001000000"
          + "010000000001000000000000000000000000";

  @Test
  void badBytesAreRefused() {
    randomCommands(new Random(5), 200);
    byte[] good = StateFormat.write(cluster.state);
    Random random = new Random(6);
    for (int i = 0; i < 5_000; i++) {
      byte[] bad = java.util.Arrays.copyOf(good, random.nextInt(good.length + 8));
      if (bad.length > 0) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
      }
      readOrRefuse(bad);
    }
    assertThatThrownBy(() -> CommandFormat.read(new byte[] {99}))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("tag 99");
  }

  private static void readOrRefuse(byte[] bytes) {
    try {
      StateFormat.read(bytes);
    } catch (CorruptException expected) {
      assertThat(expected).hasMessageContaining("snapshot");
    }
    try {
      CommandFormat.read(bytes);
    } catch (CorruptException expected) {
      assertThat(expected).hasMessageContaining("dispatcher's log");
    }
  }

  @Test
  void anyCommandsKeepTheInvariantsAndReplayToEqualBytes() {
    for (int seed = 0; seed < 200; seed++) {
      cluster.state = ClusterState.empty();
      List<Command> commands = randomCommands(new Random(seed), 150);
      ClusterState replayed = ClusterState.empty();
      for (Command command : commands) {
        replayed = replayed.apply(command, cluster.term).state();
      }
      byte[] bytes = StateFormat.write(cluster.state);
      assertThat(StateFormat.write(replayed)).isEqualTo(bytes);
      assertThat(StateFormat.read(bytes)).isEqualTo(cluster.state);
    }
  }

  private List<Command> randomCommands(Random random, int count) {
    List<Command> commands = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Command command = RandomCommands.next(random, cluster.state, cluster.term);
      commands.add(command);
      cluster.apply(command);
    }
    return commands;
  }
}
