package io.hotpot.tools.bench;

import io.hotpot.tools.bench.ClusterResults.Fault;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * What becomes of a cluster when a node is killed, and when an empty one takes its place, while
 * drivers go on to commit. A commit that was acknowledged and is missing later is a failure.
 */
final class ClusterFaults {

  private static final int VICTIM = ClusterNodes.NODES - 1;
  private static final int DRIVERS_EACH = 2;
  private static final double FROM = 0.1;
  private static final double TO = 0.9;
  private static final long MILLIS_BETWEEN_LOOKS = 10;
  private static final long MOST_SECONDS = 120;

  private final ClusterNodes nodes;
  private final ClusterResults results;
  private final int items;
  private final int millis;

  /**
   * @param millis how long the drivers go on before something happens
   */
  ClusterFaults(ClusterNodes nodes, ClusterResults results, int items, int millis) {
    this.nodes = nodes;
    this.results = results;
    this.items = items;
    this.millis = millis;
  }

  void run(int megabytes) throws IOException, InterruptedException {
    nodes.load(ClusterWorkload.Load.BULK, megabytes);
    failover();
    catchUp();
  }

  /** Another node commits to what the victim owns. */
  private void failover() throws IOException, InterruptedException {
    nodes.ask(0, "commit", ClusterWorkload.Load.ITEMS, 1, share(VICTIM), items);
    Thread.sleep(millis);
    long killed = System.nanoTime();
    nodes.kill(VICTIM);
    long resumed = Long.parseLong(nodes.ask(0, "resumed", killed));
    nodes.ask(0, "stop");
    results.add(Fault.FAILOVER, (resumed - killed) / (double) TimeUnit.MILLISECONDS.toNanos(1));
  }

  private int share(int node) {
    return (int) ((long) items * node / ClusterNodes.NODES);
  }

  /** An empty node joins; how fast it fills, and what the others commit meanwhile. */
  private void catchUp() throws IOException, InterruptedException {
    for (int n = 0; n < VICTIM; n++) {
      nodes.ask(n, "commit", ClusterWorkload.Load.ITEMS, DRIVERS_EACH, share(n), share(n + 1));
    }
    Thread.sleep(millis);
    double alone = rate(millis);
    double whole = heldBytes(0);
    nodes.replace(VICTIM);
    Moment begin = awaitHeld(FROM * whole);
    Moment end = awaitHeld(TO * whole);
    for (int n = 0; n < VICTIM; n++) {
      nodes.ask(n, "stop");
    }
    double seconds = (end.nanos - begin.nanos) / 1e9;
    results.add(Fault.CATCH_UP, (end.held - begin.held) / 1e6 / seconds);
    results.add(Fault.FOREGROUND, (end.commits - begin.commits) / seconds / alone);
  }

  private record Moment(long nanos, double held, long commits) {}

  private Moment awaitHeld(double bytes) throws IOException, InterruptedException {
    long begin = System.nanoTime();
    double held = heldBytes(VICTIM);
    while (held < bytes) {
      if (System.nanoTime() - begin > TimeUnit.SECONDS.toNanos(MOST_SECONDS)) {
        throw new IOException(
            "an empty node holds %.0f of %.0f bytes after %d s"
                .formatted(held, bytes, MOST_SECONDS));
      }
      Thread.sleep(MILLIS_BETWEEN_LOOKS);
      held = heldBytes(VICTIM);
    }
    return new Moment(System.nanoTime(), held, commits());
  }

  private double heldBytes(int node) throws IOException, InterruptedException {
    return Double.parseDouble(nodes.ask(node, "held"));
  }

  private double rate(int forMillis) throws IOException, InterruptedException {
    long begin = System.nanoTime();
    long before = commits();
    Thread.sleep(forMillis);
    return (commits() - before) / ((System.nanoTime() - begin) / 1e9);
  }

  private long commits() throws IOException, InterruptedException {
    long sum = 0;
    for (int n = 0; n < VICTIM; n++) {
      sum += Long.parseLong(nodes.ask(n, "count"));
    }
    return sum;
  }
}
