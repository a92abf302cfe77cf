package io.hotpot.tools.bench;

import io.hotpot.store.ClusterFabric;
import io.hotpot.tools.Json;
import io.hotpot.tools.NodeNetwork;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code hotpot bench}: every measure in its own JVM, in turn, several rounds, medians. */
@Command(
    name = "bench",
    description = {
      "Measure the store beside the limits of this machine, and beside other stores.",
      "Each measure runs in its own JVM; the rounds take turns; medians are printed."
    },
    mixinStandardHelpOptions = true)
public final class BenchCommand implements Callable<Integer> {

  private static final int FAILED = 1;
  private static final int FULL_SCALE = 20;
  private static final int QUICK_SCALE = 2;
  private static final int QUICK_PERCENT = 100 * QUICK_SCALE / FULL_SCALE;
  private static final int DEFAULT_ROUNDS = 3;
  private static final String ALL = "all";
  private static final String WORKLOADS = "ABCDEF";

  @Option(names = "--quick", description = "a tenth of the work, one round: only to see it run")
  boolean quick;

  @Option(names = "--rounds", description = "rounds (default: 3; quick: 1)")
  @Nullable Integer rounds;

  @Option(
      names = "--work",
      paramLabel = "<percent>",
      description = "how much to do in a measure, of what suits a quiet machine (default: 100)")
  int work = 100;

