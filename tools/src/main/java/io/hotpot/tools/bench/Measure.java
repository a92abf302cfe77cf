package io.hotpot.tools.bench;

import io.hotpot.store.Dataset;
import io.hotpot.store.Durability;
import io.hotpot.store.Hotpot;
import io.hotpot.store.HotpotOptions;
import io.hotpot.store.Ref;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.zip.CRC32C;

/** What is measured; each runs in a JVM of its own, and gives one number. */
enum Measure {
  RAW_APPEND("append, CRC32C and publish of 100 bytes to a mapped file", "ns") {
    @Override
    double run(Path directory, int scale) throws IOException {
      try (Arena arena = Arena.ofShared();
          FileChannel channel = newFile(directory.resolve("raw-append"))) {
        int size = 64 << 20;
        MemorySegment memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, size, arena);
        memory.fill((byte) 1);
        VarHandle tail = ValueLayout.JAVA_LONG.varHandle();
        byte[] record = new byte[100];
        CRC32C crc = new CRC32C();
        long operations = 400_000L * scale;
        long begin = 0;
        for (long i = -operations; i < operations; i++) {
          if (i == 0) {
            begin = System.nanoTime();
          }
          long offset = 64 + Math.floorMod(i * 104, (long) size - 256) / 8 * 8;
          record[0] = (byte) i;
          crc.reset();
          crc.update(record, 0, record.length);
          MemorySegment.copy(record, 0, memory, ValueLayout.JAVA_BYTE, offset, record.length);
          memory.set(ValueLayout.JAVA_INT_UNALIGNED, offset, (int) crc.getValue());
          tail.setRelease(memory, 0L, offset);
        }
        return (System.nanoTime() - begin) / (double) operations;
      }
    }
  },

  RAW_FLUSH("pwrite of 4 KiB and fdatasync, preallocated file", "ns") {
    @Override
    double run(Path directory, int scale) throws IOException {
      try (FileChannel channel = newFile(directory.resolve("raw-flush"))) {
        ByteBuffer page = ByteBuffer.allocateDirect(4096);
        for (int i = 0; i < 1024; i++) {
          channel.write(page.clear(), i * 4096L);
        }
        channel.force(true);
        int operations = 500 * scale;
        long begin = 0;
        for (int i = -100; i < operations; i++) {
          if (i == 0) {
            begin = System.nanoTime();
          }
          channel.write(page.clear(), Math.floorMod(i, 1024) * 4096L);
          channel.force(false);
        }
        return (System.nanoTime() - begin) / (double) operations;
      }
    }
  },

  COMMIT("commit of one object, level PROCESS", "ns") {
    @Override
    double run(Path directory, int scale) {
      return commits(directory, scale, 1);
    }
  },

  COMMIT_TEN("commit of ten objects, level PROCESS", "ns") {
    @Override
    double run(Path directory, int scale) {
      return commits(directory, scale, 10);
    }
  },

  READ("hot read of an object", "ns") {
    @Override
    double run(Path directory, int scale) throws InterruptedException {
      return reads(directory, scale, 1);
    }
  },

  READ_TWO("hot read of an object by each of two threads", "ns") {
    @Override
    double run(Path directory, int scale) throws InterruptedException {
      return reads(directory, scale, 2);
    }
  },

  POWER("commit of one object, level POWER", "ns") {
    @Override
    double run(Path directory, int scale) throws InterruptedException {
      return powerCommits(directory, Thread.ofPlatform(), 1, 500 * scale);
    }
  },

  POWER_MANY(
      "commit of one object, level POWER, 64 committers on virtual threads: time for one of all",
      "ns") {
    @Override
    double run(Path directory, int scale) throws InterruptedException {
      return powerCommits(directory, Thread.ofVirtual(), 64, 200 * scale);
    }
  },

  POWER_MANY_PLATFORM(
      "commit of one object, level POWER, 64 committers on platform threads: time for one of all",
      "ns") {
    @Override
    double run(Path directory, int scale) throws InterruptedException {
      return powerCommits(directory, Thread.ofPlatform(), 64, 200 * scale);
    }
  },

  SPACE("chunks in use by live bytes, after uniform overwrites", "ratio") {
    @Override
    double run(Path directory, int scale) {
      return overwrite(directory, scale, true)[1];
    }
  },

  OVERWRITE("overwrite, with the cleaner keeping up", "ns") {
    @Override
    double run(Path directory, int scale) {
      return overwrite(directory, scale, true)[0];
    }
  },

  OVERWRITE_UNCLEANED("overwrite, without the cleaner", "ns") {
    @Override
    double run(Path directory, int scale) {
      return overwrite(directory, scale, false)[0];
    }
  },

  OVERHEAD(
      "bytes on the medium and in the handle table for one object, beyond its value", "bytes") {
    @Override
    double run(Path directory, int scale) {
      try (Hotpot store = open(directory, Durability.PROCESS)) {
        List<Ref<Item>> refs = fill(store.dataset("items"), 1000);
        // A record's header is what its value does not explain; the value's encoding is known.
        double perObject =
            (double) store.dataset("items").stats().liveBytes() / refs.size() + Long.BYTES;
        return perObject - encodedBytes(store, refs.getFirst());
      }
    }
  },

  OPEN_CLEAN("opening after a clean close, -Xmx256m", "ms") {
    @Override
    void prepare(Path directory, int scale) {
      try (Hotpot store = open(directory, Durability.PROCESS)) {
        fill(store.dataset("items"), 500_000 * scale);
      }
    }

    @Override
    double run(Path directory, int scale) {
      return opening(directory, 500_000L * scale)[0];
    }
  },

  OPEN_CRASHED("opening after a crash, -Xmx256m", "GB/s") {
    @Override
    void prepare(Path directory, int scale) {
      // At level POWER, so that what is measured is not the writing of what was left unwritten.
      Hotpot store = open(directory, Durability.POWER);
      fill(store.dataset("items"), 500_000 * scale);
      Runtime.getRuntime().halt(0);
    }

    @Override
    double run(Path directory, int scale) {
      return opening(directory, 500_000L * scale)[1];
    }
  };

  final String description;
  final String unit;

  Measure(String description, String unit) {
    this.description = description;
    this.unit = unit;
  }

  /** What another process does before. */
  void prepare(Path directory, int scale) {}

  abstract double run(Path directory, int scale) throws IOException, InterruptedException;

  // ---- shared

  private static FileChannel newFile(Path file) throws IOException {
    Files.createDirectories(file.getParent());
    return FileChannel.open(
        file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  private static Hotpot open(Path directory, Durability durability) {
    return Hotpot.open(
        directory, HotpotOptions.defaults().withDurability(durability).withMaxBytes(8L << 30));
  }

  private static List<Ref<Item>> fill(Dataset items, int count) {
    List<Ref<Item>> refs = new ArrayList<>();
    for (int done = 0; done < count; done += 1000) {
      int from = done;
      int to = Math.min(count, done + 1000);
      items.run(
          tx -> {
            for (int i = from; i < to; i++) {
              Ref<Item> ref = tx.allocate(Item.of(i, 0));
              if (refs.size() < 10_000) {
                refs.add(ref);
              }
            }
          });
    }
    return refs;
  }

  private static double commits(Path directory, int scale, int each) {
    try (Hotpot store = open(directory, Durability.PROCESS)) {
      Dataset items = store.dataset("items");
      List<Ref<Item>> refs = fill(items, 10_000);
      int operations = 200_000 * scale / each;
      long begin = 0;
      for (int i = -operations; i < operations; i++) {
        if (i == 0) {
          begin = System.nanoTime();
        }
        int round = i;
        items.run(
            tx -> {
              for (int k = 0; k < each; k++) {
                int number = Math.floorMod(round * each + k, 10_000);
                tx.put(refs.get(number), Item.of(number, round));
              }
            });
      }
      return (System.nanoTime() - begin) / (double) operations;
    }
  }

  private static double reads(Path directory, int scale, int threads) throws InterruptedException {
    try (Hotpot store = open(directory, Durability.PROCESS)) {
      Dataset items = store.dataset("items");
      List<Ref<Item>> refs = fill(items, 10_000);
      int operations = 1_000_000 * scale;
      readLoop(items, refs, operations, 1);
      CountDownLatch ready = new CountDownLatch(threads);
      List<Thread> workers = new ArrayList<>();
      double[] nanos = new double[threads];
      for (int t = 0; t < threads; t++) {
        int number = t;
        workers.add(
            Thread.ofPlatform()
                .start(
                    () -> {
                      ready.countDown();
                      try {
                        ready.await();
                      } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                      }
                      long begin = System.nanoTime();
                      readLoop(items, refs, operations, number + 2);
                      nanos[number] = (System.nanoTime() - begin) / (double) operations;
                    }));
      }
      double worst = 0;
      for (int t = 0; t < threads; t++) {
        workers.get(t).join();
        worst = Math.max(worst, nanos[t]);
      }
      return worst;
    }
  }

  private static void readLoop(Dataset items, List<Ref<Item>> refs, int operations, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    long sum = 0;
    for (int i = 0; i < operations; i++) {
      Ref<Item> ref = refs.get(random.nextInt(refs.size()));
      sum += items.read(tx -> tx.get(ref)).id();
    }
    if (sum == 42) {
      throw new IllegalStateException("cannot be");
    }
  }

  private static double powerCommits(Path directory, Thread.Builder kind, int threads, int each)
      throws InterruptedException {
    // Thousands of waits for a disk are too few for the compiler: it learns from commits that do
    // not wait.
    commits(directory.resolve("warm"), 1, 1);
    try (Hotpot store = open(directory.resolve("measured"), Durability.POWER)) {
      Dataset items = store.dataset("items");
      List<Ref<Item>> refs = fill(items, 10_000);
      powerRound(items, refs, kind, threads, Math.max(1, each / 2));
      long begin = System.nanoTime();
      powerRound(items, refs, kind, threads, each);
      return (System.nanoTime() - begin) / ((double) threads * each);
    }
  }

  private static void powerRound(
      Dataset items, List<Ref<Item>> refs, Thread.Builder kind, int threads, int each)
      throws InterruptedException {
    List<Thread> workers = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      int number = t;
      workers.add(
          kind.start(
              () -> {
                for (int i = 0; i < each; i++) {
                  int round = i;
                  Ref<Item> ref = refs.get((number * 150 + i % 150) % refs.size());
                  items.run(tx -> tx.put(ref, Item.of(number, round)));
                }
              }));
    }
    for (Thread worker : workers) {
      worker.join();
    }
  }

  /** Nanoseconds for one overwrite, and the chunks in use by the live bytes at the worst. */
  private static double[] overwrite(Path directory, int scale, boolean clean) {
    HotpotOptions options =
        HotpotOptions.defaults()
            .withDurability(Durability.PROCESS)
            .withBackground(clean)
            .withMaxBytes(clean ? 2L << 30 : 16L << 30);
    try (Hotpot store = Hotpot.open(directory, options)) {
      Dataset items = store.dataset("items");
      // About 250 MB: of a much smaller store the chunks appended to make up a large part.
      int objects = 1_500_000;
      List<Ref<Item>> refs = new ArrayList<>();
      for (int i = 0; i < objects; i += 1000) {
        int from = i;
        items.run(
            tx -> {
              for (int k = from; k < from + 1000; k++) {
                refs.add(tx.allocate(Item.of(k, 0)));
              }
            });
      }
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
          worst =
              Math.max(
                  worst,
                  (double) store.heapUse().chunksInUse() * (4 << 20) / items.stats().liveBytes());
        }
      }
      return new double[] {(System.nanoTime() - begin) / (double) operations, worst};
    }
  }

  private static long encodedBytes(Hotpot store, Ref<Item> ref) {
    return store.sizeOf(ref);
  }

  /** Milliseconds, and gigabytes of log read in a second. */
  private static double[] opening(Path directory, long objects) {
    long begin = System.nanoTime();
    try (Hotpot store = open(directory, Durability.PROCESS)) {
      double seconds = (System.nanoTime() - begin) / 1e9;
      if (store.dataset("items").stats().objects() != objects) {
        throw new IllegalStateException(
            "found " + store.dataset("items").stats().objects() + " objects of " + objects);
      }
      return new double[] {seconds * 1000, store.recovery().scannedBytes() / 1e9 / seconds};
    }
  }
}
