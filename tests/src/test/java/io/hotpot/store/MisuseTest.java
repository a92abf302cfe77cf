package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Invariant 11: no misuse crashes or corrupts; each is an exception that says what to do. */
@Timeout(120)
class MisuseTest {

  record Note(String text) {}

  record Other(int number) {}

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
    return HotpotOptions.defaults().withMaxBytes(64L << 20);
  }

  /** After every misuse the store is as it was, and goes on. */
  @AfterEach
  void nothingIsLost() {
    try {
      assertThat(notes.<Note>read(tx -> tx.get(note)).text()).isEqualTo("first");
      store.close();
    } catch (StoreClosed closedByTheTest) {
      // Read again below.
    }
    try (Hotpot again = Hotpot.open(directory.resolve("store"), options())) {
      assertThat(again.<Note>read(tx -> tx.get(note)).text()).isEqualTo("first");
      assertThat(again.check()).isEmpty();
    }
  }

  private static void is(Class<? extends HotpotException> type, String says, ThrowingCallable act) {
    assertThatThrownBy(act).isInstanceOf(type).hasMessageContaining(says);
  }

  @Test
  void useAfterClose() {
    Transaction tx = store.begin();
    Snapshot snapshot = store.snapshot();
    Iterable<Ref<?>> refs = notes.refs();
    tx.close();
    snapshot.close();
    store.close();
    is(StoreClosed.class, "closed", () -> notes.read(t -> t.get(note)));
    is(StoreClosed.class, "closed", () -> notes.run(t -> t.put(note, new Note("x"))));
    is(StoreClosed.class, "closed", () -> store.dataset("new"));
    is(StoreClosed.class, "closed", () -> store.datasets());
    is(StoreClosed.class, "closed", () -> store.begin());
    is(StoreClosed.class, "closed", () -> store.snapshot());
    is(StoreClosed.class, "closed", () -> store.check());
    is(StoreClosed.class, "closed", () -> store.compact());
    is(StoreClosed.class, "closed", () -> store.drop("notes"));
    is(StoreClosed.class, "closed", () -> refs.iterator().hasNext());
    store.close();
  }

  @Test
  void closingUnderARunningTransaction() {
    Transaction tx = store.begin();
    tx.put(note, new Note("never"));
    store.close();
    is(StoreClosed.class, "closed", () -> tx.get(note));
    is(StoreClosed.class, "closed", tx::commit);
    tx.close();
  }

  @Test
  void useFromAnotherThread() throws InterruptedException {
    try (Transaction tx = store.begin()) {
      for (Runnable use :
          List.<Runnable>of(
              () -> tx.get(note),
              () -> tx.put(note, new Note("other")),
              () -> tx.delete(note),
              tx::commit,
              tx::abort)) {
        AtomicReference<Throwable> seen = new AtomicReference<>();
        Thread other =
            Thread.ofPlatform().uncaughtExceptionHandler((thread, e) -> seen.set(e)).start(use);
        other.join();
        assertThat(seen.get())
            .isInstanceOf(MisuseException.class)
            .hasMessageContaining("belongs to thread");
      }
    }
  }

  @Test
  void aFinishedTransaction() {
    Transaction committed = store.begin();
    committed.get(note);
    committed.commit();
    is(MisuseException.class, "finished", () -> committed.get(note));
    is(MisuseException.class, "finished", committed::commit);
    Transaction aborted = store.begin();
    aborted.abort();
    is(MisuseException.class, "finished", () -> aborted.put(note, new Note("x")));
    committed.close();
    aborted.close();
  }

  @Test
  void aTransactionThatEscapesItsLambda() {
    AtomicReference<Transaction> escaped = new AtomicReference<>();
    notes.run(escaped::set);
    assertThatThrownBy(() -> escaped.get().get(note)).isInstanceOf(MisuseException.class);
  }

  @Test
  void copiesThatThereNeverAre() {
    is(MisuseException.class, "one copy", () -> notes.run(tx -> tx.wantCopies(2)));
    is(MisuseException.class, "not 9", () -> notes.run(tx -> tx.wantCopies(9)));
    is(MisuseException.class, "not 0", () -> notes.run(tx -> tx.wantCopies(0)));
    is(
        MisuseException.class,
        "read-only",
        () ->
            notes.read(
                tx -> {
                  tx.wantCopies(1);
                  return 1;
                }));
    notes.run(
        tx -> {
          tx.wantCopies(1);
          tx.put(note, new Note("first"));
        });
  }

  @Test
  void whatOnlyAClusterKnows() {
    String commit = "1.2.786436@4";
    is(MisuseException.class, commit, () -> store.outcome(CommitId.parse(commit)));
    assertThat(CommitId.parse(commit))
        .isEqualTo(new CommitId(1, 2, 3 << 18 | 4, 4))
        .hasToString(commit);
    is(MisuseException.class, "its partition is 4, not 5", () -> CommitId.parse("1.2.786436@5"));
    is(MisuseException.class, "no members", () -> store.addMembershipListener(event -> {}));
    assertThat(store.removeMembershipListener(event -> {})).isFalse();
    for (String wrong : new String[] {"", "1.2.3", "1.2.3@0", "1.2.3@99999999999", "-1.2.3@4"}) {
      is(MisuseException.class, "commit", () -> CommitId.parse(wrong));
    }
  }

  @Test
  void nobodyWaitsForLessThanNothing() {
    CommitId commit = new CommitId(1, 1, 1, 1);
    for (Duration below : List.of(Duration.ofNanos(-1), Duration.ofSeconds(Long.MIN_VALUE))) {
      is(MisuseException.class, "0 or more", () -> store.outcome(commit, below));
      is(MisuseException.class, "0 or more", () -> barrier(2, below));
    }
    assertThat(barrier(2, Duration.ZERO)).isFalse();
  }

  private boolean barrier(int parties, Duration limit) {
    try {
      return store.barrier("gate", parties, limit);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aReferenceOfAnotherStore() {
    try (Hotpot other = Hotpot.open(directory.resolve("other"), options())) {
      for (int i = 0; i < 3; i++) {
        other.dataset("more " + i).transact(tx -> tx.allocate(new Other(1)));
      }
      Ref<Other> foreign = other.dataset("last").transact(tx -> tx.allocate(new Other(2)));
      is(ObjectNotFound.class, "another store", () -> store.read(tx -> tx.get(foreign)));
      is(ObjectNotFound.class, "another store", () -> store.run(tx -> tx.delete(foreign)));
      Dataset foreignDataset = other.dataset("last");
      is(
          MisuseException.class,
          "another store",
          () -> store.run(tx -> tx.allocate(foreignDataset, new Other(3))));
    }
  }

  @Test
  void aReferenceMadeUp() {
    is(ObjectNotFound.class, "no object", () -> store.read(tx -> tx.get(Ref.of(note.id() + 1000))));
    is(ObjectNotFound.class, "@", () -> store.read(tx -> tx.get(Ref.of(-1L))));
    is(ObjectNotFound.class, "@", () -> store.read(tx -> tx.get(Ref.of(0L))));
    is(ObjectNotFound.class, "@", () -> store.run(tx -> tx.delete(Ref.of(Long.MAX_VALUE))));
    is(ObjectNotFound.class, "@", () -> store.run(tx -> tx.put(Ref.of(3L), new Note("x"))));
  }

  @Test
  void aReferenceToSomethingElse() {
    Ref<Other> wrong = Ref.of(note.id());
    assertThatThrownBy(() -> notes.read(tx -> tx.get(wrong).number()))
        .isInstanceOf(ClassCastException.class)
        .hasMessageContaining("Note");
  }

  @Test
  void writingInARead() {
    is(MisuseException.class, "read", () -> notes.read(tx -> tx.allocate(new Note("x"))));
    is(
        MisuseException.class,
        "read",
        () ->
            store.read(
                tx -> {
                  tx.put(note, new Note("x"));
                  return 0;
                }));
  }

  @Test
  void anObjectThatIsTooLarge() {
    is(
        ObjectTooLarge.class,
        "bytes",
        () -> notes.run(tx -> tx.allocate(new Note("x".repeat(5 << 20)))));
  }

  @Test
  void aValueThatCannotBeStored() {
    is(TypeMismatch.class, "Thread", () -> notes.run(tx -> tx.allocate(Thread.currentThread())));
    is(TypeMismatch.class, "Object", () -> notes.run(tx -> tx.allocate(new Object())));
  }

  @Test
  void nullIsNoObject() {
    assertThatThrownBy(() -> notes.run(tx -> tx.allocate(null)))
        .isInstanceOfAny(NullPointerException.class, MisuseException.class, TypeMismatch.class);
    assertThatThrownBy(() -> notes.run(tx -> tx.put(note, null)))
        .isInstanceOfAny(NullPointerException.class, MisuseException.class, TypeMismatch.class);
  }

  @Test
  void optionsAndNamesThatCannotBe() {
    is(MisuseException.class, "", () -> HotpotOptions.defaults().withMaxBytes(-1));
    is(MisuseException.class, "", () -> HotpotOptions.defaults().withAttempts(0));
    is(MisuseException.class, "", () -> HotpotOptions.defaults().withCacheBytes(-1));
    is(MisuseException.class, "name", () -> store.dataset(""));
    is(MisuseException.class, "slash", () -> store.dataset("a/b"));
    is(MisuseException.class, "no dataset", () -> store.drop("none"));
    is(MisuseException.class, "no dataset", () -> store.rename("none", "some"));
    is(NotAStore.class, "does not exist", () -> openReadOnly(directory.resolve("nowhere")));
    is(StoreLocked.class, "process", () -> Hotpot.open(directory.resolve("store"), options()));
  }

  private static void openReadOnly(Path path) {
    Hotpot.open(path, options().withReadOnly(true)).close();
  }

  @Test
  void writingToAStoreOpenedReadOnly() {
    store.close();
    try (Hotpot readOnly = Hotpot.open(directory.resolve("store"), options().withReadOnly(true))) {
      is(MisuseException.class, "read-only", () -> readOnly.dataset("new"));
      is(MisuseException.class, "read-only", () -> readOnly.run(tx -> tx.put(note, new Note("x"))));
      is(MisuseException.class, "read-only", () -> readOnly.drop("notes"));
      is(MisuseException.class, "read-only", readOnly::compact);
      assertThat(readOnly.<Note>read(tx -> tx.get(note)).text()).isEqualTo("first");
    }
  }

  @Test
  void aDatasetThatWasDropped() {
    Dataset gone = store.dataset("gone");
    Ref<Note> lost = gone.transact(tx -> tx.allocate(new Note("lost")));
    store.drop("gone");
    is(MisuseException.class, "dropped", () -> gone.run(tx -> tx.allocate(new Note("x"))));
    is(ObjectNotFound.class, "dropped", () -> store.read(tx -> tx.get(lost)));
  }

  @Test
  void anExceptionInATransactionUndoesIt() {
    assertThatThrownBy(
            () ->
                notes.run(
                    tx -> {
                      tx.put(note, new Note("undone"));
                      throw new IllegalStateException("of the application");
                    }))
        .isInstanceOf(IllegalStateException.class);
  }
}