  @Option(
      names = "--dir",
      paramLabel = "<dir>",
      description = "where to measure; by default the temporary folder")
  @Nullable Path directory;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "<measure>",
      description = {
        "these only, of Hotpot and of the peers that have them: ${COMPLETION-CANDIDATES}"
      })
  List<Measure> only = List.of();

  @Option(
      names = "--peers",
      arity = "0..1",
      fallbackValue = ALL,
      paramLabel = "<name,...>",
      description = "measure other stores too: all, or those named (--peers=LMDB,RocksDB)")
  @Nullable String peers;

  @Option(
      names = "--ycsb",
      arity = "0..1",
      fallbackValue = "A-F",
      paramLabel = "<A-F>",
      description = "run YCSB's core workloads instead: all, or those given (A, ACF, B-D)")
  @Nullable String ycsb;

  @Option(
      names = "--cluster",
      arity = "0..1",
      fallbackValue = ALL,
      paramLabel = "<workload,...>",
      description = {
        "measure clusters of three nodes instead, with --peers of other stores: all workloads,",
        "or those given (--cluster=UPDATE,A)"
      })
  @Nullable String cluster;

  @Option(
      names = "--fabric",
      split = ",",
      paramLabel = "<kind>",
      description = {
        "clusters: by what Hotpot's own nodes speak: tcp (default), rdma, or auto, which is rdma",
        "where there is a device. --cluster --fabric=tcp,rdma compares both in one run: commits",
        "with one replica, and reads of another node's objects"
      })
  List<ClusterFabric> fabrics = List.of();

  @Option(
      names = "--faults",
      description = {
        "clusters: kill a node of Hotpot's own and let an empty one take its place, too; it is so",
        "with all workloads"
      })
  boolean faults;

  @Option(names = "--records", description = "YCSB: records (default: ${DEFAULT-VALUE})")
  int records = 100_000;

  @Option(names = "--operations", description = "YCSB: operations (default: ${DEFAULT-VALUE})")
  int operations = 500_000;

  @Option(names = "--threads", description = "YCSB: threads (default: ${DEFAULT-VALUE})")
  int threads = 2;

  @Option(names = "--json", description = "print JSON")
  boolean json;

  @Spec CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  public BenchCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (cluster != null && fabrics.size() > 1) {
      return inFolder(fabricMeasuring(cluster));
    }
    if (cluster != null) {
      return inFolder(clusterMeasuring(cluster));
    }
    if (!fabrics.isEmpty()) {
      throw wrongUsage("--fabric is about clusters: give --cluster too");
    }
    List<PeerKind> kinds = chosenPeers();
    String workloads = chosenWorkloads();
    return inFolder(
        (base, progress) ->
            workloads.isEmpty()
                ? measure(base, kinds, progress)
                : runYcsb(base, workloads, kinds, progress));
  }

  /** Measures in a folder, and says what failed. */
  @FunctionalInterface
  private interface Measuring {
    List<String> run(Path base, Progress progress) throws IOException, InterruptedException;
  }

  private int inFolder(Measuring measuring) throws IOException, InterruptedException {
    Path base =
        directory == null
            ? Files.createTempDirectory("hotpot-bench-")
            : Files.createDirectories(directory.resolve("hotpot-bench")).toAbsolutePath();
    Progress progress = new Progress(out(), !json);
    List<String> failures;
    try {
      failures = measuring.run(base, progress);
    } finally {
      progress.clear();
      ChildJvm.delete(base);
    }
    failures.forEach(failure -> spec.commandLine().getErr().println("hotpot: " + failure));
    return failures.isEmpty() ? 0 : FAILED;
  }

  private List<String> measure(Path base, List<PeerKind> kinds, Progress progress)
      throws IOException, InterruptedException {
    int count = roundCount();
    Results results = new Results(kinds);
    new MeasureRunner(base, quick ? QUICK_SCALE : Math.max(1, FULL_SCALE * work / 100))
        .run(
            count,
            measures(!kinds.isEmpty()),
            kinds,
            results,
            (round, subject, measure) ->
                progress.show(
                    "round "
                        + round
                        + " of "
                        + count
                        + ": "
                        + (measure.isShared() ? subject + ": " : "")
                        + measure.description));
    progress.clear();
    Report report = new Report(medium(base), results);
    if (json) {
      out().println(Json.of(report.toMap()));
    } else {
      report.print(out());
    }
    return results.failures();
  }

  private List<String> runYcsb(Path base, String workloads, List<PeerKind> kinds, Progress progress)
      throws IOException, InterruptedException {
    int divisor = quick ? FULL_SCALE / QUICK_SCALE : 1;
    YcsbRunner runner =
        new YcsbRunner(base, new YcsbRunner.Size(records / divisor, operations / divisor, threads));
    for (String workload : workloads.chars().mapToObj(Character::toString).toList()) {
      progress.show("workload " + workload + ": " + Subject.HOTPOT);
      runner.run(workload, Subject.HOTPOT, Map.of());
      for (PeerKind kind : kinds) {
        progress.show("workload " + workload + ": " + kind.name());
        runner.run(workload, kind.name(), kind.environment(false));
      }
    }
    progress.clear();
    if (json) {
      out().println(runner.toJson(medium(base)));
    } else {
      runner.print(out());
    }
    return runner.failures();
  }

  /** Hotpot's own cluster, if it is on the class path, and those peers that were asked for. */
  private Measuring clusterMeasuring(String names) {
    if (!ClusterNodes.canStart()) {
      throw wrongUsage("the nodes are not on the class path; ./hotpot bench puts them there");
    }
    checkAmounts();
    List<ClusterKind> known = ClusterKind.all();
    List<ClusterKind> kinds = new ArrayList<>(known.stream().filter(ClusterKind::isOwn).toList());
    if (peers != null) {
      List<ClusterKind> others = known.stream().filter(kind -> !kind.isOwn()).toList();
      kinds.addAll(chosen(peers, others, ClusterKind::name, "peer"));
    }
    List<ClusterWorkload> workloads =
        chosen(names, List.of(ClusterWorkload.values()), ClusterWorkload::name, "workload");
    int percent = quick ? QUICK_PERCENT : work;
    ClusterBench.Size size = ClusterBench.Size.of(roundCount(), percent);
    NodeNetwork network =
        fabrics.isEmpty() ? NodeNetwork.loopback() : NodeNetwork.of(fabrics.getFirst());
    return (base, progress) -> {
      ClusterResults results =
          new ClusterBench(base, network, size, faults || names.equals(ALL), progress)
              .run(kinds, workloads);
      progress.clear();
      ClusterReport report =
          new ClusterReport(medium(base) + ", Hotpot over " + network.shown(), results);
      if (json) {
        out().println(Json.of(report.toMap()));
      } else {
        report.print(out());
      }
      return results.failures();
    };
  }

  /** Compares fabrics; needs no peers. */
  private Measuring fabricMeasuring(String names) {
    checkAmounts();
    if (!names.equals(ALL) || peers != null || faults) {
      throw wrongUsage(
          "a comparison of fabrics has workloads of its own: --cluster --fabric=tcp,rdma");
    }
    if (fabrics.contains(ClusterFabric.AUTO) || Set.copyOf(fabrics).size() != fabrics.size()) {
      throw wrongUsage("fabrics that are compared are tcp and rdma, each once");
    }
    FabricBench.Size size = FabricBench.Size.of(roundCount(), quick ? QUICK_PERCENT : work);
    NodeNetwork network = NodeNetwork.of(ClusterFabric.RDMA);
    return (base, progress) -> {
      FabricResults results = new FabricBench(base, network, fabrics, size, progress).run();
      progress.clear();
      FabricReport report = new FabricReport(medium(base), results);
      if (json) {
        out().println(Json.of(report.toMap()));
      } else {
        report.print(out());
      }
      return List.of();
    };
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private static String medium(Path base) throws IOException {
    Path parent = Objects.requireNonNull(base.getParent());
    return Files.getFileStore(parent).type() + " at " + parent;
  }

  // ---- what was asked for

  private int roundCount() {
    return rounds == null ? (quick ? 1 : DEFAULT_ROUNDS) : rounds;
  }

  private void checkAmounts() {
    if (work < 1 || work > 100 || (rounds != null && rounds < 1)) {
      throw wrongUsage("--work is from 1 to 100, --rounds from 1 up");
    }
  }

  private List<Measure> measures(boolean withPeers) {
    checkAmounts();
    if (!only.isEmpty()) {
      return only;
    }
    return List.of(Measure.values()).stream()
        .filter(measure -> withPeers || !measure.isForPeers())
        .toList();
  }

  private List<PeerKind> chosenPeers() {
    if (peers == null) {
      return List.of();
    }
    List<PeerKind> known = PeerKind.all();
    if (known.isEmpty()) {
      throw wrongUsage(
          "the other stores are not on the class path; ./hotpot bench puts them there");
    }
    return chosen(peers, known, PeerKind::name, "peer");
  }

  /** Those of a list that are named, in the order of the names; or all. */
  private <T> List<T> chosen(String names, List<T> known, Function<T, String> nameOf, String what) {
    if (names.equals(ALL)) {
      return known;
    }
    List<T> chosen = new ArrayList<>();
    for (String name : names.split(",", -1)) {
      chosen.add(
          known.stream()
              .filter(one -> nameOf.apply(one).equalsIgnoreCase(name.strip()))
              .findFirst()
              .orElseThrow(
                  () ->
                      wrongUsage(
                          "no "
                              + what
                              + " is called '"
                              + name
                              + "'; there are "
                              + String.join(", ", known.stream().map(nameOf).toList()))));
    }
    return chosen;
  }

  /** The letters of the workloads; empty if YCSB was not asked for. */
  private String chosenWorkloads() {
    if (ycsb == null) {
      return "";
    }
    if (!YcsbRunner.isThere()) {
      throw wrongUsage("YCSB is not on the class path; ./hotpot bench puts it there");
    }
    if (records < QUICK_SCALE * FULL_SCALE || operations < FULL_SCALE || threads < 1) {
      throw wrongUsage("YCSB needs at least 40 records, 20 operations and a thread");
    }
    String text = ycsb.toUpperCase(Locale.ROOT).replace(",", "");
    if (text.matches("[A-F]-[A-F]") && text.charAt(0) <= text.charAt(2)) {
      return WORKLOADS.substring(
          WORKLOADS.indexOf(text.charAt(0)), WORKLOADS.indexOf(text.charAt(2)) + 1);
    }
    if (!text.matches("[A-F]+")) {
      throw wrongUsage("the workloads are A to F, not '" + ycsb + "'; such as A, ACF or B-D");
    }
    return text;
  }

  private ParameterException wrongUsage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
