package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.store.HotpotOptions.HeapKind;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A store's directory in every state that it should not be in: files cut, replaced, made up, gone.
 * Each is harmless or refused by name, and nothing is lost by the refusal.
 */
@Timeout(300)
class DamagedDirectoryTest {

  private static final int OBJECTS = 10;

  @TempDir Path directory;
  private Path store;
  private Path file;
  private HeapKind kind;
  private final List<Ref<String>> refs = new ArrayList<>();

  @Retention(RetentionPolicy.RUNTIME)
  @ParameterizedTest
  @EnumSource(
      value = HeapKind.class,
      names = {"MAPPED", "LLPL"})
  private @interface OnBothHeaps {}

  private void makeStore(HeapKind kind) {
    this.kind = kind;
    store = directory.resolve("store");
    file = store.resolve(kind == HeapKind.LLPL ? Heaps.LLPL_FILE : Heaps.MAPPED_FILE);
    try (Hotpot hotpot = Hotpot.open(store, options())) {
      Dataset dataset = hotpot.dataset("d");
      for (int i = 0; i < OBJECTS; i++) {
        String value = "value " + i;
        refs.add(dataset.transact(tx -> tx.allocate(value)));
      }
    }
  }

  private HotpotOptions options() {
    return HotpotOptions.defaults()
        .withHeap(kind)
        .withBackground(false)
        .withMaxBytes(HotpotOptions.MIN_BYTES);
  }

  private Hotpot open() {
    return Hotpot.open(store, options());
  }

  private void isWhole(Hotpot hotpot) {
    for (int i = 0; i < OBJECTS; i++) {
      Ref<String> ref = refs.get(i);
      assertThat(hotpot.<String>read(tx -> tx.get(ref))).isEqualTo("value " + i);
    }
    assertThat(hotpot.recovery().damages()).isEmpty();
  }

  private void isStillWhole() {
    try (Hotpot hotpot = open()) {
      isWhole(hotpot);
      hotpot.dataset("d").run(tx -> tx.delete(tx.allocate("more")));
    }
  }

  private static void refused(Class<? extends Throwable> type, String says, ThrowingCallable act) {
    assertThatThrownBy(act).isInstanceOf(type).hasMessageContaining(says);
  }

  @OnBothHeaps
  void cutAtEveryPage(HeapKind kind) throws IOException {
    makeStore(kind);
    int refusals = 0;
    try (RandomAccessFile heap = new RandomAccessFile(file.toFile(), "rw")) {
      for (long to = (heap.length() - 1) & -4096L; to >= 0; to -= 4096) {
        heap.setLength(to);
        String where = file + " cut to " + to;
        try (Hotpot hotpot = Hotpot.open(store, options().withReadOnly(true))) {
          // What was cut off was never written to.
          isWhole(hotpot);
        } catch (HotpotException e) {
          assertThat(e).as(where).hasMessageContaining(store.toString());
          refusals++;
        }
        if (to % Heap.CHUNK_BYTES == 0 && refusals > 0) {
          refused(HotpotException.class, store.toString(), this::open);
        }
      }
    }
    assertThat(refusals).isGreaterThan(1024);
  }

  @OnBothHeaps
  void theHoldersNote(HeapKind kind) throws IOException {
    makeStore(kind);
    Path holder = store.resolve(StoreHolder.FILE);
    Files.write(holder, new byte[100_000]);
    isStillWhole();
    Files.writeString(holder, "process of nobody");
    try (Hotpot hotpot = open()) {
      isWhole(hotpot);
      refused(StoreLocked.class, "in this process already", this::open);
    }
    Files.delete(holder);
    isStillWhole();
    Files.delete(holder);
    Files.createDirectory(holder);
    for (boolean readOnly : new boolean[] {false, true}) {
      refused(
          NotAStore.class,
          holder.toString(),
          () -> Hotpot.open(store, options().withReadOnly(readOnly)).close());
    }
    Files.delete(holder);
    Files.createSymbolicLink(holder, directory.resolve("nowhere/holder"));
    refused(NotAStore.class, holder.toString(), this::open);
    Files.delete(holder);
    isStillWhole();
  }

  @OnBothHeaps
  void theEvents(HeapKind kind) throws IOException {
    makeStore(kind);
    Path events = store.resolve("events");
    for (String text : List.of("", "\n\n", "commits", "commits many\n", "\0\1\2", " 5\n")) {
      Files.writeString(events, text);
      if (!text.isEmpty() && !text.equals(" 5\n")) {
        refused(CorruptException.class, events.toString(), () -> Hotpot.lastCounters(store));
      }
      isStillWhole();
      assertThat(Hotpot.lastCounters(store)).as("written anew").containsKey("commits");
    }
    Files.write(events, new byte[] {(byte) 0xC3, 0x28, (byte) 0xFF});
    refused(CorruptException.class, events.toString(), () -> Hotpot.lastCounters(store));
    Files.delete(events);
    Files.createDirectory(events);
    Files.createDirectory(events.resolve("full"));
    isStillWhole();
    refused(HotpotException.class, store.toString(), () -> Hotpot.lastCounters(store));
  }

