package io.hotpot.tests;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.dispatcher.DispatcherServer;
import io.hotpot.store.ClusterSecurity;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The tutorials compile, run, and print what they say. */
@Timeout(120)
class ReadmeTest {

  /** Where the tutorial of the cluster has its dispatcher. */
  private static final String DISPATCHER = "hotpot://127.0.0.1:18500";

  @TempDir Path directory;

  @Test
  void theTutorialPrintsWhatItSays() throws IOException, InterruptedException {
    Tutorial tutorial = Tutorial.of("README.md");
    assertThat(tutorial.expected()).as("output shown in README.md").isNotEmpty();
    assertThat(tutorial.run(directory)).isEqualTo(tutorial.expected());
  }

  @Test
  void theTutorialOfTheClusterPrintsWhatItSays() throws IOException, InterruptedException {
    Tutorial page = Tutorial.of("docs/CLUSTER.md");
    assertThat(page.expected()).as("output shown in CLUSTER.md").isNotEmpty();
    assertThat(page.source()).contains(DISPATCHER);
    try (DispatcherServer dispatcher =
        DispatcherServer.start(
            DispatcherServer.Settings.alone(
                "127.0.0.1", 0, directory.resolve("cd"), new ClusterSecurity.Plain(false)),
            event -> {})) {
      Tutorial tutorial = page.with(source -> source.replace(DISPATCHER, dispatcher.uri()));
      assertThat(tutorial.run(directory)).isEqualTo(tutorial.expected());
    }
  }
}
