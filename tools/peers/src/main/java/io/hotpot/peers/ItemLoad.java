package io.hotpot.peers;

import io.hotpot.tools.bench.ClusterPlace;
import io.hotpot.tools.bench.ClusterTable;
import io.hotpot.tools.bench.ClusterWorkload;
import io.hotpot.tools.bench.Item;
import io.hotpot.tools.bench.Latencies;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Items that are read, and replaced whole. */
final class ItemLoad implements ClusterLoad {

  private static final int AT_ONCE = 100;

  /** Cached reads are so fast that a clock read for each would be most of it. */
  private static final int READS_AT_ONCE = 64;

  private final ClusterTable<Item> items;
  private int count;
  private int ownFrom;
  private int ownTo;

  ItemLoad(ClusterTable<Item> items) {
    this.items = items;
  }

  ClusterTable<Item> items() {
    return items;
  }

  @Override
  public void insert(ClusterPlace place, int total) {
    count = total;
    ownFrom = ClusterLoad.shareFrom(place.number(), place, total);
    ownTo = ClusterLoad.shareFrom(place.number() + 1, place, total);
    for (int from = ownFrom; from < ownTo; from += AT_ONCE) {
      items.insert(
          IntStream.range(from, Math.min(ownTo, from + AT_ONCE))
              .mapToObj(number -> Item.of(number, 0))
              .toList());
    }
  }

  @Override
  public void loaded() throws InterruptedException {
    items.loaded();
  }

  @Override
  public Driver driver(ClusterWorkload workload, int number, Latencies latencies) {
    SplittableRandom random = new SplittableRandom(number);
    return switch (workload) {
      case READ -> {
        readAll();
        yield () -> timed(latencies, () -> read(random.nextInt(count)));
      }
      case READ_CACHED -> {
        readAll();
        yield new CachedReads(random, latencies);
      }
      case UPDATE_ALONE -> () -> timed(latencies, () -> replace(random, own(random)));
      case UPDATE_REMOTE -> () -> timed(latencies, () -> replace(random, others(random)));
      default -> () -> timed(latencies, () -> replace(random, random.nextInt(count)));
    };
  }

  private static void timed(Latencies latencies, Runnable operation) {
    long begin = System.nanoTime();
    operation.run();
    latencies.record(System.nanoTime() - begin);
  }

  /** So that what can be in a cache is there. */
  private void readAll() {
    for (int key = 0; key < count; key++) {
      read(key);
    }
  }

  private void read(int key) {
    Item item = items.read(key);
    if (item.id() != key) {
      throw new IllegalStateException("item " + key + " was read as " + item);
    }
  }

  private void replace(SplittableRandom random, int key) {
    items.replace(key, Item.of(key, random.nextInt(Integer.MAX_VALUE)));
  }

  /** One that this node has inserted. */
  private int own(SplittableRandom random) {
    return random.nextInt(ownFrom, ownTo);
  }

  /** One that another node has inserted. */
  private int others(SplittableRandom random) {
    return (ownTo + random.nextInt(count - (ownTo - ownFrom))) % count;
  }

  /** Reads of what other nodes have inserted; nothing of it changes meanwhile. */
  private final class CachedReads implements Driver {
    private final SplittableRandom random;
    private final Latencies latencies;

    CachedReads(SplittableRandom random, Latencies latencies) {
      this.random = random;
      this.latencies = latencies;
    }

    @Override
    public void step() {
      long begin = System.nanoTime();
      for (int i = 0; i < READS_AT_ONCE; i++) {
        read(others(random));
      }
      latencies.add((System.nanoTime() - begin) / READS_AT_ONCE, READS_AT_ONCE);
    }

    @Override
    public int operations() {
      return READS_AT_ONCE;
    }
  }

  /** Reads have checked what they found. */
  @Override
  public void check(ClusterPlace place) {}
}
