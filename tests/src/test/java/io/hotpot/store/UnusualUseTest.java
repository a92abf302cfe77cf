package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What few applications do and none should be punished for beyond an exception: very long names,
 * very many roots and datasets, transactions inside transactions, errors of the JVM, options at and
 * beyond their ends, one class name twice.
 */
@Timeout(300)
class UnusualUseTest {

  record Note(String text) {}

  @TempDir Path directory;
  private Hotpot store;
  private Dataset notes;
  private Ref<Note> note;

  @BeforeEach
  void open() {
    store = Hotpot.open(directory.resolve("store"), options());
    notes = store.dataset("notes");
    note = notes.transact(tx -> tx.allocate(new Note("first")));
  }

  private static HotpotOptions options() {
    return HotpotOptions.defaults()
        .withHeap(HotpotOptions.HeapKind.MAPPED)
        .withDurability(Durability.PROCESS)
        .withMaxBytes(256L << 20);
  }

  private void reopen() {
    store.close();
    store = Hotpot.open(directory.resolve("store"), options());
    notes = store.dataset("notes");
  }

  @AfterEach
  void nothingIsLost() {
    assertThat(text()).isEqualTo("first");
    reopen();
    assertThat(text()).isEqualTo("first");
    assertThat(store.check()).isEmpty();
    store.close();
  }

  private String text() {
    return notes.<Note>read(tx -> tx.get(note)).text();
  }

  private static void is(Class<? extends Throwable> type, String says, ThrowingCallable act) {
    assertThatThrownBy(act).isInstanceOf(type).hasMessageContaining(says);
  }

  @Test
  void namesOfEveryLength() {
    String longest = "n".repeat(255);
    assertThat(store.dataset(longest).name()).isEqualTo(longest);
    for (String name : List.of("n".repeat(256), "ü".repeat(128), "n".repeat(10 << 20))) {
      is(MisuseException.class, "255 bytes", () -> store.dataset(name));
      is(MisuseException.class, "255 bytes", () -> store.rename(longest, name));
      assertThat(store.findDataset(name)).isEmpty();
    }
    String root = "r".repeat(1024);
    notes.run(tx -> tx.root(root, note));
    for (String name : List.of("", "r".repeat(1025), "r".repeat(10 << 20))) {
      is(MisuseException.class, "1024 bytes", () -> notes.run(tx -> tx.root(name, note)));
      assertThat(notes.<Boolean>read(tx -> tx.root(name).isEmpty())).isTrue();
    }
    reopen();
    assertThat(store.findDataset(longest)).isPresent();
    assertThat(notes.<Ref<Note>>read(tx -> tx.<Note>root(root).orElseThrow())).isEqualTo(note);
  }

  /** They are one object: as many as fit in that, in few transactions. */
  @Test
  void aHundredThousandRoots() {
    int many = 100_000;
    notes.run(
        tx -> {
          for (int i = 0; i < many; i++) {
            tx.root("root " + i, note);
          }
          assertThat(tx.root("root 77777")).isPresent();
          assertThat(tx.root("root " + many)).isEmpty();
        });
    notes.run(tx -> tx.removeRoot(notes, "root 5"));
    is(
        ObjectTooLarge.class,
        "roots",
        () ->
            notes.run(
                tx -> {
                  for (int i = 0; i < many; i++) {
                    tx.root("one more root with a long name, much longer than others " + i, note);
                  }
                }));
    reopen();
    Map<String, Ref<?>> roots = notes.read(tx -> tx.allRoots(notes));
    assertThat(roots).hasSize(many - 1).containsKey("root 99999").doesNotContainKey("root 5");
    assertThat(roots.values()).allMatch(note::equals);
    try (Snapshot snapshot = store.snapshot()) {
      assertThat(snapshot.roots(notes)).hasSize(many - 1);
    }
  }

