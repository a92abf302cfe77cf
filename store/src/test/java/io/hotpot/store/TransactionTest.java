package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.store.HotpotOptions.HeapKind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
@ParameterizedClass
@EnumSource(
    value = HeapKind.class,
    names = {"LLPL", "MAPPED"})
class TransactionTest {

  record Account(String owner, long balance) {}

  @Parameter HeapKind heap;
  @TempDir Path directory;
  private Hotpot hotpot;
  private Dataset bank;

  @BeforeEach
  void open() {
    LlplAssumption.assumeUsable(heap);
    hotpot = Hotpot.open(directory.resolve("store"), options());
    bank = hotpot.dataset("bank");
  }

  private HotpotOptions options() {
    return HotpotOptions.defaults()
        .withHeap(heap)
        .withMaxBytes(128L << 20)
        .withDurability(Durability.PROCESS);
  }

  @AfterEach
  void close() {
    if (hotpot != null) {
      hotpot.close();
    }
  }

  private void reopen() {
    hotpot.close();
    open();
  }

  private Account get(Ref<Account> ref) {
    return bank.read(tx -> tx.get(ref));
  }

  @Test
  void whatWasCommittedIsThereAfterReopening() {
    Ref<Account> a = bank.transact(tx -> tx.allocate(new Account("alice", 100)));
    bank.run(tx -> tx.root("alice", a));
    reopen();
    assertThat(get(a)).isEqualTo(new Account("alice", 100));
    Optional<Ref<Account>> root = bank.read(tx -> tx.root("alice"));
    assertThat(root).contains(a);
    assertThat(bank.stats().objects()).isEqualTo(1);
  }

  @Test
  void aTransferMovesMoneyOrNothing() {
    Ref<Account> a = bank.transact(tx -> tx.allocate(new Account("alice", 100)));
    Ref<Account> b = bank.transact(tx -> tx.allocate(new Account("bob", 0)));
    bank.run(
        tx -> {
          tx.update(a, x -> new Account(x.owner(), x.balance() - 10));
          tx.update(b, x -> new Account(x.owner(), x.balance() + 10));
        });
    assertThat(get(a).balance()).isEqualTo(90);
    assertThat(get(b).balance()).isEqualTo(10);
    assertThatThrownBy(
            () ->
                bank.run(
                    tx -> {
                      tx.put(a, new Account("alice", 0));
                      throw new IllegalStateException("stop");
                    }))
        .hasMessage("stop");
    assertThat(get(a).balance()).isEqualTo(90);
  }

  @Test
  void aTransactionReadsItsOwnWrites() {
    bank.run(
        tx -> {
          Ref<Account> a = tx.allocate(new Account("alice", 1));
          assertThat(tx.get(a).balance()).isEqualTo(1);
          tx.put(a, new Account("alice", 2));
          assertThat(tx.get(a).balance()).isEqualTo(2);
          tx.delete(a);
          assertThat(tx.find(a)).isEmpty();
        });
    assertThat(bank.stats().objects()).isZero();
  }

  @Test
  void aReferenceToADeletedObjectIsDeadForEver() {
    Ref<Account> a = bank.transact(tx -> tx.allocate(new Account("alice", 100)));
    bank.run(tx -> tx.delete(a));
    Ref<Account> b = bank.transact(tx -> tx.allocate(new Account("bob", 1)));
    assertThat(ObjectId.slot(b.id())).as("the slot is used again").isEqualTo(ObjectId.slot(a.id()));
    assertThatThrownBy(() -> get(a)).isInstanceOf(ObjectNotFound.class);
    reopen();
    assertThatThrownBy(() -> get(a)).isInstanceOf(ObjectNotFound.class);
    assertThat(get(b).owner()).isEqualTo("bob");
    assertThatThrownBy(() -> bank.run(tx -> tx.delete(a))).isInstanceOf(ObjectNotFound.class);
  }

