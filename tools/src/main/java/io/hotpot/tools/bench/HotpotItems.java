package io.hotpot.tools.bench;

import io.hotpot.store.Dataset;
import io.hotpot.store.Durability;
import io.hotpot.store.Hotpot;
import io.hotpot.store.HotpotOptions;
import io.hotpot.store.Ref;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Items as objects of Hotpot. */
final class HotpotItems implements ItemStore {

  private static final String FIRST = "first";
  static final long CHUNK_BYTES = 4L << 20;

  private final Hotpot store;
  private final Dataset items;
  private final List<Ref<Item>> refs = new ArrayList<>();

  HotpotItems(Path directory, Durability durability) {
    store = open(directory, durability);
    items = store.dataset("items");
  }

  static Hotpot open(Path directory, Durability durability) {
    return Hotpot.open(
        directory, HotpotOptions.defaults().withDurability(durability).withMaxBytes(8L << 30));
  }

  @Override
  public void fill(int count) {
    refs.addAll(fill(items, count, count));
    items.run(tx -> tx.root(FIRST, refs.getFirst()));
  }

  /** Allocates items; returns references to the first {@code wanted} of them. */
  static List<Ref<Item>> fill(Dataset items, int count, int wanted) {
    List<Ref<Item>> refs = new ArrayList<>();
    for (int done = 0; done < count; done += 1000) {
      int from = done;
      int to = Math.min(count, done + 1000);
      items.run(
          tx -> {
            for (int i = from; i < to; i++) {
              Ref<Item> ref = tx.allocate(Item.of(i, 0));
              if (refs.size() < wanted) {
                refs.add(ref);
              }
            }
          });
    }
    return refs;
  }

  @Override
  public void commit(int[] numbers, int round) {
    items.run(
        tx -> {
          for (int number : numbers) {
            tx.put(refs.get(number), Item.of(number, round));
          }
        });
  }

  @Override
  public Item read(int number) {
    Ref<Item> ref = refs.get(number);
    return items.read(tx -> tx.get(ref));
  }

  @Override
  public Item readFirst() {
    return items.read(tx -> tx.get(tx.<Item>root(FIRST).orElseThrow()));
  }

  @Override
  public long usedBytes() {
    return store.heapUse().chunksInUse() * CHUNK_BYTES;
  }

  @Override
  public long liveBytes() {
    return (long) store.sizeOf(refs.getFirst()) * refs.size();
  }

  @Override
  public void close() {
    store.close();
  }
}
