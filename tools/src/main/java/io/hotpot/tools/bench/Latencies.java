package io.hotpot.tools.bench;

import java.util.StringJoiner;

/**
 * How often something took how long, to within a hundredth: counts in buckets that grow with the
 * value, 128 for every doubling.
 *
 * <p>Thread-safety: for one thread at a time.
 */
public final class Latencies {

  private static final int DOUBLING_BITS = 7;
  private static final int DOUBLING = 1 << DOUBLING_BITS;

  private final long[] counts = new long[(Long.SIZE - DOUBLING_BITS) * DOUBLING];
  private long total;

  /** Counts one. */
  public void record(long nanos) {
    add(Math.max(0, nanos), 1);
  }

  /** Counts a value more than once. */
  public void add(long nanos, long times) {
    counts[bucket(nanos)] += times;
    total += times;
  }

  private static int bucket(long nanos) {
    int shift = Math.max(0, Long.SIZE - DOUBLING_BITS - 1 - Long.numberOfLeadingZeros(nanos));
    return shift * DOUBLING + (int) (nanos >>> shift);
  }

  /** The least value of a bucket. */
  private static long least(int bucket) {
    int shift = Math.max(0, bucket / DOUBLING - 1);
    return (long) (bucket - shift * DOUBLING) << shift;
  }

  /** Adds all that another has counted. */
  public void add(Latencies other) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += other.counts[i];
    }
    total += other.total;
  }

  /** How many were counted. */
  public long total() {
    return total;
  }

  /** The value that a share of all does not exceed, in nanoseconds; 0 if there are none. */
  public long quantile(double share) {
    long rank = (long) Math.ceil(share * total);
    long seen = 0;
    for (int i = 0; i < counts.length; i++) {
      seen += counts[i];
      if (counts[i] > 0 && seen >= rank) {
        return least(i);
      }
    }
    return 0;
  }

  /** As one word, for another process. */
  public String toText() {
    StringJoiner text = new StringJoiner(",");
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] > 0) {
        text.add(i + ":" + counts[i]);
      }
    }
    return text.length() == 0 ? "none" : text.toString();
  }

  /** What another process has counted. */
  public static Latencies of(String text) {
    Latencies latencies = new Latencies();
    if (!text.equals("none")) {
      for (String part : text.split(",", -1)) {
        int colon = part.indexOf(':');
        long times = Long.parseLong(part.substring(colon + 1));
        latencies.counts[Integer.parseInt(part.substring(0, colon))] += times;
        latencies.total += times;
      }
    }
    return latencies;
  }
}
