package io.hotpot.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.dispatcher.DispatcherServer;
import io.hotpot.store.ClusterOptions;
import io.hotpot.store.ClusterSecurity;
import io.hotpot.store.Dataset;
import io.hotpot.store.DatasetOptions;
import io.hotpot.store.Hotpot;
import io.hotpot.store.Ref;
import io.hotpot.tools.Main;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands that look at objects and change them, given a cluster in place of a store. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ObjectsCommandsOnClusterTest {

  /** A value that the commands know by the cluster's schema alone. */
  public record Account(String owner, long cents) {}

  @TempDir Path directory;

  /** What a command prints; it must do what it is told. */
  private static List<String> run(String... arguments) throws IOException, InterruptedException {
    try (ChildProcess process = ChildProcess.start(Main.class, List.of(arguments))) {
      List<String> said = new ArrayList<>(process.toEnd());
      assertThat(process.exitValue()).as(String.join("\n", said)).isZero();
      return said;
    }
  }

  @Test
  void objectsAreReadAndChanged() throws IOException, InterruptedException {
    try (DispatcherServer dispatcher =
            DispatcherServer.start(
                DispatcherServer.Settings.alone(
                    "127.0.0.1", 0, directory.resolve("cd"), new ClusterSecurity.Plain(false)),
                event -> {});
        Hotpot node =
            Hotpot.join(
                dispatcher.uri(),
                ClusterOptions.withHeap(directory.resolve("node"))
                    .withStore(BankProcess.small()))) {
      Dataset accounts = node.dataset("accounts", DatasetOptions.defaults().withDegree(1));
      Ref<Account> ada = accounts.root("ada", () -> new Account("Ada", 5));
      String uri = dispatcher.uri();

      assertThat(run("ls", uri)).containsExactly("accounts");
      assertThat(run("roots", uri)).containsExactly("accounts/ada " + ada);
      List<String> got = run("get", uri, "accounts/ada", "--json");
      assertThat(got.getFirst()).contains("\"owner\":\"Ada\"", "\"cents\":5");
      String type = Account.class.getName().replace("$", "\\$");
      assertThat(got.getFirst()).containsPattern(type);
      String value = got.getFirst();
      value = value.substring(value.indexOf("\"value\":") + "\"value\":".length());
      value = value.substring(0, value.length() - 1).replace("\"cents\":5", "\"cents\":6");
      run("put", uri, ada.toString(), value);
      assertThat(accounts.<Account>read(tx -> tx.get(ada)).cents()).isEqualTo(6);
      run("rm", uri, "accounts/ada");
      Optional<Account> gone = accounts.read(tx -> tx.find(ada));
      assertThat(gone).isEmpty();

      String nodes = run("cluster", "--dispatcher", uri, "--json").getFirst();
      assertThat(nodes.split("\"incarnation\"", -1)).as("members: %s", nodes).hasSize(2);
    }
  }
}