  @Test
  void aThousandDatasets() {
    List<String> names = IntStream.range(0, 1000).mapToObj(i -> "dataset " + i).toList();
    names.forEach(store::dataset);
    List<Ref<Note>> refs = new ArrayList<>();
    // Each takes a chunk.
    for (String name : names.subList(0, 25)) {
      refs.add(store.dataset(name).transact(tx -> tx.allocate(new Note(name))));
    }
    store.run(tx -> refs.forEach(ref -> tx.update(ref, n -> new Note(n.text() + "!"))));
    reopen();
    assertThat(store.datasets()).hasSize(1001);
    for (int i = 0; i < refs.size(); i++) {
      Ref<Note> ref = refs.get(i);
      assertThat(store.<Note>read(tx -> tx.get(ref)).text()).isEqualTo(names.get(i) + "!");
    }
    names.subList(0, 500).forEach(store::drop);
    assertThat(store.datasets()).hasSize(501);
    assertThat(store.heapUse().chunksInUse()).isLessThan(10);
  }

  /** Which of the two a value would become, nobody could say. */
  @Test
  void oneClassNameFromTwoLoaders() throws Exception {
    try (ApplicationVersions versions = new ApplicationVersions(directory.resolve("classes"))) {
      String source = "record Twin(String text) {}";
      ClassLoader first = versions.version(source);
      ClassLoader second = versions.version(source);
      ClassLoader changed = versions.version("record Twin(Thread text) {}");
      Object value = ApplicationVersions.make(first, "Twin", "one");
      Ref<Object> ref = notes.transact(tx -> tx.allocate(value));
      Object other = ApplicationVersions.make(second, "Twin", "two");
      is(TypeMismatch.class, "different class loaders", () -> notes.run(tx -> tx.put(ref, other)));
      Object read = notes.read(tx -> tx.get(ref));
      assertThat(read).isEqualTo(value);
      assertThatThrownBy(
              () ->
                  notes.run(
                      tx ->
                          tx.put(
                              ref,
                              ApplicationVersions.make(changed, "Twin", Thread.currentThread()))))
          .isInstanceOf(TypeMismatch.class)
          .hasMessageContaining("Twin");
      String text = notes.read(tx -> tx.get(ref).toString());
      assertThat(text).startsWith("Twin[text=");
    }
  }

  static Stream<Error> errors() {
    return Stream.of(
        new StackOverflowError("of the application"),
        new OutOfMemoryError("of the application"),
        new AssertionError("of the application"),
        new LinkageError("of the application"));
  }

  @ParameterizedTest
  @MethodSource("errors")
  void anErrorInTheWorkUndoesIt(Error error) {
    Dataset exclusive =
        store.dataset("exclusive", DatasetOptions.defaults().withMode(TransactionMode.MRSW));
    Ref<Note> locked = exclusive.transact(tx -> tx.allocate(new Note("locked")));
    List<Ref<Note>> made = new ArrayList<>();
    assertThatThrownBy(
            () ->
                store.run(
                    tx -> {
                      tx.acquire(locked);
                      tx.put(locked, new Note("changed"));
                      tx.put(note, new Note("changed"));
                      made.add(tx.allocate(notes, new Note("made")));
                      throw error;
                    }))
        .isSameAs(error);
    assertThatThrownBy(
            () ->
                notes.read(
                    tx -> {
                      tx.get(note);
                      throw error;
                    }))
        .isSameAs(error);
    assertThatThrownBy(
            () ->
                notes.run(
                    tx ->
                        tx.update(
                            note,
                            n -> {
                              throw error;
                            })))
        .isSameAs(error);
    assertThat(text()).isEqualTo("first");
    assertThat(store.<Note>read(tx -> tx.find(made.getFirst()).orElse(new Note("none"))).text())
        .isEqualTo("none");
    exclusive.run(
        tx -> {
          tx.acquire(locked);
          tx.put(locked, new Note("locked again"));
        });
    assertThat(store.counters().get("aborts")).isGreaterThanOrEqualTo(3);
  }

