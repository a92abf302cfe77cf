package io.hotpot.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The process that {@link ManyObjectsTest} gives little memory: fills a store and dies, or opens it
 * and looks at it.
 */
final class ManyObjects {

  /** The text can be told from the number. */
  record Item(int number, String text) {

    static Item of(int number) {
      return new Item(number, Integer.toString(number * 31, 36));
    }
  }

  private static final int IN_TRANSACTION = 1000;
  private static final int READS = 20_000;

  private ManyObjects() {}

  static HotpotOptions options(HotpotOptions.HeapKind kind) {
    return HotpotOptions.defaults()
        .withHeap(kind)
        .withDurability(Durability.PROCESS)
        .withCacheBytes(4 << 20);
  }

  /** Arguments: fill, or open; the directory; the kind of heap; the number of objects. */
  public static void main(String[] args) {
    int objects = Integer.parseInt(args[3]);
    Hotpot store = Hotpot.open(Path.of(args[1]), options(HotpotOptions.HeapKind.valueOf(args[2])));
    if (args[0].equals("fill")) {
      fill(store.dataset("d"), objects);
      System.out.println("filled");
      Runtime.getRuntime().halt(0);
    }
    System.out.println(look(store, objects));
    store.close();
    System.out.println("closed");
  }

  private static void fill(Dataset dataset, int objects) {
    for (int begin = 0; begin < objects; begin += IN_TRANSACTION) {
      int from = begin;
      dataset.run(
          tx -> {
            for (int i = from; i < Math.min(objects, from + IN_TRANSACTION); i++) {
              tx.allocate(Item.of(i));
            }
          });
    }
  }

  /** Says what was found, and creates an object and deletes it again. */
  private static String look(Hotpot store, int objects) {
    Dataset dataset = store.dataset("d");
    SplittableRandom random = new SplittableRandom(objects);
    int every = Math.max(1, objects / READS);
    int at = 0;
    int wrong = 0;
    for (Ref<?> ref : dataset.refs()) {
      if (at % every == 0 || random.nextInt(every) == 0) {
        Item item = dataset.read(tx -> tx.get(Ref.<Item>fromId(ref.id())));
        wrong += item.equals(Item.of(at)) ? 0 : 1;
      }
      at++;
    }
    Ref<Item> more = dataset.transact(tx -> tx.allocate(Item.of(objects)));
    dataset.run(tx -> tx.delete(more));
    return (store.recovery().clean() ? "clean" : "crashed")
        + " "
        + dataset.stats().objects()
        + " objects, seen "
        + at
        + ", wrong "
        + wrong
        + ", damages "
        + store.recovery().damages().size();
  }

  /** Runs one with so much memory; returns what it says. */
  static String run(int heapMegabytes, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx" + heapMegabytes + "m",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            ManyObjects.class.getName()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return said;
  }
}