  @Test
  void aConflictIsRetriedOrTold() {
    Ref<Account> a = bank.transact(tx -> tx.allocate(new Account("alice", 0)));
    try (Transaction tx = bank.begin()) {
      tx.update(a, x -> new Account("alice", x.balance() + 1));
      bank.run(other -> other.update(a, x -> new Account("alice", x.balance() + 10)));
      assertThatThrownBy(tx::commit)
          .isInstanceOf(ConflictException.class)
          .hasMessageContaining(a.toString());
    }
    assertThat(get(a).balance()).isEqualTo(10);
  }

  @Test
  void aReadThatOthersKeepDisturbingSeesASnapshot() {
    Ref<Account> a = bank.transact(tx -> tx.allocate(new Account("alice", 0)));
    Ref<Account> b = bank.transact(tx -> tx.allocate(new Account("bob", 0)));
    AtomicInteger tries = new AtomicInteger();
    long difference =
        bank.read(
            tx -> {
              long first = tx.get(a).balance();
              int round = tries.incrementAndGet();
              inAnotherThread(
                  () ->
                      bank.run(
                          other -> {
                            other.put(a, new Account("alice", round));
                            other.put(b, new Account("bob", round));
                          }));
              return tx.get(b).balance() - first;
            });
    assertThat(difference).isZero();
    assertThat(tries).hasValueGreaterThan(1);
    assertThat(hotpot.counters()).containsEntry("snapshotReads", 1L);
    assertThat(get(b).balance()).isEqualTo(tries.get());
  }

