package io.hotpot.peers;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import site.ycsb.WorkloadException;
import site.ycsb.measurements.Measurements;
import site.ycsb.workloads.CoreWorkload;

/**
 * One of YCSB's core workloads, A to F, with its data integrity check on: load, then run. Keeps the
 * settings of the files {@code workloads/workload[a-f]} of YCSB.
 */
final class YcsbWorkload {

  /**
   * What came out.
   *
   * @param verified how many records were checked and found right, by YCSB or, in scans, here
   * @param problems whatever was wrong; empty if all is well
   */
  record Result(
      double loadedPerSecond,
      double operationsPerSecond,
      Map<String, Histogram> latencies,
      long verified,
      List<String> problems) {}

  private final String letter;
  private final int records;
  private final int operations;
  private final int threads;

  YcsbWorkload(String letter, int records, int operations, int threads) {
    this.letter = letter;
    this.records = records;
    this.operations = operations;
    this.threads = threads;
  }

  /** What the file of a workload says. */
  static Properties properties(String letter, int records, int operations) {
    Properties properties = new Properties();
    properties.setProperty("recordcount", Integer.toString(records));
    properties.setProperty("operationcount", Integer.toString(operations));
    properties.setProperty("dataintegrity", "true");
    properties.setProperty("maxscanlength", "100");
    properties.setProperty("requestdistribution", letter.equals("D") ? "latest" : "zipfian");
    String[] shares = {"read", "update", "scan", "insert", "readmodifywrite"};
    String[] wanted =
        switch (letter) {
          case "A" -> new String[] {"0.5", "0.5", "0", "0", "0"};
          case "B" -> new String[] {"0.95", "0.05", "0", "0", "0"};
          case "C" -> new String[] {"1", "0", "0", "0", "0"};
          case "D" -> new String[] {"0.95", "0", "0", "0.05", "0"};
          case "E" -> new String[] {"0", "0", "0.95", "0.05", "0"};
          case "F" -> new String[] {"0.5", "0", "0", "0", "0.5"};
          default -> throw new IllegalArgumentException("the workloads are A to F, not " + letter);
        };
    for (int i = 0; i < shares.length; i++) {
      properties.setProperty(shares[i] + "proportion", wanted[i]);
    }
    return properties;
  }

  /** Loads an empty table and runs the operations. */
  Result run(Records table) throws IOException, InterruptedException, WorkloadException {
    Properties properties = properties(letter, records, operations);
    Measurements.setProperties(properties);
    CoreWorkload workload = new CoreWorkload();
    workload.init(properties);
    List<RecordsDb> clients = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      clients.add(new RecordsDb(table));
    }
    Verified before = Verified.soFar();
    double load = inThreads(clients, records, client -> workload.doInsert(client, null));
    clients.forEach(RecordsDb::reset);
    double run = inThreads(clients, operations, client -> workload.doTransaction(client, null));
    Verified after = Verified.soFar();
    List<String> problems = problems(clients);
    long wrong = after.wrong() - before.wrong();
    if (wrong > 0) {
      problems.add(wrong + " records did not hold what was written");
    }
    long right = after.right() - before.right();
    right += clients.stream().mapToLong(RecordsDb::checked).sum();
    return new Result(load, run, latencies(clients), right, problems);
  }

  /** An operation of the workload. */
  @FunctionalInterface
  private interface Step {
    boolean run(RecordsDb client);
  }

  /** Runs so many steps, shared among the clients; returns how many in a second. */
  private static double inThreads(List<RecordsDb> clients, int count, Step step)
      throws InterruptedException {
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    List<Thread> workers = new ArrayList<>();
    long begin = System.nanoTime();
    for (int c = 0; c < clients.size(); c++) {
      RecordsDb client = clients.get(c);
      int share =
          (int) ((long) count * (c + 1) / clients.size() - (long) count * c / clients.size());
      workers.add(
          Thread.ofPlatform()
              .uncaughtExceptionHandler((thread, e) -> failure.compareAndSet(null, e))
              .start(
                  () -> {
                    for (int i = 0; i < share; i++) {
                      if (!step.run(client)) {
                        throw new IllegalStateException("an operation failed");
                      }
                    }
                  }));
    }
    for (Thread worker : workers) {
      worker.join();
    }
    Throwable failed = failure.get();
    if (failed != null) {
      throw new IllegalStateException("a client failed: " + failed, failed);
    }
    return count / ((System.nanoTime() - begin) / 1e9);
  }

  private static List<String> problems(List<RecordsDb> clients) {
    Map<String, Integer> all = new TreeMap<>();
    clients.forEach(client -> client.problems().forEach((k, v) -> all.merge(k, v, Integer::sum)));
    List<String> problems = new ArrayList<>();
    all.forEach((what, times) -> problems.add(what + ", " + times + " times"));
    return problems;
  }

  private static Map<String, Histogram> latencies(List<RecordsDb> clients) {
    Map<String, Histogram> all = new TreeMap<>();
    for (RecordsDb client : clients) {
      client
          .latencies()
          .forEach((kind, part) -> all.computeIfAbsent(kind, k -> new Histogram(3)).add(part));
    }
    return all;
  }
}
