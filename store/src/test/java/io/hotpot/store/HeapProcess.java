package io.hotpot.store;

import io.hotpot.store.HotpotOptions.HeapKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Another process, for tests that need one: does one thing with a heap and says what came of it.
 */
final class HeapProcess {

  static final long MAX_BYTES = 128L << 20;

  private HeapProcess() {}

  public static void main(String[] args) {
    Path path = Path.of(args[1]);
    try {
      switch (args[0]) {
        case "open" -> open(path, HeapKind.valueOf(args[2]), false);
        case "look" -> open(path, HeapKind.valueOf(args[2]), true);
        case "device" ->
            Hotpot.open(path, HotpotOptions.defaults().withDevice(Path.of(args[2]))).close();
        case "map" -> DeviceBytes.look(new DaxDevice(path, 4096, true)).close();
        case "grow" -> grow(path, Long.parseLong(args[2]));
        default -> throw new IllegalArgumentException(args[0]);
      }
    } catch (HotpotException | IOException e) {
      System.out.println(e.getClass().getSimpleName() + ": " + e.getMessage());
    }
  }

  private static void open(Path directory, HeapKind kind, boolean readOnly) {
    HotpotOptions options =
        HotpotOptions.defaults().withHeap(kind).withReadOnly(readOnly).withMaxBytes(MAX_BYTES);
    try (Hotpot hotpot = Hotpot.open(directory, options)) {
      if (!readOnly) {
        Dataset dataset = hotpot.dataset("d");
        Ref<String> ref = dataset.transact(tx -> tx.allocate("kept"));
        dataset.run(tx -> tx.root("r", ref));
      }
      Ref<String> ref =
          hotpot.findDataset("d").orElseThrow().read(tx -> tx.<String>root("r")).orElseThrow();
      String value = hotpot.read(tx -> tx.get(ref));
      System.out.println(
          value + " in " + hotpot.heapInfo().kind() + ": " + hotpot.heapInfo().reason());
    }
  }

  /** Grows a heap chunk by chunk, and says so after each, until it is full. */
  private static void grow(Path file, long maxBytes) {
    try (Heap heap = LlplHeap.open(file, maxBytes, false, "test")) {
      // Those that the process before had allocated, but not come to.
      for (int i = 0; i < heap.chunks(); i++) {
        heap.label(i, i + 1);
      }
      while (heap.chunks() < heap.maxChunks()) {
        int index = heap.grow();
        heap.label(index, index + 1);
        System.out.println(index);
      }
    }
  }

  /** Starts one with further options for its JVM; its errors come out with its output. */
  static Process start(List<String> options, String... arguments) throws IOException {
    return start(List.of(), options, arguments);
  }

  /** Starts one through another command. */
  static Process start(List<String> prefix, List<String> options, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m"));
    command.addAll(options);
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), HeapProcess.class.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }
}
