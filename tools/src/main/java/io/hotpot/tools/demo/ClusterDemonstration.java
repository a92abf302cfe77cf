package io.hotpot.tools.demo;

import io.hotpot.tools.ExitCode;
import io.hotpot.tools.Failure;
import io.hotpot.tools.Interruption;
import io.hotpot.tools.NodeNetwork;
import io.hotpot.tools.ProgressLine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * One run of the demo on a cluster: one node loads, is killed, another one goes on, a third one
 * answers.
 */
final class ClusterDemonstration {

  /** The work is storing and linking every package; the owner dies after this share of it. */
  private static final double KILLED_AFTER = 0.5;

  private final Path directory;
  private final int nodes;
  private final NodeNetwork network;
  private final List<String> modules;
  private final Narrator narrator;
  private final ClusterProcesses processes;
  private final Interruption interruption;
  private final long begin = System.nanoTime();
  private final Map<String, Object> report = new LinkedHashMap<>();
  private int classes;
  private int packages;
  private long lastAcknowledged;

  ClusterDemonstration(
      Path directory,
      int nodes,
      NodeNetwork network,
      List<String> modules,
      Narrator narrator,
      ClusterProcesses processes,
      Interruption interruption) {
    this.directory = directory;
    this.nodes = nodes;
    this.network = network;
    this.modules = modules;
    this.narrator = narrator;
    this.processes = processes;
    this.interruption = interruption;
  }

  /** What was measured. */
  Map<String, Object> report() {
    return report;
  }

  /** Returns whether nothing was lost and every answer is exact. */
  boolean run() {
    try {
      count();
      introduce();
      List<ClusterProcesses.Child> members = start();
      int acknowledged = loadUntilKilled(members.get(0));
      int lost = goOn(members.get(1), acknowledged);
      boolean same = ask(members.get(2));
      boolean passed = same && lost == 0;
      report.put("passed", passed);
      report.put("seconds", seconds(begin));
      narrator.say("");
      narrator.say(
          "%s (%.1f s)",
          passed
              ? "PASSED: the owner died, nothing was lost, every answer is exact."
              : "FAILED: see above.",
          seconds(begin));
      return passed;
    } finally {
      interruption.check("the child processes were ended");
    }
  }

  private void count() {
    for (String module : ClassFiles.modules(modules)) {
      for (List<Path> files : ClassFiles.packages(module).values()) {
        packages++;
        classes += files.size();
      }
    }
    report.put("classes", classes);
    report.put("packages", packages);
    report.put("nodes", nodes);
    report.put("fabric", NodeNetwork.name(network.fabric()));
  }

  private void introduce() {
    narrator.say("One space of Java objects on %d machines: here, %d processes.", nodes, nodes);
    narrator.say("");
    narrator.say("Every class in jrt:/ becomes a Java record, and the classes that it extends,");
    narrator.say("implements and mentions become references to other records. Each commit is on");
    narrator.say("three nodes before it returns, and any node reads any object.");
    narrator.say("%,d classes in %,d packages, in %s", classes, packages, directory);
    narrator.say("The nodes speak by %s.", network.shown());
    narrator.say("");
  }

  private List<ClusterProcesses.Child> start() {
    ClusterProcesses.Child dispatcher =
        processes.start(
            "the dispatcher",
            network,
            List.of("dispatcher", directory.resolve("dispatcher").toString()));
    String uri = dispatcher.expect("listening")[1];
    narrator.say("  dispatcher  listens at %s", uri);
    List<ClusterProcesses.Child> members = new ArrayList<>();
    for (int i = 1; i <= nodes; i++) {
      List<String> arguments = new ArrayList<>();
      arguments.add("node");
      arguments.add(directory.resolve("node" + i).toString());
      arguments.add(uri);
      arguments.addAll(modules);
      members.add(processes.start("process " + i, network, arguments));
    }
    for (ClusterProcesses.Child member : members) {
      String[] joined = member.expect("joined");
      narrator.say("  %-10s  is node %s, at %s", member.name(), joined[1], joined[2]);
    }
    return members;
  }

  // ---- loading

