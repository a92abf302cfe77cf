package io.hotpot.tools.demo;

import io.hotpot.store.ClusterFabric;
import io.hotpot.tools.ExitCode;
import io.hotpot.tools.Interruption;
import io.hotpot.tools.Json;
import io.hotpot.tools.NodeNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code hotpot demo}: the product's main job, on real input, killed several times. */
@Command(
    name = "demo",
    description = {
      "Store the JDK's own classes as objects, killed on the way.",
      "A child process stores the running JDK's classes as a graph of persistent objects and is"
          + " killed several times. Questions are then asked of what is in the store, and every"
          + " answer is compared with one computed from the class files. Exit code 1: an"
          + " acknowledged transaction was lost, or an answer differs."
    },
    footer = {
      "",
      "Examples:",
      "  hotpot demo                            everything, in about half a minute",
      "  hotpot demo --keep jdk-store           and leave the store there",
      "  hotpot demo --nodes 3                  on a cluster, whose owner is killed",
      "  hotpot demo --nodes 3 --fabric rdma    the same over RDMA",
      "  hotpot demo --modules java.xml --kills 1"
    })
public final class DemoCommand implements Callable<Integer> {

  /** Each object has three copies. */
  private static final int LEAST_NODES = 3;

  private static final int MOST_NODES = 8;

  @Option(
      names = "--keep",
      paramLabel = "<dir>",
      description =
          "a new folder for the store, which stays; by default a temporary one is removed at the end")
  @Nullable Path kept;

  @Option(
      names = "--modules",
      split = ",",
      paramLabel = "<module>",
      description = "the modules to take, by default all of them")
  List<String> modules = List.of();

  @Option(
      names = "--kills",
      paramLabel = "<n>",
      description = "how often to kill the child process (default: ${DEFAULT-VALUE})")
  int kills = 4;

  @Option(
      names = "--nodes",
      paramLabel = "<n>",
      description = "on a cluster of so many processes, 3 to 8, and kill the one that owns all")
  int nodes = 1;

  @Option(
      names = "--fabric",
      paramLabel = "<kind>",
      description =
          "by what the cluster's nodes speak: auto: RDMA if this machine has a device for it, else"
              + " TCP; rdma: nothing else; tcp (default: ${DEFAULT-VALUE})")
  ClusterFabric fabric = ClusterFabric.AUTO;

  @Option(names = "--json", description = "print what was measured as JSON, at the end")
  boolean json;

  @Spec CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  public DemoCommand() {}

  @Override
  public Integer call() throws IOException {
    checkArguments();
    if (nodes != 1) {
      return cluster();
    }
    AtomicReference<@Nullable LoaderProcess> child = new AtomicReference<>();
    try (Interruption interruption =
        Interruption.watch(
            () -> {
              LoaderProcess running = child.get();
              if (running != null) {
                running.kill();
              }
            })) {
      Path store = kept != null ? kept : Files.createTempDirectory("hotpot-demo-");
      try {
        Narrator narrator =
            new Narrator(spec.commandLine().getOut(), spec.commandLine().getErr(), json);
        Demonstration demonstration =
            new Demonstration(store, modules, narrator, interruption, child::set);
        boolean passed = demonstration.run(kills);
        if (kept != null) {
          narrator.whereToLook(kept);
        }
        if (json) {
          spec.commandLine().getOut().println(Json.of(demonstration.report()));
        }
        return passed ? ExitCode.OK : ExitCode.PROBLEM;
      } finally {
        if (kept == null) {
          delete(store);
        }
      }
    }
  }

  private int cluster() throws IOException {
    NodeNetwork network = NodeNetwork.of(fabric);
    try (ClusterProcesses processes = new ClusterProcesses();
        Interruption interruption = Interruption.watch(processes::end)) {
      Path directory = kept != null ? kept : Files.createTempDirectory("hotpot-demo-");
      Narrator narrator =
          new Narrator(spec.commandLine().getOut(), spec.commandLine().getErr(), json);
      try {
        ClusterDemonstration demonstration =
            new ClusterDemonstration(
                directory, nodes, network, modules, narrator, processes, interruption);
        boolean passed = demonstration.run();
        if (json) {
          spec.commandLine().getOut().println(Json.of(demonstration.report()));
        }
        return passed ? ExitCode.OK : ExitCode.PROBLEM;
      } finally {
        processes.end();
        if (kept == null) {
          delete(directory);
        }
      }
    }
  }

  private void checkArguments() throws IOException {
    if (nodes != 1 && (nodes < LEAST_NODES || nodes > MOST_NODES)) {
      throw wrong("option --nodes is " + nodes + ", expected " + LEAST_NODES + " to " + MOST_NODES);
    }
    List<String> known = ClassFiles.modules(List.of());
    for (String module : modules) {
      if (!known.contains(module)) {
        throw wrong("this JDK has no module '" + module + "'; it has " + known);
      }
    }
    if (kills < 0) {
      throw wrong("option --kills is " + kills + ", expected 0 or more");
    }
    if (kept == null || !Files.exists(kept)) {
      return;
    }
    if (!Files.isDirectory(kept)) {
      throw wrong(kept + " is a file; the demo needs a new folder");
    }
    try (Stream<Path> files = Files.list(kept)) {
      if (files.findAny().isPresent()) {
        throw wrong(kept + " is not empty; the demo begins with a new store");
      }
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
