package io.hotpot.tools;

import io.hotpot.dispatcher.ClusterVisit;
import io.hotpot.store.CorruptException;
import io.hotpot.store.Damage;
import io.hotpot.store.Dataset;
import io.hotpot.store.Hotpot;
import io.hotpot.store.HotpotException;
import io.hotpot.store.ObjectNotFound;
import io.hotpot.store.Ref;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code hotpot check}: verifies a store. Changes nothing unless told to accept damage. */
@Command(
    name = "check",
    description = {
      "Verify a store, or the nodes of a running cluster; the exit code tells.",
      "That is: the checksum of every batch of its logs; that every object in every dataset can be"
          + " found, passes its own checksum and can be decoded; that every root names an object."
          + " Damage is reported by dataset, object and place. Changes nothing.",
      "Of a cluster (hotpot://host:port) each node verifies the checksums of all logs that it holds, in"
          + " the background and at half a processor, while it goes on serving; what another node has"
          + " sound bytes of is healed, and said."
    },
    footer = {
      "",
      "Examples:",
      "  hotpot check bank && hotpot backup bank /mnt/backup/bank",
      "  hotpot check bank --unreachable        what no root leads to: forgotten, or deleted by halves",
      "  hotpot check hotpot://127.0.0.1        a running cluster",
      "  hotpot check hotpot://127.0.0.1 --node 2"
    })
final class CheckCommand implements Callable<Integer> {

  @Mixin StoreArgument store;

  @Mixin VisitorOptions visitor;

  @Option(
      names = "--node",
      paramLabel = "<id>",
      description = "of a cluster, this node only; 'hotpot cluster' shows its id")
  int node;

  @Option(
      names = "--accept-damage",
      description = {
        "serve again what may have had a newer version in a damaged place, then check;"
            + " restore a backup instead if you have one"
      })
  boolean acceptDamage;

  @Option(
      names = "--unreachable",
      description = "list the objects that no root leads to, instead of checking")
  boolean unreachable;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  CheckCommand() {}

  /** What was found, so far. */
  private static final class Findings {
    final Set<Damage> damages = new LinkedHashSet<>();
    final List<String> problems = new ArrayList<>();
    final Map<Integer, String> datasets = new TreeMap<>();
    List<String> accepted = List.of();
    long objects;
    boolean clean = true;

    boolean isSound() {
      return damages.isEmpty() && problems.isEmpty();
    }
  }

  @Override
  public Integer call() throws InterruptedException {
    if (store.isCluster()) {
      return checkCluster();
    }
    if (node != 0) {
      throw new Failure(ExitCode.USAGE, "--node is for a cluster: hotpot://host:port");
    }
    if (unreachable) {
      return listUnreachable();
    }
    Findings findings = new Findings();
    try (Interruption interruption = Interruption.watch()) {
      if (acceptDamage) {
        try (Hotpot hotpot = store.openForWriting()) {
          findings.accepted = hotpot.acceptDamage();
        }
      }
      try (Hotpot hotpot = store.openQuietly()) {
        check(hotpot, findings, interruption);
      }
    } catch (CorruptException e) {
      // So much is damaged that it cannot even be opened.
      findings.problems.add(String.valueOf(e.getMessage()));
    }
    if (store.json) {
      printJson(findings);
    } else {
      print(findings);
    }
    return findings.isSound() ? ExitCode.OK : ExitCode.PROBLEM;
  }

  private int checkCluster() throws InterruptedException {
    if (unreachable || acceptDamage) {
      throw new Failure(
          ExitCode.USAGE,
          "of a cluster the checksums are verified; give a directory for "
              + (unreachable ? "--unreachable" : "--accept-damage"));
    }
    try (ClusterVisit visit = visitor.visit(store.dispatcher());
        Interruption interruption = Interruption.watch()) {
      ClusterCheck check = new ClusterCheck(visit);
      try (ProgressLine line = store.progress("checksums", "chunks")) {
        check.run(node, line, interruption);
      }
      if (store.json) {
        store.out().println(Json.of(check.toMap()));
      } else {
        check.lines().forEach(store.out()::println);
      }
      return check.isSound() ? ExitCode.OK : ExitCode.PROBLEM;
    }
  }