  /** Returns how many transactions the owner has acknowledged. */
  private int loadUntilKilled(ClusterProcesses.Child owner) {
    narrator.say("");
    narrator.say("%s loads, one package a transaction, and so owns all of it.", owner.name());
    long started = System.nanoTime();
    int killAfter = (int) (2L * packages * KILLED_AFTER);
    Heard heard = new Heard();
    boolean isKilled = false;
    owner.tell("load");
    try (ProgressLine line = narrator.progress("loading", "transactions")) {
      for (String said = owner.hear(); said != null; said = owner.hear()) {
        heard.take(owner.name(), said, isKilled);
        line.report(heard.transactions, 2L * packages);
        if (!isKilled && heard.transactions >= killAfter) {
          isKilled = true;
          owner.kill();
        }
      }
    }
    if (!isKilled) {
      throw new Failure(ExitCode.PROBLEM, owner.name() + " ended before it was killed");
    }
    lastAcknowledged = heard.lastNs;
    report.put("acknowledgedBeforeKill", heard.transactions);
    narrator.say(
        "  %,d transactions acknowledged in %.1f s; then kill -9 of %s, the owner.",
        heard.transactions, seconds(started), owner.name());
    return heard.transactions;
  }

  /** Returns how many acknowledged transactions another node does not find. */
  private int goOn(ClusterProcesses.Child next, int acknowledged) {
    narrator.say("");
    narrator.say(
        "%s goes on. A lease of 2 s must run out first, and a replica become", next.name());
    narrator.say("the owner: nobody believes that a node is dead before that.");
    Heard heard = new Heard();
    next.tell("load");
    try (ProgressLine line = narrator.progress("going on", "transactions")) {
      while (!heard.finished) {
        String said = next.hear();
        if (said == null) {
          throw new Failure(ExitCode.PROBLEM, next.name() + " ended before its work was done");
        }
        heard.take(next.name(), said, false);
        line.report(heard.transactions, 2L * packages);
      }
    }
    int lost = Math.max(0, acknowledged - heard.found);
    double pause = Math.round((heard.firstNs - lastAcknowledged) / 1e7) / 100.0;
    report.put("foundAfterKill", heard.found);
    report.put("transactionsLost", lost);
    report.put("pauseSeconds", pause);
    report.put("loadSeconds", seconds(begin));
    narrator.say("  found %,d transactions, %,d of the acknowledged ones lost;", heard.found, lost);
    narrator.say("  the next commit %.1f s after the last one of the killed owner;", pause);
    narrator.say("  all %,d transactions are done.", heard.transactions);
    return lost;
  }

  /** What a node that loads has said. */
  private static final class Heard {
    private int transactions;
    private int found;
    private long firstNs;
    private long lastNs;
    private boolean finished;

    void take(String who, String line, boolean isKilled) {
      String[] words = line.split(" ", -1);
      switch (words[0]) {
        case "opened" -> {
          found = Integer.parseInt(words[4]) + Integer.parseInt(words[5]);
          transactions = found;
        }
        case "stored", "linked" -> {
          transactions++;
          lastNs = System.nanoTime();
          firstNs = firstNs == 0 ? lastNs : firstNs;
        }
        case "closed" -> finished = true;
        default -> {
          // A line is cut where its process was killed.
          if (!isKilled) {
            throw new Failure(ExitCode.PROBLEM, who + " says: " + line);
          }
        }
      }
    }
  }

  // ---- asking

  private boolean ask(ClusterProcesses.Child third) {
    narrator.say("");
    narrator.say("%s, which has loaded nothing, answers questions about all of it:", third.name());
    Map<String, String> answers = new LinkedHashMap<>();
    third.tell("ask");
    String[] end = new String[0];
    while (end.length == 0) {
      String said = Objects.requireNonNullElse(third.hear(), "");
      if (said.startsWith("answer ")) {
        String[] pair = said.substring("answer ".length()).split("\t", 2);
        answers.put(pair[0], pair[1]);
      } else if (said.startsWith("answered ")) {
        end = said.split(" ", -1);
      } else {
        throw new Failure(
            ExitCode.PROBLEM, third.name() + (said.isEmpty() ? " has ended" : " says: " + said));
      }
    }
    long reads = Long.parseLong(end[1]);
    long nanos = Long.parseLong(end[2]);
    report.put("readsFollowed", reads);
    report.put("nsPerRead", nanos / Math.max(1, reads));
    narrator.say(
        "  %,d references followed in %.1f s: %,d ns each; the first time over the network,",
        reads, nanos / 1e9, nanos / Math.max(1, reads));
    narrator.say("  from then on from this node's own copy, which is never out of date.");
    Comparison comparison = Comparison.of(answers, modules, narrator);
    report.put("answers", comparison.table());
    return comparison.same();
  }

  private static double seconds(long begin) {
    return Math.round((System.nanoTime() - begin) / 1e7) / 100.0;
  }
}
