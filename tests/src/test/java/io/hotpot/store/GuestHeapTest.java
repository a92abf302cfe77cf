package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Heaps on the guest's persistent memory, on a file system and on a device of its own. */
@Tag("guest")
@Timeout(300)
class GuestHeapTest {

  private static final Path FSDAX = Path.of(System.getProperty("hotpot.guest.fsdax", "/fsdax"));

  record Counter(String name, long value) {}

  @Test
  void theFileSystemMapsTheMediumItself() throws Exception {
    assertThat(Files.readAllLines(Path.of("/proc/mounts")))
        .anySatisfy(
            line -> assertThat(line).contains(" " + FSDAX + " ext4 ").contains("dax=always"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/dev/shm"})
  void bothHeapsKeepWhatIsCommitted(String other) throws Exception {
    Path medium = other.isEmpty() ? FSDAX : Path.of(other);
    assertThat(LlplLibrary.obstacle()).isEmpty();
    for (HotpotOptions.HeapKind kind :
        List.of(HotpotOptions.HeapKind.LLPL, HotpotOptions.HeapKind.MAPPED)) {
      Path directory = Files.createTempDirectory(medium, "store");
      HotpotOptions options = HotpotOptions.defaults().withHeap(kind).withMaxBytes(64L << 20);
      try (Hotpot store = Hotpot.open(directory, options)) {
        assertThat(store.heapInfo().durability())
            .isEqualTo(other.isEmpty() ? Durability.POWER : Durability.PROCESS);
        Dataset dataset = store.dataset("counters");
        Ref<Counter> ref = dataset.root("counter", () -> new Counter("a", 1));
        dataset.run(tx -> tx.update(ref, c -> new Counter(c.name(), c.value() + 41)));
      }
      try (Hotpot store = Hotpot.open(directory, options)) {
        Ref<Counter> ref = store.dataset("counters").root("counter", () -> new Counter("lost", 0));
        Counter found = store.dataset("counters").read(tx -> tx.get(ref));
        assertThat(found).isEqualTo(new Counter("a", 42));
      }
    }
  }

  // ---- the device

  private static final int BYTES = 500_000;
  private static final HotpotOptions OPTIONS = HotpotOptions.defaults();

  @TempDir Path temporary;

  @Test
  void aDeviceKeepsWhatIsCommitted() throws Throwable {
    Path directory = temporary.resolve("store");
    HotpotOptions onDevice = OPTIONS.withDevice(ClearedDevice.get());
    List<Ref<byte[]>> refs = new ArrayList<>();
    try (Hotpot store = Hotpot.open(directory, onDevice)) {
      assertThat(store.heapInfo().kind()).isEqualTo("llpl");
      assertThat(store.heapInfo().durability()).isEqualTo(Durability.POWER);
      assertThat(store.heapInfo().mechanism())
          .isEqualTo(
              "CPU cache flush and fence: persistent memory, device DAX " + ClearedDevice.path());
      assertThat(store.heapInfo().reason()).isEqualTo("a device was given");
      // What fits: less than the 250 MB of the device, and than the 16 GiB that are the default.
      assertThat(store.heapUse().chunksAtMost()).isBetween(40, 64);
      Dataset dataset = store.dataset("bytes");
      for (int i = 0; i < 40; i++) {
        byte[] bytes = bytes(i);
        refs.add(dataset.transact(tx -> tx.allocate(bytes)));
      }
      isLocked(directory);
      assertThat(Hotpot.outline(directory).clean()).isFalse();
    }
    assertThat(Files.readString(directory.resolve(Heaps.LLPL_FILE)))
        .startsWith("PMEMPOOLSET\n")
        .endsWith("\nAUTO " + ClearedDevice.path() + "\n");
    assertThat(Hotpot.outline(directory).chunks()).isGreaterThan(5);
    for (HotpotOptions options :
        List.of(onDevice, OPTIONS, OPTIONS.withReadOnly(true), OPTIONS.withMaxBytes(1L << 30))) {
      try (Hotpot store = Hotpot.open(directory, options)) {
        assertThat(store.recovery().clean()).isTrue();
        assertThat(store.check()).isEmpty();
        assertThat(store.heapUse().chunksAtMost()).isLessThan(64);
        areThere(store, refs);
      }
    }
    try (Hotpot store = Hotpot.open(directory)) {
      store.backup(temporary.resolve("backup"));
    }
    try (Hotpot copy = Hotpot.open(temporary.resolve("backup"))) {
      areThere(copy, refs);
    }
  }

  private static byte[] bytes(int number) {
    byte[] bytes = new byte[BYTES];
    Arrays.fill(bytes, (byte) (number + 1));
    return bytes;
  }

  private static void areThere(Hotpot store, List<Ref<byte[]>> refs) {
    for (int i = 0; i < refs.size(); i++) {
      Ref<byte[]> ref = refs.get(i);
      assertThat(store.<byte[]>read(tx -> tx.get(ref))).isEqualTo(bytes(i));
    }
  }

  /** By the directory, and from elsewhere by the device. */
  private void isLocked(Path directory) throws IOException {
    Path other = Files.createDirectories(temporary.resolve("other"));
    Files.copy(directory.resolve(Heaps.LLPL_FILE), other.resolve(Heaps.LLPL_FILE));
    for (HotpotOptions options : List.of(OPTIONS, OPTIONS.withReadOnly(true))) {
      assertThatThrownBy(() -> Hotpot.open(directory, options)).isInstanceOf(StoreLocked.class);
      assertThatThrownBy(() -> Hotpot.open(other, options))
          .isInstanceOf(StoreLocked.class)
          .hasMessageContaining(ClearedDevice.path() + " is open as the heap of a store");
    }
    assertThatThrownBy(
            () -> Hotpot.open(temporary.resolve("new"), OPTIONS.withDevice(ClearedDevice.path())))
        .isInstanceOf(StoreLocked.class);
  }

  @Test
  void whatIsOnADeviceIsNotOverwritten() throws Throwable {
    Path directory = temporary.resolve("store");
    Path second = temporary.resolve("second");
    HotpotOptions onDevice = OPTIONS.withDevice(ClearedDevice.get());
    Ref<Counter> ref;
    try (Hotpot store = Hotpot.open(directory, onDevice)) {
      ref = store.dataset("counters").root("counter", () -> new Counter("a", 1));
    }
    refuses(second, onDevice, "already: an LLPL heap", "'pmempool rm -f " + ClearedDevice.path());
    assertThat(second.resolve(Heaps.LLPL_FILE)).doesNotExist();
    refuses(directory, OPTIONS.withDevice(Path.of("/dev/null")), "not one of DAX");

    // A device of another number may get the name.
    Path pool = directory.resolve(Heaps.LLPL_FILE);
    String known = Files.readString(pool);
    Files.writeString(pool, known.replaceAll("store [0-9a-f]+", "store 1"));
    assertThatThrownBy(() -> Hotpot.open(directory))
        .isInstanceOf(NotAStore.class)
        .hasMessageContaining("is that of store 1; devices may have been numbered anew");
    // Who has lost the directory writes the file anew.
    Files.createDirectories(second);
    Files.writeString(
        second.resolve(Heaps.LLPL_FILE), "PMEMPOOLSET\nAUTO " + ClearedDevice.path() + "\n");
    try (Hotpot store = Hotpot.open(second)) {
      Counter found = store.dataset("counters").read(tx -> tx.get(ref));
      assertThat(found).isEqualTo(new Counter("a", 1));
    }

    Files.writeString(pool, known);
    Path inFile = temporary.resolve("file");
    Hotpot.open(inFile, OPTIONS.withHeap(HotpotOptions.HeapKind.LLPL)).close();
    refuses(inFile, onDevice, "has its heap in the file " + inFile);

    ClearedDevice.get();
    assertThatThrownBy(() -> Hotpot.open(directory))
        .isInstanceOf(NotAStore.class)
        .hasMessageContaining("does not begin as a pool");
    // What a creation leaves that is cut short before its last step.
    LlplPool.create(DaxDevice.find(ClearedDevice.path(), "it"));
    Path third = Files.createDirectories(temporary.resolve("third"));
    Files.writeString(third.resolve(Heaps.LLPL_FILE + ".new"), known);
    refuses(third, onDevice, "or of one whose creation was cut short", "'pmempool rm -f ");
    ClearedDevice.get();
    Hotpot.open(third, onDevice).close();
    assertThat(third.resolve(Heaps.LLPL_FILE + ".new")).doesNotExist();
  }

  private static void refuses(Path directory, HotpotOptions options, String... texts) {
    assertThatThrownBy(() -> Hotpot.open(directory, options))
        .isInstanceOf(MisuseException.class)
        .hasMessageContainingAll(texts);
  }

  private static LlplHeap open(Path file) {
    return LlplHeap.open(file, 64L << 20, false, "test");
  }

  /** Of what was on a device before it was cleared only the beginning is gone. */
  @Test
  void aNewHeapIsZeroOnADeviceThatIsNot() throws Throwable {
    Path file = temporary.resolve(Heaps.LLPL_FILE);
    byte[] rubbish = new byte[Heap.CHUNK_BYTES];
    Arrays.fill(rubbish, (byte) 0x55);
    for (int round = 0; round < 2; round++) {
      LlplHeap.create(file, DaxDevice.find(ClearedDevice.get(), "it"), round);
      try (Heap heap = open(file)) {
        assertThat(heap.storeId()).isEqualTo(round);
        assertThat(heap.register(0)).isZero();
        assertThat(heap.chunks()).isZero();
        for (int i = 0; i < 8; i++) {
          assertThat(heap.grow()).isEqualTo(i);
          assertThat(heap.label(i)).isZero();
          assertThat(heap.chunk(i).firstNonZero(0, Heap.CHUNK_BYTES)).isEqualTo(Heap.CHUNK_BYTES);
          heap.chunk(i).put(0, rubbish, 0, rubbish.length);
          heap.flush(i, 0, rubbish.length);
          heap.label(i, i + 1);
        }
        heap.register(0, 1);
      }
    }
  }

  @Test
  void growthOnADeviceThatACrashCutShortIsTakenBack() throws Throwable {
    Path file = temporary.resolve(Heaps.LLPL_FILE);
    LlplHeap.create(file, DaxDevice.find(ClearedDevice.get(), "it"), 9);
    try (Heap heap = open(file)) {
      heap.label(heap.grow(), 100);
    }
    for (int step = 0; step <= 2; step++) {
      try (PoolFile pool = PoolFile.open(file, false)) {
        pool.verify();
        pool.unseal();
        if (step > 0) {
          try (LlplPool llpl = LlplPool.open(pool.place())) {
            llpl.allocate(pool.extents().size(), 1, pool.storeId());
          }
        }
        if (step > 1) {
          // A torn page of the allocator's log, as a power loss leaves it.
          pool.bytes().write(new byte[] {0x77, 0x77, 0x77}, 8192 + 20);
        }
      }
      try (Heap heap = open(file)) {
        assertThat(heap.chunks()).as("after step %d", step).isEqualTo(1);
        assertThat(heap.label(0)).isEqualTo(100);
      }
    }
    try (Heap heap = open(file)) {
      assertThat(heap.grow()).isEqualTo(1);
      assertThat(heap.maxChunks()).isEqualTo(16);
    }
    try (PoolFile pool = PoolFile.open(file, false)) {
      pool.unseal();
    }
    Files.delete(file.resolveSibling(Heaps.UNDO_FILE));
    assertThatThrownBy(() -> open(file))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining(file + " on " + ClearedDevice.path() + " was being extended");
  }

  /** A process that is killed loses nothing; one that only looks loads no library for it. */
  @Test
  void aDeviceOfAKilledProcess() throws Throwable {
    Path directory = temporary.resolve("store");
    Hotpot.open(directory, OPTIONS.withDevice(ClearedDevice.get())).close();
    long told = 0;
    Process process = start("count", directory);
    try (BufferedReader lines = process.inputReader()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        told = Long.parseLong(line);
        if (told == 300) {
          process.toHandle().destroyForcibly();
        }
      }
    }
    process.waitFor();
    List<String> seen = start("look", directory).inputReader().readAllLines();
    assertThat(told).isGreaterThanOrEqualTo(300);
    assertThat(Long.parseLong(seen.getFirst())).isBetween(told, told + 1);
    assertThat(seen).last().isEqualTo("[]");
    try (Hotpot store = Hotpot.open(directory)) {
      assertThat(store.recovery().clean()).isFalse();
      assertThat(store.check()).isEmpty();
      Ref<Counter> ref = store.dataset("counters").root("counter", () -> new Counter("lost", 0));
      Counter found = store.dataset("counters").read(tx -> tx.get(ref));
      assertThat(found.value()).isEqualTo(Long.parseLong(seen.getFirst()));
    }
  }

  private static Process start(String what, Path directory) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx128m",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            DeviceWorker.class.getName(),
            what,
            directory.toString())
        .redirectErrorStream(true)
        .start();
  }
}
