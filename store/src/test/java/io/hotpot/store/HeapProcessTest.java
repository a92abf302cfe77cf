package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.store.HotpotOptions.HeapKind;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Heaps and processes: which heap a process gets, two that want one, one that dies growing. */
@Timeout(200)
class HeapProcessTest {

  private static final long SEED = Long.getLong("hotpot.seed", System.nanoTime());
  private static final List<String> FLAGS =
      List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow");

  @TempDir Path directory;

  private static String run(List<String> options, String... arguments) throws Exception {
    return output(HeapProcess.start(options, arguments));
  }

  /** Runs where files of more than 64 MiB (or 128 MiB, in some shells) cannot be written. */
  private static String runWithSmallFiles(String... arguments) throws Exception {
    List<String> limit = List.of("sh", "-c", "ulimit -f 131072; exec \"$@\"", "sh");
    return output(HeapProcess.start(limit, FLAGS, arguments));
  }

  private static String output(Process process) throws Exception {
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return output.replace("WARNING: java.io.tmpdir directory does not exist\n", "").strip();
  }

  private List<String> withTemporaryFilesIn(Path there) {
    List<String> options = new ArrayList<>(FLAGS);
    options.add("-Djava.io.tmpdir=" + there);
    return options;
  }

  @ParameterizedTest
  @EnumSource(
      value = HeapKind.class,
      names = {"LLPL", "MAPPED"})
  void aStoreIsForOneProcess(HeapKind kind) throws Exception {
    LlplAssumption.assumeUsable(kind);
    Path store = directory.resolve("store");
    HotpotOptions options =
        HotpotOptions.defaults().withHeap(kind).withMaxBytes(HeapProcess.MAX_BYTES);
    String locked =
        "StoreLocked: "
            + store.resolve(kind == HeapKind.LLPL ? Heaps.LLPL_FILE : Heaps.MAPPED_FILE)
            + " is open in another process (process "
            + ProcessHandle.current().pid();
    try (Hotpot hotpot = Hotpot.open(store, options)) {
      hotpot.dataset("d");
      assertThat(run(FLAGS, "open", store.toString(), kind.name()))
          .startsWith(locked)
          .endsWith("); wait until it has closed the store or stop it");
      assertThat(run(FLAGS, "look", store.toString(), kind.name())).startsWith(locked);
      assertThatThrownBy(() -> Hotpot.open(store, options))
          .isInstanceOf(StoreLocked.class)
          .hasMessageContaining("in this process already");
      assertThat(run(FLAGS, "open", store.toString(), kind.name()))
          .as("the refused attempt took nothing away from the lock")
          .startsWith(locked);
    }
    assertThat(run(FLAGS, "open", store.toString(), kind.name()))
        .isEqualTo("kept in " + kind.text() + ": the store has " + article(kind) + " heap");
    try (Hotpot reader = Hotpot.open(store, options.withReadOnly(true))) {
      assertThat(reader.datasets()).hasSize(1);
      assertThat(run(FLAGS, "look", store.toString(), kind.name())).startsWith("kept in ");
      assertThat(run(FLAGS, "open", store.toString(), kind.name())).startsWith("StoreLocked: ");
    }
  }

  private static String article(HeapKind kind) {
    return kind == HeapKind.LLPL ? "an LLPL" : "a mapped";
  }

  @Test
  void theDefaultIsLlplQuietlyAndWithoutLeavingsWhereItLoads() throws Exception {
    LlplAssumption.assumeUsable();
    Path temporary = Files.createDirectory(directory.resolve("tmp"));
    assertThat(
            run(
                withTemporaryFilesIn(temporary),
                "open",
                directory.resolve("store").toString(),
                "AUTO"))
        .isEqualTo("kept in llpl: LLPL's native libraries load");
    try (Stream<Path> files = Files.list(temporary)) {
      assertThat(files.map(f -> f.getFileName().toString()).filter(f -> f.contains("llpl")))
          .isEmpty();
    }
  }

  @Test
  void withoutLeaveForNativeCodeTheDefaultIsTheMappedFile() throws Exception {
    assertThat(
            run(
                List.of("--sun-misc-unsafe-memory-access=allow"),
                "open",
                directory.resolve("store").toString(),
                "AUTO"))
        .isEqualTo(
            "kept in mapped: LLPL cannot be used here: native code is not enabled; start the JVM with"
                + " --enable-native-access=ALL-UNNAMED");
  }

  @Test
  void withoutTheLibraryTheDefaultIsTheMappedFileAndSaysWhy() throws Exception {
    List<String> broken = withTemporaryFilesIn(directory.resolve("missing"));
    String store = directory.resolve("store").toString();
    assertThat(run(broken, "open", store, "AUTO"))
        .startsWith("kept in mapped: LLPL cannot be used here: LLPL's native library");
    assertThat(run(broken, "look", store, "AUTO"))
        .startsWith("kept in mapped: the store has a mapped heap; LLPL cannot be used here: ");
    assertThat(run(broken, "open", directory.resolve("other").toString(), "LLPL"))
        .startsWith("MisuseException: option heap is llpl, but LLPL cannot be used here: ")
        .endsWith("or use the heap mapped");
    assertThat(run(broken, "device", directory.resolve("other").toString(), "/dev/dax0.0"))
        .startsWith(
            "MisuseException: option device is /dev/dax0.0, but LLPL cannot be used here: ");
  }

