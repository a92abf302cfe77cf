package io.hotpot.peers;

import io.hotpot.tools.bench.ClusterPlace;
import io.hotpot.tools.bench.ClusterTable;
import io.hotpot.tools.bench.ClusterWorkload;
import io.hotpot.tools.bench.Item;
import io.hotpot.tools.bench.Latencies;
import java.util.stream.IntStream;

/** Items of 10 KB that nobody reads: what a node without anything has to copy. */
final class BulkLoad implements ClusterLoad {

  private static final int AT_ONCE = 100;
  private static final String NOTE = "0123456789".repeat(1000);

  private final ClusterTable<Item> items;

  BulkLoad(ClusterTable<Item> items) {
    this.items = items;
  }

  /**
   * So many megabytes, all of one node: an empty one copies them as one log, without waiting for
   * the dispatcher in between.
   */
  @Override
  public void insert(ClusterPlace place, int megabytes) {
    for (int megabyte = 0; place.number() == 0 && megabyte < megabytes; megabyte++) {
      int first = megabyte * AT_ONCE;
      items.insert(
          IntStream.range(first, first + AT_ONCE)
              .mapToObj(number -> new Item(number, 0, "bulk", 0, true, NOTE))
              .toList());
    }
  }

  @Override
  public void loaded() {}

  @Override
  public Driver driver(ClusterWorkload workload, int number, Latencies latencies) {
    throw new IllegalArgumentException("no workload is for what is only copied");
  }

  @Override
  public void check(ClusterPlace place) {}
}