  @OnBothHeaps
  void theUndoFile(HeapKind kind) throws IOException {
    makeStore(kind);
    Path undo = store.resolve(Heaps.UNDO_FILE);
    Files.writeString(undo, "HOTPOTLU and nothing that follows");
    isStillWhole();
    Files.deleteIfExists(undo);
    isStillWhole();
    Files.deleteIfExists(undo);
    Files.createDirectory(undo);
    // It does not count while no growth is under way.
    isStillWhole();
  }

  @OnBothHeaps
  void theHeapsFileReplaced(HeapKind kind) throws IOException {
    makeStore(kind);
    Path elsewhere = directory.resolve("elsewhere");
    Files.move(file, elsewhere);
    Files.createDirectory(file);
    refused(NotAStore.class, file.toString(), this::open);
    refused(HotpotException.class, file.toString(), () -> Hotpot.outline(store));
    Files.delete(file);
    // Locks are beside the file: through a link, two processes could write to one heap.
    Files.createSymbolicLink(file, elsewhere);
    refused(NotAStore.class, "symbolic link", this::open);
    Files.delete(file);
    Files.createSymbolicLink(file, directory.resolve("nowhere"));
    refused(NotAStore.class, "symbolic link", this::open);
    Files.delete(file);
    Files.move(elsewhere, file);
    isStillWhole();
  }

  @OnBothHeaps
  void theDirectoryGoneWhileTheStoreIsOpen(HeapKind kind) throws IOException {
    makeStore(kind);
    Hotpot hotpot = open();
    isWhole(hotpot);
    remove(store);
    // The file has lost its name only; what cannot be done without one says so.
    isWhole(hotpot);
    Dataset dataset = hotpot.dataset("d");
    dataset.run(tx -> tx.put(refs.getFirst(), "changed"));
    assertThat(hotpot.<String>read(tx -> tx.get(refs.getFirst()))).isEqualTo("changed");
    assertThatThrownBy(
            () -> {
              while (true) {
                dataset.run(tx -> tx.allocate("x".repeat(1 << 20)));
              }
            })
        .isInstanceOf(HeapFull.class);
    isWholeBut(hotpot, 0);
    hotpot.close();
    refused(
        NotAStore.class, "does not exist", () -> Hotpot.open(store, options().withCreate(false)));
    refs.clear();
    makeStore(kind);
    isStillWhole();
  }

  private void isWholeBut(Hotpot hotpot, int changed) {
    for (int i = 0; i < OBJECTS; i++) {
      Ref<String> ref = refs.get(i);
      String value = i == changed ? "changed" : "value " + i;
      assertThat(hotpot.<String>read(tx -> tx.get(ref))).isEqualTo(value);
    }
  }

  private static void remove(Path directory) throws IOException {
    try (Stream<Path> paths = Files.walk(directory)) {
      assertThat(paths.sorted(Comparator.reverseOrder()).map(Path::toFile).allMatch(File::delete))
          .isTrue();
    }
  }

  @OnBothHeaps
  void openedThroughALinkWhileItIsOpen(HeapKind kind) throws Exception {
    makeStore(kind);
    Path link = Files.createSymbolicLink(directory.resolve("link"), store);
    Path relative = store.resolve("..").resolve(store.getFileName());
    try (Hotpot hotpot = open()) {
      for (Path way : List.of(link, relative)) {
        for (boolean readOnly : new boolean[] {false, true}) {
          refused(
              StoreLocked.class,
              "in this process already",
              () -> Hotpot.open(way, options().withReadOnly(readOnly)));
        }
      }
      assertThat(openInAnotherProcess(link)).startsWith("StoreLocked");
      isWhole(hotpot);
    }
    assertThat(openInAnotherProcess(link)).isEqualTo("opened");
    try (Hotpot hotpot = Hotpot.open(link, options())) {
      isWhole(hotpot);
      refused(StoreLocked.class, "in this process already", this::open);
    }
  }

  private String openInAnotherProcess(Path way) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                DamagedDirectoryTest.class.getName(),
                way.toString(),
                kind.name())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return said.strip();
  }

  /** Opens a store in a process of its own, and says how that went. */
  public static void main(String[] args) {
    DamagedDirectoryTest test = new DamagedDirectoryTest();
    test.kind = HeapKind.valueOf(args[1]);
    try (Hotpot hotpot = Hotpot.open(Path.of(args[0]), test.options())) {
      System.out.println(hotpot.datasets().isEmpty() ? "empty" : "opened");
    } catch (HotpotException e) {
      System.out.println(e.getClass().getSimpleName() + ": " + e.getMessage());
    }
  }
}
