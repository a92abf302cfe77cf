package io.hotpot.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A process that counts in a store until it is killed, or that only looks at what is there. */
final class DeviceWorker {

  private DeviceWorker() {}

  public static void main(String[] args) throws IOException {
    Path directory = Path.of(args[1]);
    switch (args[0]) {
      case "count" -> count(directory);
      case "look" -> look(directory);
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  /** Tells each number when its commit has returned. */
  private static void count(Path directory) {
    try (Hotpot store = Hotpot.open(directory)) {
      Dataset dataset = store.dataset("counters");
      Ref<GuestHeapTest.Counter> ref =
          dataset.root("counter", () -> new GuestHeapTest.Counter("a", 0));
      for (long value = 1; ; value++) {
        GuestHeapTest.Counter next = new GuestHeapTest.Counter("a", value);
        dataset.run(tx -> tx.put(ref, next));
        System.out.println(value);
      }
    }
  }

  /** Tells the number, and which of PMDK's libraries were loaded to find it. */
  private static void look(Path directory) throws IOException {
    try (Hotpot store = Hotpot.open(directory, HotpotOptions.defaults().withReadOnly(true))) {
      Dataset dataset = store.dataset("counters");
      Ref<GuestHeapTest.Counter> ref =
          dataset.read(tx -> tx.<GuestHeapTest.Counter>root("counter")).orElseThrow();
      System.out.println(dataset.read(tx -> tx.get(ref)).value());
      System.out.println(
          Files.readAllLines(Path.of("/proc/self/maps")).stream()
              .filter(line -> line.contains("libpmem") || line.contains("libllpl"))
              .toList());
    }
  }
}