  @SuppressWarnings("InfiniteRecursion") // Until the stack is full.
  private static int endless(Transaction tx, Ref<Note> ref) {
    return tx.find(ref).isEmpty() ? 0 : 1 + endless(tx, ref);
  }

  @Test
  void aRealStackOverflowInTheWorkUndoesIt() {
    for (int i = 0; i < 20; i++) {
      assertThatThrownBy(
              () ->
                  notes.run(
                      tx -> {
                        tx.put(note, new Note("changed"));
                        endless(tx, note);
                      }))
          .isInstanceOf(StackOverflowError.class);
      assertThat(text()).isEqualTo("first");
    }
  }

  @Test
  void aTransactionInsideAnotherIsOneOfItsOwn() {
    Ref<Note> inner =
        notes.transact(
            outer -> {
              outer.put(note, new Note("not yet"));
              Ref<Note> made =
                  notes.transact(
                      tx -> {
                        assertThat(tx.get(note).text()).as("not of the outer").isEqualTo("first");
                        return tx.allocate(new Note("inner"));
                      });
              assertThat(outer.find(made)).as("committed by now").isPresent();
              outer.put(note, new Note("first"));
              return made;
            });
    assertThat(store.<Note>read(tx -> tx.get(inner)).text()).isEqualTo("inner");
    Ref<Note> kept =
        notes.transact(
            outer -> {
              Ref<Note> made = notes.transact(tx -> tx.allocate(new Note("kept")));
              outer.put(note, new Note("aborted"));
              outer.abort();
              return made;
            });
    assertThat(store.<Note>read(tx -> tx.get(kept)).text()).isEqualTo("kept");
  }

  @Test
  void aTransactionThatChangesWhatTheOuterOneHasReadConflictsWithIt() {
    AtomicInteger rounds = new AtomicInteger();
    store.close();
    store = Hotpot.open(directory.resolve("store"), options().withAttempts(3));
    notes = store.dataset("notes");
    is(
        ConflictException.class,
        "tried 3 times",
        () ->
            notes.run(
                outer -> {
                  String read = outer.get(note).text();
                  notes.run(tx -> tx.put(note, new Note("round " + rounds.incrementAndGet())));
                  outer.put(note, new Note(read + " and more"));
                }));
    assertThat(rounds).hasValue(3);
    assertThat(text()).isEqualTo("round 3");
    notes.run(tx -> tx.put(note, new Note("first")));
  }

  @Test
  void optionsAtTheirEnds() {
    is(
        MisuseException.class,
        "maxBytes",
        () -> HotpotOptions.defaults().withMaxBytes(HotpotOptions.MIN_BYTES - 1));
    is(
        MisuseException.class,
        "attempts",
        () -> HotpotOptions.defaults().withAttempts(Integer.MIN_VALUE));
    openAndUse(options().withMaxBytes(HotpotOptions.MIN_BYTES));
    HotpotOptions endless = options().withMaxBytes(Long.MAX_VALUE);
    openAndUse(endless);
    openAndUse(endless.withHeap(HotpotOptions.HeapKind.AUTO));
    is(
        MisuseException.class,
        "heap is llpl",
        () -> openAndUse(endless.withHeap(HotpotOptions.HeapKind.LLPL)));
    openAndUse(options().withCacheBytes(Long.MAX_VALUE).withAttempts(Integer.MAX_VALUE));
    openAndUse(options().withCacheBytes(0).withAttempts(1));
    openAndUse(options().withBackground(false));
  }

  private int made;

  private void openAndUse(HotpotOptions options) {
    Path place = directory.resolve("other " + made++);
    try (Hotpot other = Hotpot.open(place, options)) {
      Ref<Note> ref = other.dataset("d").transact(tx -> tx.allocate(new Note("here")));
      assertThat(other.<Note>read(tx -> tx.get(ref)).text()).isEqualTo("here");
    }
  }
}