  private static void inAnotherThread(Runnable work) {
    Thread thread = Thread.ofPlatform().start(work);
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aTransactionSpansDatasets() {
    Dataset audit = hotpot.dataset("audit");
    Ref<Account> a = bank.transact(tx -> tx.allocate(new Account("alice", 100)));
    Ref<String> note =
        hotpot.transact(
            tx -> {
              tx.put(a, new Account("alice", 50));
              return tx.allocate(audit, "took 50");
            });
    reopen();
    String text = hotpot.read(tx -> tx.get(note));
    assertThat(text).isEqualTo("took 50");
    assertThat(get(a).balance()).isEqualTo(50);
  }

  @Test
  void aSnapshotStaysAsItWas() {
    Ref<Account> a = bank.transact(tx -> tx.allocate(new Account("alice", 0)));
    Ref<Account> gone = bank.transact(tx -> tx.allocate(new Account("gone", 7)));
    try (Snapshot snapshot = hotpot.snapshot()) {
      for (int i = 1; i <= 5; i++) {
        int balance = i;
        bank.run(tx -> tx.put(a, new Account("alice", balance)));
      }
      bank.run(tx -> tx.delete(gone));
      Ref<Account> later = bank.transact(tx -> tx.allocate(new Account("later", 1)));
      hotpot.compact();
      assertThat(snapshot.get(a).balance()).isZero();
      assertThat(snapshot.get(gone).balance()).isEqualTo(7);
      assertThat(snapshot.find(later)).isEmpty();
    }
    assertThat(get(a).balance()).isEqualTo(5);
  }

  @Test
  void aTransactionLargerThanAChunkIsWhole() {
    String big = "x".repeat(1 << 20);
    List<Ref<String>> refs =
        bank.transact(
            tx -> {
              List<Ref<String>> list = new ArrayList<>();
              for (int i = 0; i < 10; i++) {
                list.add(tx.allocate(big + i));
              }
              return list;
            });
    reopen();
    for (int i = 0; i < 10; i++) {
      Ref<String> ref = refs.get(i);
      String value = bank.read(tx -> tx.get(ref));
      assertThat(value).isEqualTo(big + i);
    }
    assertThatThrownBy(() -> bank.transact(tx -> tx.allocate("x".repeat(5 << 20))))
        .isInstanceOf(ObjectTooLarge.class);
  }

  @Test
  void aFullHeapStaysReadableAndDeletable() {
    byte[] half = new byte[2_000_000];
    List<Ref<byte[]>> refs = new ArrayList<>();
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 1000; i++) {
                refs.add(bank.transact(tx -> tx.allocate(half)));
              }
            })
        .isInstanceOf(HeapFull.class);
    assertThat(refs).hasSizeGreaterThan(30);
    byte[] first = bank.read(tx -> tx.get(refs.getFirst()));
    assertThat(first).isEqualTo(half);
    for (Ref<byte[]> ref : refs.subList(0, 20)) {
      bank.run(tx -> tx.delete(ref));
    }
    Ref<byte[]> again = bank.transact(tx -> tx.allocate(half));
    reopen();
    byte[] value = bank.read(tx -> tx.get(again));
    assertThat(value).isEqualTo(half);
    assertThat(bank.stats().objects()).isEqualTo(refs.size() - 20 + 1);
  }

  @Test
  void spaceIsUsedAgainUnderOverwrites() {
    Ref<byte[]> ref = bank.transact(tx -> tx.allocate(new byte[1000]));
    for (int i = 0; i < 300_000; i++) {
      bank.run(tx -> tx.put(ref, new byte[1000]));
    }
    assertThat(hotpot.heapUse().chunksInUse()).isLessThan(30);
  }

  @Test
  void datasetsAreRenamedAndDropped() {
    Ref<Account> a = bank.transact(tx -> tx.allocate(new Account("alice", 100)));
    hotpot.rename("bank", "old");
    assertThat(hotpot.findDataset("bank")).isEmpty();
    Account same = hotpot.dataset("old").read(tx -> tx.get(a));
    assertThat(same.owner()).isEqualTo("alice");
    int before = hotpot.heapUse().chunksInUse();
    hotpot.drop("old");
    assertThat(hotpot.heapUse().chunksInUse()).isLessThan(before);
    assertThatThrownBy(() -> hotpot.read(tx -> tx.get(a))).isInstanceOf(ObjectNotFound.class);
    reopen();
    assertThatThrownBy(() -> hotpot.read(tx -> tx.get(a))).isInstanceOf(ObjectNotFound.class);
  }

  @Test
  void writersOfAnMrswDatasetAcquireFirst() {
    Dataset single =
        hotpot.dataset("single", DatasetOptions.defaults().withMode(TransactionMode.MRSW));
    Ref<Account> a = single.transact(tx -> tx.allocate(new Account("alice", 1)));
    assertThatThrownBy(() -> single.run(tx -> tx.put(a, new Account("alice", 2))))
        .isInstanceOf(MisuseException.class)
        .hasMessageContaining("acquire");
    single.run(
        tx -> {
          tx.acquire(a);
          tx.put(a, new Account("alice", 3));
        });
    Account now = single.read(tx -> tx.get(a));
    assertThat(now.balance()).isEqualTo(3);
  }

  @Test
  void misuseIsToldClearly() throws InterruptedException {
    Ref<Account> a = bank.transact(tx -> tx.allocate(new Account("alice", 1)));
    Transaction tx = bank.begin();
    AtomicReference<Throwable> seen = new AtomicReference<>();
    Thread other =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    tx.get(a);
                  } catch (MisuseException e) {
                    seen.set(e);
                  }
                });
    other.join();
    assertThat(seen.get()).hasMessageContaining("belongs to thread");
    tx.abort();
    assertThatThrownBy(() -> tx.get(a)).isInstanceOf(MisuseException.class);
    assertThatThrownBy(() -> bank.read(t -> t.allocate(new Account("b", 1))))
        .isInstanceOf(MisuseException.class);
    assertThatThrownBy(() -> bank.transact(t -> t.allocate(new Object())))
        .isInstanceOf(TypeMismatch.class);
    assertThatThrownBy(() -> Hotpot.open(directory.resolve("store"), options()))
        .isInstanceOf(StoreLocked.class);
    hotpot.close();
    assertThatThrownBy(() -> bank.read(t -> t.get(a))).isInstanceOf(StoreClosed.class);
  }
}
