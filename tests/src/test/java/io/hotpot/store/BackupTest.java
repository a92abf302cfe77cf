package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Backups of a store in use are whole, and later ones write only what has changed. */
@Timeout(120)
class BackupTest {

  private static final int OBJECTS = 50;

  @TempDir Path directory;

  record Entry(long number, String text) {}

  private static HotpotOptions options() {
    return HotpotOptions.defaults().withMaxBytes(256L << 20);
  }

  private Hotpot open(String name) {
    return Hotpot.open(directory.resolve(name), options());
  }

  /** Every transaction writes one number to all objects of two datasets. */
  private static void writeAll(Hotpot store, List<Ref<Entry>> refs, long number) {
    store.run(tx -> refs.forEach(ref -> tx.put(ref, new Entry(number, "x".repeat(300)))));
  }

  private static List<Ref<Entry>> fill(Hotpot store) {
    List<Ref<Entry>> refs = new ArrayList<>();
    for (int i = 0; i < OBJECTS; i++) {
      Dataset dataset = store.dataset(i % 2 == 0 ? "even" : "odd");
      refs.add(dataset.transact(tx -> tx.allocate(new Entry(0, ""))));
    }
    return refs;
  }

  private static long appended(Hotpot store) {
    return store.datasets().stream().mapToLong(d -> d.stats().logBytes()).sum();
  }

  private static long soleNumber(Hotpot store, List<Ref<Entry>> refs) {
    List<Long> numbers =
        store.read(tx -> refs.stream().map(ref -> tx.get(ref).number()).distinct().toList());
    assertThat(numbers).hasSize(1);
    return numbers.getFirst();
  }

  @ParameterizedTest
  @EnumSource(Durability.class)
  void aBackupOfAStoreInUseIsOfOneMoment(Durability durability) throws InterruptedException {
    try (Hotpot store =
        Hotpot.open(directory.resolve("store"), options().withDurability(durability))) {
      List<Ref<Entry>> refs = fill(store);
      AtomicBoolean done = new AtomicBoolean();
      AtomicReference<Throwable> failure = new AtomicReference<>();
      Thread writer =
          Thread.ofPlatform()
              .uncaughtExceptionHandler((thread, e) -> failure.set(e))
              .start(
                  () -> {
                    for (long number = 1; !done.get(); number++) {
                      writeAll(store, refs, number);
                    }
                  });
      long before = -1;
      for (int i = 0; i < 8; i++) {
        long least = soleNumber(store, refs);
        store.backup(directory.resolve("backup"));
        try (Hotpot copy = Hotpot.open(directory.resolve("backup"), options().withReadOnly(true))) {
          assertThat(copy.check()).isEmpty();
          assertThat(copy.recovery().damages()).isEmpty();
          long number = soleNumber(copy, refs);
          assertThat(number).isGreaterThanOrEqualTo(least).isGreaterThanOrEqualTo(before);
          before = number;
        }
        store.compact();
      }
      done.set(true);
      writer.join();
      assertThat(failure.get()).isNull();
    }
  }

  /**
   * Nearly all that the first backup copies is live, and nothing moves it: what the second one
   * writes is then what the store appended in between, in whole pieces of the copy.
   */
  @Test
  void aLaterBackupWritesWhatHasChangedAndIsAStore() {
    List<Ref<Entry>> refs;
    long first;
    long second;
    long appended;
    Path backup = directory.resolve("backup");
    try (Hotpot store = Hotpot.open(directory.resolve("store"), options().withBackground(false))) {
      refs = fill(store);
      Dataset even = store.dataset("even");
      for (int i = 0; i < 40; i++) {
        even.run(tx -> tx.allocate(new Entry(-1, "kept ".repeat(50_000))));
      }
      first = store.backup(backup);
      long before = appended(store);
      writeAll(store, refs, 1000);
      appended = appended(store) - before;
      second = store.backup(backup);
      store.drop("odd");
      store.dataset("even").run(tx -> tx.put(refs.getFirst(), new Entry(7, "last")));
      store.backup(backup);
    }
    assertThat(first).isGreaterThan(40 * 250_000);
    // A piece is 64 KiB, and each of the two logs may begin and end inside one.
    assertThat(second).isBetween(appended, appended + 4 * (64 << 10));
    try (Hotpot restored = Hotpot.open(backup, options())) {
      assertThat(restored.check()).isEmpty();
      assertThat(restored.datasets()).hasSize(1);
      assertThat(restored.read(tx -> tx.get(refs.getFirst())).text()).isEqualTo("last");
      restored.run(tx -> tx.put(refs.getFirst(), new Entry(8, "goes on")));
    }
    try (Hotpot store = open("store")) {
      assertThatThrownBy(() -> store.backup(backup))
          .isInstanceOf(MisuseException.class)
          .hasMessageContaining("used as a store");
    }
    try (Hotpot again = Hotpot.open(backup, options())) {
      assertThat(again.read(tx -> tx.get(refs.getFirst())).number()).isEqualTo(8);
    }
  }

  @Test
  void aFolderWithAnythingElseIsLeftAlone() throws IOException {
    Path other = Files.createDirectories(directory.resolve("other"));
    Files.writeString(other.resolve("letter.txt"), "dear");
    try (Hotpot store = open("store");
        Hotpot stranger = open("stranger")) {
      fill(store);
      assertThatThrownBy(() -> store.backup(other))
          .isInstanceOf(MisuseException.class)
          .hasMessageContaining("holds files");
      stranger.backup(directory.resolve("its backup"));
      assertThatThrownBy(() -> store.backup(directory.resolve("its backup")))
          .isInstanceOf(MisuseException.class)
          .hasMessageContaining("another store");
    }
    assertThat(Files.readString(other.resolve("letter.txt"))).isEqualTo("dear");
  }

  @Test
  void aBackupThatWasCutShortIsNotOpened() throws IOException {
    Path backup = directory.resolve("backup");
    try (Hotpot store = open("store")) {
      List<Ref<Entry>> refs = fill(store);
      store.backup(backup);
      Files.writeString(backup.resolve(Backup.INCOMPLETE), "");
      assertThatThrownBy(() -> Hotpot.open(backup, options()))
          .isInstanceOf(CorruptException.class)
          .hasMessageContaining("cut short");
      store.backup(backup);
      Hotpot.open(backup, options().withReadOnly(true)).close();
      assertThat(refs).hasSize(OBJECTS);
    }
  }
}
