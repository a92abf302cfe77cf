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

  private final ClusterTable<Item> items;
  private int count;

  ItemLoad(ClusterTable<Item> items) {
    this.items = items;
  }

  @Override
  public void insert(ClusterPlace place, int total) {
    count = total;
    int end = ClusterLoad.shareFrom(place.number() + 1, place, total);
    for (int from = ClusterLoad.shareFrom(place.number(), place, total);
        from < end;
        from += AT_ONCE) {
      items.insert(
          IntStream.range(from, Math.min(end, from + AT_ONCE))
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
    boolean isRead = workload == ClusterWorkload.READ;
    return () -> {
      int key = random.nextInt(count);
      long begin = System.nanoTime();
      if (isRead) {
        Item item = items.read(key);
        if (item.id() != key) {
          throw new IllegalStateException("item " + key + " was read as " + item);
        }
      } else {
        items.replace(key, Item.of(key, random.nextInt(Integer.MAX_VALUE)));
      }
      latencies.record(System.nanoTime() - begin);
    };
  }

  /** Reads have checked what they found. */
  @Override
  public void check(ClusterPlace place) {}
}
