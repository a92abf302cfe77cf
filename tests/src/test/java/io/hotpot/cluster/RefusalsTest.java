package io.hotpot.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.dispatcher.DispatcherServer;
import io.hotpot.store.ClusterSecurity;
import io.hotpot.store.Hotpot;
import io.hotpot.tools.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What cannot be said yes to is refused in a sentence, and never with a stack trace. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RefusalsTest {

  private static final String SECRET = "a secret that nobody guesses";

  @TempDir Path directory;

  private DispatcherServer dispatcher(String name, ClusterSecurity security) {
    return DispatcherServer.start(
        DispatcherServer.Settings.alone("127.0.0.1", 0, directory.resolve(name), security),
        event -> {});
  }

  private DispatcherServer dispatcher(String name) {
    return dispatcher(name, new ClusterSecurity.Plain(false));
  }

  private String inDirectory(String name) {
    return directory.resolve(name).toString();
  }

  /** The one line that a command says before it ends, because it cannot do what it is told. */
  private static String refusal(int exit, String... arguments)
      throws IOException, InterruptedException {
    try (ChildProcess process = ChildProcess.start(Main.class, List.of(arguments))) {
      List<String> said = process.toEnd();
      List<String> errors = said.stream().filter(line -> line.startsWith("hotpot: ")).toList();
      assertThat(errors).as(String.join("\n", said)).hasSize(1);
      assertThat(said).noneMatch(line -> line.startsWith("\tat ") || line.contains("SLF4J"));
      assertThat(process.exitValue()).isEqualTo(exit);
      return errors.getFirst();
    }
  }

  @Test
  void twoDispatchersOnOnePortOrInOneDirectory() throws IOException, InterruptedException {
    try (DispatcherServer running = dispatcher("cd")) {
      String port = Integer.toString(running.address().port());
      assertThat(refusal(3, "dispatcher", "--listen", port, "--dir", inDirectory("other")))
          .contains("127.0.0.1:" + port, "in use");
      assertThat(refusal(3, "dispatcher", "--listen", "0", "--dir", inDirectory("cd")))
          .contains("another dispatcher runs with the directory");
    }
  }

  @Test
  void aDispatcherThatOthersReachWithoutProof() throws IOException, InterruptedException {
    assertThat(refusal(3, "dispatcher", "--listen", "0.0.0.0:0", "--dir", inDirectory("cd")))
        .contains("without any proof");
  }

  @Test
  void noDispatcherThere() throws IOException, InterruptedException {
    String port;
    try (DispatcherServer gone = dispatcher("cd")) {
      port = Integer.toString(gone.address().port());
    }
    assertThat(refusal(3, "cluster", "--dispatcher", "127.0.0.1:" + port))
        .contains("no dispatcher answers at 127.0.0.1:" + port, "hotpot dispatcher");
  }

  @Test
  void aWrongSecret() throws IOException, InterruptedException {
    try (DispatcherServer running = dispatcher("cd", new ClusterSecurity.Secret(SECRET))) {
      Path wrong = Files.writeString(directory.resolve("wrong"), SECRET + "!\n");
      assertThat(
              refusal(
                  3, "cluster", "--dispatcher", running.uri(), "--secret-file", wrong.toString()))
          .contains("secret");
      assertThat(refusal(3, "cluster", "--dispatcher", running.uri())).contains("security");
      Path right = Files.writeString(directory.resolve("right"), SECRET + "\n");
      try (ChildProcess asking =
          ChildProcess.start(
              Main.class,
              List.of(
                  "cluster",
                  "--json",
                  "--dispatcher",
                  running.uri(),
                  "--secret-file",
                  right.toString()))) {
        assertThat(asking.await("{\"cluster\":")).contains("\"nodes\":[]");
      }
    }
  }

  @Test
  void aHeapOfAnotherCluster() throws IOException, InterruptedException {
    try (DispatcherServer one = dispatcher("cd1");
        DispatcherServer two = dispatcher("cd2")) {
      for (DispatcherServer each : List.of(one, two)) {
        String heap = inDirectory(each == one ? "node1" : "node2");
        try (ChildProcess node =
            ChildProcess.start(
                Main.class,
                List.of("node", "--dispatcher", each.uri(), "--heap", heap, "--size", "64m"))) {
          node.await("hotpot: node ");
          node.terminate();
          assertThat(node.toEnd()).anyMatch(line -> line.endsWith("closed in order"));
          assertThat(node.exitValue()).isEqualTo(143);
        }
      }
      assertThat(refusal(3, "node", "--dispatcher", two.uri(), "--heap", inDirectory("node1")))
          .contains("the cluster refuses this node", "the heap belongs to");
    }
  }

  @Test
  void aDeviceThatIsNone() throws IOException, InterruptedException {
    try (DispatcherServer running = dispatcher("cd")) {
      assertThat(
              refusal(
                  3,
                  "node",
                  "--dispatcher",
                  running.uri(),
                  "--heap",
                  inDirectory("node"),
                  "--device",
                  "/dev/null"))
          .contains("option device is /dev/null, ");
      assertThat(directory.resolve("node")).isEmptyDirectory();
    }
  }

  @Test
  void anEmbeddedStoreInAClusterThatHasAnother() throws IOException, InterruptedException {
    Hotpot.open(directory.resolve("embedded")).close();
    try (DispatcherServer running = dispatcher("cd")) {
      try (ChildProcess node =
          ChildProcess.start(
              Main.class,
              List.of(
                  "node",
                  "--dispatcher",
                  running.uri(),
                  "--heap",
                  inDirectory("node"),
                  "--size",
                  "64m"))) {
        node.await("hotpot: node ");
        assertThat(
                refusal(
                    3, "node", "--dispatcher", running.uri(), "--heap", inDirectory("embedded")))
            .contains("the heap belongs to");
      }
    }
  }
}
