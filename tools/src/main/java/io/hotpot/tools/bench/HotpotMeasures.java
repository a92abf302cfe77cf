package io.hotpot.tools.bench;

import io.hotpot.store.Dataset;
import io.hotpot.store.Durability;
import io.hotpot.store.Hotpot;
import io.hotpot.store.HotpotOptions;
import io.hotpot.store.Ref;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/** The measures that only Hotpot runs: its cleaner, its overhead, opening at full size. */
final class HotpotMeasures {

  private HotpotMeasures() {}

  /** What {@link #overwrite} finds. */
  record Overwritten(double nanos, double chunksByLiveBytes) {}

  /** Nanoseconds for one overwrite, and the chunks in use by the live bytes at the worst. */
  static Overwritten overwrite(Path directory, int scale, boolean clean) {
    HotpotOptions options =
        HotpotOptions.defaults()
            .withDurability(Durability.PROCESS)
            .withBackground(clean)
            .withMaxBytes(clean ? 2L << 30 : 16L << 30);
    try (Hotpot store = Hotpot.open(directory, options)) {
      Dataset items = store.dataset("items");
      // About 250 MB at full scale: of a much smaller store the chunks appended to make up a large
      // part.
      int objects = 75_000 * scale;
      List<Ref<Item>> refs = HotpotItems.fill(items, objects, objects);
      SplittableRandom random = new SplittableRandom(1);
      int operations = 500_000 * scale;
      double worst = 0;
      long begin = 0;
      for (int i = -objects; i < operations; i++) {
        if (i == 0) {
          begin = System.nanoTime();
        }
        int number = random.nextInt(objects);
        int round = i;
        items.run(tx -> tx.put(refs.get(number), Item.of(number, round)));
        if (i > 0 && i % 10_000 == 0) {
          double used = (double) store.heapUse().chunksInUse() * HotpotItems.CHUNK_BYTES;
          worst = Math.max(worst, used / items.stats().liveBytes());
        }
      }
      return new Overwritten((System.nanoTime() - begin) / (double) operations, worst);
    }
  }

  /** Bytes for one object on the medium and in the handle table, beyond its value. */
  static double overhead(Path directory) {
    try (Hotpot store = HotpotItems.open(directory, Durability.PROCESS)) {
      Dataset items = store.dataset("items");
      List<Ref<Item>> refs = HotpotItems.fill(items, 1000, 1000);
      // A record's header is what its value does not explain; the value's encoding is known.
      double perObject = (double) items.stats().liveBytes() / refs.size() + Long.BYTES;
      return perObject - store.sizeOf(refs.getFirst());
    }
  }

  static void prepareClean(Path directory, int scale) {
    try (Hotpot store = HotpotItems.open(directory, Durability.PROCESS)) {
      HotpotItems.fill(store.dataset("items"), 500_000 * scale, 0);
    }
  }

  static void prepareCrashed(Path directory, int scale) {
    // At level POWER, so that what is measured is not the writing of what was left unwritten.
    Hotpot store = HotpotItems.open(directory, Durability.POWER);
    HotpotItems.fill(store.dataset("items"), 500_000 * scale, 0);
    Runtime.getRuntime().halt(0);
  }

  /** What {@link #opening} finds. */
  record Opened(double millis, double gigabytesPerSecond) {}

  static Opened opening(Path directory, int scale) {
    long objects = 500_000L * scale;
    long begin = System.nanoTime();
    try (Hotpot store = HotpotItems.open(directory, Durability.PROCESS)) {
      double seconds = (System.nanoTime() - begin) / 1e9;
      long found = store.dataset("items").stats().objects();
      if (found != objects) {
        throw new IllegalStateException("found " + found + " objects of " + objects);
      }
      return new Opened(seconds * 1000, store.recovery().scannedBytes() / 1e9 / seconds);
    }
  }
}