  private void check(Hotpot hotpot, Findings findings, Interruption interruption) {
    findings.clean = hotpot.recovery().clean();
    findings.datasets.put(0, "the catalog");
    long objects = 0;
    for (Dataset dataset : hotpot.datasets()) {
      findings.datasets.put(dataset.stats().partition(), "dataset " + dataset.name());
      objects += dataset.stats().objects();
    }
    findings.damages.addAll(hotpot.recovery().damages());
    try (ProgressLine line = store.progress("checksums", "chunks")) {
      findings.damages.addAll(
          hotpot.check(
              (done, total) -> {
                line.report(done, total);
                interruption.check("the store was not checked to the end");
              }));
    }
    try (ProgressLine line = store.progress("objects", "objects")) {
      for (Dataset dataset : hotpot.datasets()) {
        long before = findings.objects;
        for (Ref<?> ref : dataset.refs()) {
          read(hotpot, dataset, ref, findings);
          line.report(findings.objects, Math.max(objects, findings.objects));
          interruption.check("the store was not checked to the end");
        }
        long found = findings.objects - before;
        if (found != dataset.stats().objects()) {
          findings.problems.add(
              String.format(
                  Locale.ROOT,
                  "dataset %s: %,d objects are counted, %,d are there",
                  dataset.name(),
                  dataset.stats().objects(),
                  found));
        }
        checkRoots(hotpot, dataset, findings);
      }
    }
  }

  private static void read(Hotpot hotpot, Dataset dataset, Ref<?> ref, Findings findings) {
    findings.objects++;
    try {
      hotpot.read(tx -> tx.get(Ref.<Object>fromId(ref.id())));
    } catch (HotpotException e) {
      findings.problems.add(
          "dataset " + dataset.name() + ", object " + ref + ": " + e.getMessage());
    }
  }

  private static void checkRoots(Hotpot hotpot, Dataset dataset, Findings findings) {
    Map<String, Ref<?>> roots;
    try {
      roots = dataset.read(tx -> tx.allRoots(dataset));
    } catch (HotpotException e) {
      findings.problems.add("the roots of dataset " + dataset.name() + ": " + e.getMessage());
      return;
    }
    roots.forEach(
        (name, ref) -> {
          try {
            hotpot.sizeOf(ref);
          } catch (ObjectNotFound e) {
            findings.problems.add(
                "root "
                    + dataset.name()
                    + "/"
                    + name
                    + " names "
                    + ref
                    + ", which is no longer there");
          } catch (HotpotException e) {
            // A damaged object is reported as such.
          }
        });
  }

  private void print(Findings findings) {
    for (String name : findings.accepted) {
      store.out().println("served again as it is: " + name);
    }
    if (acceptDamage && findings.accepted.isEmpty()) {
      store.out().println("nothing is withheld because of damage");
    }
    if (!findings.clean) {
      store
          .out()
          .println("not closed in order: recovery is pending until it is opened for writing");
    }
    for (Damage d : findings.damages) {
      store
          .out()
          .printf(
              Locale.ROOT,
              "damaged: %s%s, chunk %d, offset %d, %d bytes: %s%n",
              findings.datasets.getOrDefault(d.partition(), "partition " + d.partition()),
              d.object().isEmpty() ? "" : ", object " + d.object(),
              d.chunk(),
              d.offset(),
              d.lengthBytes(),
              d.message());
    }
    findings.problems.forEach(problem -> store.out().println("damaged: " + problem));
    if (findings.isSound()) {
      store
          .out()
          .printf(
              Locale.ROOT,
              "sound: every checksum holds, all %,d objects can be read%n",
              findings.objects);
    }
  }

  private void printJson(Findings findings) {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("sound", findings.isSound());
    report.put("closedInOrder", findings.clean);
    report.put("objects", findings.objects);
    report.put("damages", findings.damages.stream().map(d -> toMap(d, findings)).toList());
    report.put("problems", findings.problems);
    if (acceptDamage) {
      report.put("accepted", findings.accepted);
    }
    store.out().println(Json.of(report));
  }

  private static Map<String, Object> toMap(Damage d, Findings findings) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("partition", d.partition());
    map.put("in", findings.datasets.getOrDefault(d.partition(), ""));
    map.put("chunk", d.chunk());
    map.put("offset", d.offset());
    map.put("lengthBytes", d.lengthBytes());
    map.put("object", d.object());
    map.put("message", d.message());
    return map;
  }

  private int listUnreachable() {
    List<String> found = new ArrayList<>();
    try (Hotpot hotpot = store.openReadOnly();
        ProgressLine line = store.progress("following references", "objects")) {
      for (Ref<?> ref : Reachability.unreachable(hotpot, line)) {
        if (store.json) {
          found.add(ref.toString());
        } else {
          store.out().println(ref + " in " + hotpot.datasetOf(ref).name());
        }
      }
    }
    if (store.json) {
      store.out().println(Json.of(found));
    }
    return ExitCode.OK;
  }
}