  @Test
  void withoutTheLibraryAnLlplStoreCanStillBeRead() throws Exception {
    LlplAssumption.assumeUsable();
    List<String> broken = withTemporaryFilesIn(directory.resolve("missing"));
    String store = directory.resolve("store").toString();
    assertThat(run(FLAGS, "open", store, "LLPL")).isEqualTo("kept in llpl: asked for");
    assertThat(run(broken, "look", store, "AUTO"))
        .isEqualTo("kept in llpl: the store has an LLPL heap");
    assertThat(run(List.of(), "look", store, "AUTO")).contains("kept in llpl");
    assertThat(run(broken, "open", store, "AUTO"))
        .startsWith("MisuseException: ")
        .contains("needs LLPL to be written");
  }

  @Test
  void aDeviceIsMappedWithoutLibrariesButNotWithoutLeave() throws Exception {
    String file = Files.write(directory.resolve("device"), new byte[4096]).toString();
    assertThat(run(withTemporaryFilesIn(directory.resolve("missing")), "map", file)).isEmpty();
    assertThat(run(List.of("--illegal-native-access=deny"), "map", file))
        .startsWith("MisuseException: " + file + " can only be mapped, and that by native code")
        .endsWith("--enable-native-access=ALL-UNNAMED");
  }

  @Test
  void anExistingStoreKeepsItsHeap() throws Exception {
    LlplAssumption.assumeUsable();
    String mapped = directory.resolve("mapped").toString();
    String llpl = directory.resolve("llpl").toString();
    assertThat(run(FLAGS, "open", mapped, "MAPPED")).isEqualTo("kept in mapped: asked for");
    assertThat(run(FLAGS, "open", mapped, "LLPL"))
        .isEqualTo("kept in mapped: the store has a mapped heap");
    assertThat(run(FLAGS, "open", llpl, "LLPL")).isEqualTo("kept in llpl: asked for");
    assertThat(run(FLAGS, "open", llpl, "MAPPED"))
        .isEqualTo("kept in llpl: the store has an LLPL heap");
    Files.copy(Path.of(mapped, Heaps.MAPPED_FILE), Path.of(llpl, Heaps.MAPPED_FILE));
    assertThat(run(FLAGS, "open", llpl, "AUTO"))
        .startsWith("CorruptException: ")
        .contains("two heaps");
  }

  @Test
  void aProcessMayDieWhileItsHeapGrows() throws Exception {
    LlplAssumption.assumeUsable();
    SplittableRandom random = new SplittableRandom(SEED);
    Path file = directory.resolve(Heaps.LLPL_FILE);
    LlplHeap.create(file);
    int told = -1;
    for (int round = 0; round < 15; round++) {
      String where = "round " + round + ", seed " + SEED;
      told = Math.max(told, killGrowing(file, random.nextInt(1, 4), random.nextInt(40)));
      try (Heap heap = LlplHeap.open(file, HeapProcess.MAX_BYTES, false, "test")) {
        assertThat(heap.chunks()).as(where).isGreaterThan(told);
        for (int i = 0; i < heap.chunks(); i++) {
          assertThat(heap.label(i))
              .as(where)
              .isIn(i <= told ? List.of(i + 1L) : List.of(0L, i + 1L));
        }
        if (heap.chunks() == heap.maxChunks()) {
          break;
        }
      }
    }
  }

  /** Kills a process some milliseconds after it has grown by some chunks; returns the last told. */
  private static int killGrowing(Path file, int chunks, int furtherMs)
      throws IOException, InterruptedException {
    Process process =
        HeapProcess.start(FLAGS, "grow", file.toString(), Long.toString(HeapProcess.MAX_BYTES));
    int told = -1;
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      int heard = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        told = Integer.parseInt(line);
        heard++;
        if (heard == chunks && !process.waitFor(furtherMs, TimeUnit.MILLISECONDS)) {
          process.toHandle().destroyForcibly();
        }
      }
    }
    process.waitFor();
    return told;
  }

  @Test
  void aFullMediumIsAnExceptionBeforeItIsABusError() throws Exception {
    LlplAssumption.assumeUsable();
    Path file = directory.resolve(Heaps.LLPL_FILE);
    LlplHeap.create(file);
    long maxBytes = 512L << 20;
    LlplHeap.open(file, maxBytes, false, "test").close();
    List<String> lines = runWithSmallFiles("grow", file.toString(), "" + maxBytes).lines().toList();
    assertThat(lines).hasSizeGreaterThan(10);
    assertThat(lines.getLast()).startsWith("HeapFull: the medium has no room");
    int chunks = lines.size() - 1;
    // Its maximum cannot be raised where it is, and it is what it was all the same.
    assertThat(runWithSmallFiles("grow", file.toString(), "" + 4 * maxBytes).lines().toList())
        .last()
        .asString()
        .startsWith("HeapFull: ");
    try (Heap heap = LlplHeap.open(file, maxBytes, false, "test")) {
      assertThat(heap.chunks()).isGreaterThanOrEqualTo(chunks);
      for (int i = 0; i < chunks; i++) {
        assertThat(heap.label(i)).isEqualTo(i + 1);
      }
      assertThat(heap.grow()).as("here there is room").isGreaterThanOrEqualTo(chunks);
    }
  }
}
