package io.hotpot.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.dispatcher.DispatcherServer;
import io.hotpot.store.ClusterFabric;
import io.hotpot.store.ClusterOptions;
import io.hotpot.store.ClusterSecurity;
import io.hotpot.store.CorruptException;
import io.hotpot.store.Dataset;
import io.hotpot.store.DatasetOptions;
import io.hotpot.store.Hotpot;
import io.hotpot.store.Ref;
import io.hotpot.tools.Main;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an operator asks of a cluster and does with it, by the commands; nodes are real. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OperatorCommandsTest {

  /** A value of the datasets. */
  public record Account(String owner, long cents) {}

  @TempDir Path directory;
  private DispatcherServer dispatcher;
  private final List<Hotpot> nodes = new ArrayList<>();

  @BeforeEach
  void startCluster() {
    dispatcher =
        DispatcherServer.start(
            DispatcherServer.Settings.alone(
                "127.0.0.1", 0, directory.resolve("cd"), new ClusterSecurity.Plain(false)),
            event -> {});
    for (int i = 1; i <= 3; i++) {
      nodes.add(
          Hotpot.join(
              dispatcher.uri(),
              ClusterOptions.withHeap(directory.resolve("node" + i))
                  .withFabric(i == 1 ? ClusterFabric.TCP : ClusterFabric.AUTO)
                  .withStore(BankProcess.small())));
    }
  }

  @AfterEach
  void stopCluster() {
    nodes.forEach(Hotpot::close);
    dispatcher.close();
  }

  private int id(int node) {
    return nodes.get(node).member().orElseThrow().nodeId();
  }

  /** What a command prints; it must end with that code. */
  private List<String> run(int exit, String... arguments) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--dispatcher", dispatcher.uri()));
    return end(exit, all);
  }

  private static List<String> end(int exit, List<String> all)
      throws IOException, InterruptedException {
    try (ChildProcess process = ChildProcess.start(Main.class, all)) {
      List<String> said = new ArrayList<>(process.toEnd());
      assertThat(process.exitValue()).as(String.join("\n", said)).isEqualTo(exit);
      return said;
    }
  }

  private Dataset accounts(int node, int degree) {
    return nodes.get(node).dataset("accounts", DatasetOptions.defaults().withDegree(degree));
  }

  @Test
  void aNodeIsDrainedAndWhatItOwnedIsThere() throws IOException, InterruptedException {
    Dataset accounts = accounts(0, 2);
    Ref<Account> ada = accounts.root("ada", () -> new Account("Ada", 5));
    Dataset others = nodes.get(1).dataset("others", DatasetOptions.defaults().withDegree(1));
    Ref<Account> bob = others.root("bob", () -> new Account("Bob", 6));

    List<String> said = run(0, "drain", Integer.toString(id(0)));

    assertThat(said).hasSize(2);
    assertThat(said.getFirst())
        .matches("partition 1 +accounts +node " + id(0) + " -> \\d   not served for [\\d,]+ ms");
    assertThat(said.getLast()).isEqualTo("node " + id(0) + " owns nothing any more");
    accounts.run(tx -> tx.update(ada, a -> new Account(a.owner(), a.cents() + 1)));
    assertThat(nodes.get(2).dataset("accounts").<Account>read(tx -> tx.get(ada)).cents())
        .isEqualTo(6);
    String cluster = run(0, "cluster", "--json").getFirst();
    assertThat(cluster)
        .contains("\"dataset\":\"accounts\"", "\"ownerIs\":\"OWNER\"", "\"leaseRenewedMsAgo\"");
    assertThat(run(0, "drain", Integer.toString(id(0))))
        .containsExactly("node " + id(0) + " owns nothing");

    List<String> stays = run(1, "drain", Integer.toString(id(1)));
    assertThat(stays)
        .anyMatch(line -> line.matches("stays: partition 2 of 'others' has no copy in step .*"));
    assertThat(stays.getLast()).isEqualTo("node " + id(1) + " still owns 1 partitions");
    assertThat(others.<Account>read(tx -> tx.get(bob)).cents()).isEqualTo(6);
  }

  @Test
  void itIsShownWhatCarriesTheSessionsAndWhy() throws IOException, InterruptedException {
    String reason = "only TCP is wanted (fabric=tcp)";
    assertThat(run(0, "cluster"))
        .anyMatch(
            line ->
                line.strip()
                    .matches(
                        id(0) + " +" + id(1) + "," + id(2) + " +TCP +" + Pattern.quote(reason)));
    assertThat(run(0, "cluster", "--json").getFirst())
        .contains(
            "\"sessions\":[{\"node\":" + id(1) + ",\"by\":\"tcp\",\"reason\":\"" + reason + "\"}");
  }

  @Test
  void aPartitionIsMigratedToANodeInStepOnly() throws IOException, InterruptedException {
    Dataset accounts = accounts(0, 3);
    accounts.root("ada", () -> new Account("Ada", 5));

    assertThat(run(0, "migrate", "1", Integer.toString(id(2))).getFirst())
        .matches("partition 1 +accounts +node \\d -> " + id(2) + "   not served for [\\d,]+ ms");
    assertThat(run(1, "migrate", "1", Integer.toString(id(2))).getFirst())
        .contains("owns partition 1 already");
    assertThat(run(1, "migrate", "9", Integer.toString(id(2))).getFirst())
        .contains("there is no partition 9");
    assertThat(run(1, "migrate", "1", "77").getFirst()).contains("there is no node 77");
    assertThat(accounts.<Account>read(tx -> tx.get(tx.<Account>root("ada").orElseThrow())).cents())
        .isEqualTo(5);
  }

  @Test
  void countersAreThoseOfEachNodeAndOfAll() throws IOException, InterruptedException {
    Dataset accounts = accounts(0, 2);
    Ref<Account> ada = accounts.root("ada", () -> new Account("Ada", 5));
    Dataset there = nodes.get(2).dataset("accounts");
    there.run(tx -> tx.update(ada, a -> new Account(a.owner(), 7)));

    List<String> said = run(0, "events");

    assertThat(said.getFirst()).matches("since each node began +node \\d +node \\d +node \\d +all");
    assertThat(said)
        .anyMatch(line -> line.matches(" +fetchesSent +0 +0 +[\\d,]+ +[\\d,]+"))
        .anyMatch(line -> line.matches(" +commitsOfOneOwner( +[\\d,]+){4}"))
        .anyMatch(line -> line.matches(" +Append( +[\\d,]+){4}"));
    List<String> watched = run(0, "events", "--watch", "0.1", "--times", "3", "--json");
    assertThat(watched).hasSize(3).allMatch(line -> line.contains("\"sum\":{\"commits\":"));
    assertThat(watched.getFirst()).contains("\"seconds\":0.0");
    assertThat(sum(watched.getFirst())).contains("\"fetchesSent\":1,", "\"copiesInstalled\":1,");
    assertThat(sum(watched.getLast())).contains("\"fetchesSent\":0,", "\"copiesInstalled\":0,");
  }

  @Test
  void aRunningClusterIsCheckedAndWhatRotsIsHealed() throws Exception {
    Dataset accounts = accounts(0, 2);
    String name = "an owner whose name occurs in no other place";
    Ref<Account> ada = accounts.root("ada", () -> new Account(name, 5));

    List<String> sound = check(0);
    assertThat(sound).hasSize(3).allMatch(line -> line.matches(SOUND));
    assertThat(sound.getFirst()).startsWith("node " + id(0) + ": 1 partition, ");

    assertThat(HeapFiles.rot(directory.resolve("node1"), name)).isPositive();
    List<String> healed = check(0, "--node", Integer.toString(id(0)));
    assertThat(healed).hasSize(2);
    assertThat(healed.getFirst())
        .startsWith("healed: node " + id(0) + ", partition 1 of 'accounts', chunk ");
    assertThat(healed.getLast())
        .matches(
            "node " + id(0) + ": 1 partition, [\\d,]+ bytes sound; 1 places healed, 0 damaged");
    assertThat(check(0)).hasSize(3).allMatch(line -> line.matches(SOUND));

    int rotten = 0;
    for (int i = 1; i <= 3; i++) {
      rotten += HeapFiles.rot(directory.resolve("node" + i), name);
    }
    assertThat(rotten).as("both copies").isEqualTo(2);
    String damaged = check(1, "--json").getFirst();
    assertThat(damaged)
        .contains("\"sound\":false", "\"healed\":false", "\"in\":\"partition 1 of 'accounts'\"");
    assertThat(damaged.split("\"healed\":false", -1)).hasSize(3);
    assertThatThrownBy(() -> nodes.get(2).dataset("accounts").read(tx -> tx.get(ada)))
        .isInstanceOf(CorruptException.class);

    assertThat(check(1, "--node", "77").getFirst()).contains("there is no node 77");
    assertThat(check(2, "--unreachable").getFirst()).contains("--unreachable");
  }

  private static final String SOUND =
      "node \\d: [01] partitions?, [\\d,]+ bytes sound: every checksum holds";

  private List<String> check(int exit, String... more) throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of("check", dispatcher.uri()));
    arguments.addAll(List.of(more));
    return end(exit, arguments);
  }

  private static String sum(String line) {
    return line.substring(line.indexOf("\"sum\":"));
  }

  @Test
  void aNodesLogLevelAndPolicyAreChangedWhileItRuns() throws IOException, InterruptedException {
    String node = Integer.toString(id(1));

    assertThat(run(0, "log-level", node, "debug"))
        .containsExactly("node " + node + ": the log level is DEBUG");
    assertThat(run(0, "log-level", node, "info")).hasSize(1);
    assertThat(run(0, "migration", "on"))
        .containsExactly(
            "node 1: migration by policy is on",
            "node 2: migration by policy is on",
            "node 3: migration by policy is on");
    assertThat(run(1, "migration", "off", "9").getFirst())
        .isEqualTo("not done: there is no node 9 in the cluster; it has 1, 2, 3");
    assertThat(run(2, "log-level", node, "loud").getFirst()).contains("loud");
  }
}
