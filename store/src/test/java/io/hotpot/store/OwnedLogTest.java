package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.ObjectRead;
import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.OwnedPartition;
import io.hotpot.store.spi.OwnedPartition.Fetched;
import io.hotpot.store.spi.OwnerSide;
import io.hotpot.store.spi.Refusal;
import io.hotpot.store.spi.Settling;
import io.hotpot.store.spi.Spared;
import io.hotpot.store.spi.TransactionId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A partition that one node owns and another one has a copy of, as the cluster drives them. */
class OwnedLogTest {

  private static final int PARTITION = 7;
  private static final int HOME = 7;
  private static final int OTHER_HOME = 9;

  private final Hotpot owner = open();
  private final SimHeap replicaHeap = new SimHeap(64, 0x77L, Durability.POWER);
  private final Hotpot replica = open(replicaHeap);
  private final HeldLog ownersLog = owner.heldParts().create(PARTITION, TransactionMode.MRMW);
  private final HeldLog copy = replica.heldParts().create(PARTITION, TransactionMode.MRMW);
  private final Others others = new Others(copy);
  private final OwnedPartition owned = ownersLog.begin(1, others);
  private long sequence;

  OwnedLogTest() {
    owned.serve();
    others.acknowledge();
  }

  private static Hotpot open() {
    return open(new SimHeap(64, 0x77L, Durability.PROCESS));
  }

  private static Hotpot open(SimHeap heap) {
    return Hotpot.open(
        heap,
        HotpotOptions.defaults().withBackground(false).withMaxBytes(256L << 20),
        SystemSeams.all());
  }

  @AfterEach
  void close() {
    owner.close();
    replica.close();
  }

  /** Copies every batch to the other node; what is acknowledged, the test says. */
  static class Others implements OwnerSide {
    private final HeldLog copy;
    private final List<long[]> changes = new ArrayList<>();
    private final List<Long> unlocked = new ArrayList<>();
    private long appendedTo;
    private volatile long acknowledgedTo;

    Others(HeldLog copy) {
      this.copy = copy;
    }

    @Override
    public Admission admit(int copiesWanted) {
      return copiesWanted > 2 ? Admission.NOT_ENOUGH_REPLICAS : Admission.ADMITTED;
    }

    @Override
    public void appended(long address, byte[] bytes, int length, long[] changed, Spared except) {
      copy.append(address, Arrays.copyOf(bytes, length), id -> {});
      appendedTo = address + length;
      changes.add(changed);
    }

    @Override
    public long acknowledgedTo() {
      return acknowledgedTo;
    }

    void acknowledge() {
      acknowledgedTo = appendedTo;
      copy.settledTo(appendedTo);
    }

    @Override
    public void unlocked(long[] objectIds) {
      Arrays.stream(objectIds).forEach(unlocked::add);
    }

    @Override
    public void released(int sequence) {}
  }

  /** What a transaction was told. */
  static final class Told implements Settling {
    long stamp;
    Refusal refusal;

    @Override
    public void settled(long stamp) {
      this.stamp = stamp;
    }

    @Override
    public void refused(Refusal refusal) {
      this.refusal = refusal;
    }
  }

  private TransactionId nextId() {
    return new TransactionId(3, 1, ++sequence);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static ObjectWrite write(ObjectWrite.Kind kind, long id, String text) {
    return new ObjectWrite(id, kind, bytes(text));
  }

  private Told commit(TransactionId id, List<ObjectRead> reads, ObjectWrite... writes) {
    Told told = new Told();
    owned.commit(id, 0, 0, Spared.NOBODY, 0, reads, List.of(writes), told);
    return told;
  }

  private Told settled(Told told) {
    others.acknowledge();
    owned.publish();
    return told;
  }

  private long created(String text) {
    long id = owned.reserve(1)[0];
    assertThat(settled(commit(nextId(), List.of(), write(ObjectWrite.Kind.INSERT, id, text))).stamp)
        .isPositive();
    return id;
  }

  private static String text(OwnedPartition partition, long id) {
    return switch (partition.fetch(id)) {
      case Fetched.Found found -> new String(found.payload(), StandardCharsets.UTF_8);
      case Fetched.Nothing n -> "nothing";
      case Fetched.Locked l -> "locked";
      case Fetched.Unreadable u -> u.reason();
    };
  }

  private static long stamp(OwnedPartition partition, long id) {
    return ((Fetched.Found) partition.fetch(id)).stamp();
  }

  private Told prepare(TransactionId id, int home, List<ObjectRead> reads, ObjectWrite... writes) {
    Told told = new Told();
    owned.prepare(
        id, 0, 0, Spared.NOBODY, 0, home, owned.lastStamp() + 5, reads, List.of(writes), told);
    return told;
  }

  private OwnedPartition promoted() {
    OwnedPartition next = copy.promote(2, new Others(ownersLogAsCopy()));
    next.serve();
    return next;
  }

  /** The old owner's log, deposed. */
  private HeldLog ownersLogAsCopy() {
    owned.depose();
    ownersLog.cut(copy.tail(), copy.lastChecksum());
    return ownersLog;
  }

  @Test
  void aCommitIsVisibleWhenTheOthersHaveAcknowledgedIt() {
    long id = owned.reserve(1)[0];
    Told told = commit(nextId(), List.of(), write(ObjectWrite.Kind.INSERT, id, "a"));
    assertThat(told.stamp).isZero();
    assertThat(text(owned, id)).isEqualTo("locked");
    settled(told);
    assertThat(told.stamp).isPositive();
    assertThat(text(owned, id)).isEqualTo("a");
    assertThat(others.unlocked).contains(id);
    assertThat(others.changes.getLast()).containsExactly(id);
  }

  @Test
  void commitsAreValidatedByStamp() {
    long id = created("a");
    long before = stamp(owned, id);
    settled(
        commit(
            nextId(),
            List.of(new ObjectRead(id, before)),
            write(ObjectWrite.Kind.UPDATE, id, "b")));
    Told late =
        commit(
            nextId(), List.of(new ObjectRead(id, before)), write(ObjectWrite.Kind.UPDATE, id, "c"));
    assertThat(late.refusal.reason()).isEqualTo(Refusal.Reason.CONFLICT);
    assertThat(text(owned, id)).isEqualTo("b");
  }

  @Test
  void whatIsNotOfThePartitionOrWrittenTwiceIsRefusedAndHarmsNothing() {
    long id = created("a");
    long elsewhere = ObjectId.pack(PARTITION + 1, ObjectId.generation(id), ObjectId.slot(id));
    List<Told> all =
        List.of(
            commit(nextId(), List.of(), write(ObjectWrite.Kind.UPDATE, elsewhere, "b")),
            commit(nextId(), List.of(new ObjectRead(elsewhere, 1))),
            prepare(nextId(), HOME, List.of(), write(ObjectWrite.Kind.DELETE, elsewhere, "")),
            commit(
                nextId(),
                List.of(),
                write(ObjectWrite.Kind.UPDATE, id, "b"),
                write(ObjectWrite.Kind.UPDATE, id, "c")));
    for (Told told : all) {
      assertThat(told.refusal.reason()).isEqualTo(Refusal.Reason.REFUSED);
    }
    assertThat(text(owned, id)).isEqualTo("a");
    assertThat(settled(commit(nextId(), List.of(), write(ObjectWrite.Kind.UPDATE, id, "d"))).stamp)
        .isPositive();
  }

  @Test
  void aTransactionThatIsSentTwiceHappensOnce() {
    long id = created("a");
    TransactionId twice = nextId();
    Told first = settled(commit(twice, List.of(), write(ObjectWrite.Kind.UPDATE, id, "b")));
    settled(commit(nextId(), List.of(), write(ObjectWrite.Kind.UPDATE, id, "c")));
    Told second = settled(commit(twice, List.of(), write(ObjectWrite.Kind.UPDATE, id, "b")));
    assertThat(second.stamp).isEqualTo(first.stamp);
    assertThat(text(owned, id)).isEqualTo("c");
  }

  @Test
  void whatIsPreparedIsLockedUntilItIsDecided() {
    long written = created("a");
    long read = created("r");
    TransactionId id = nextId();
    Told vote =
        prepare(
            id,
            OTHER_HOME,
            List.of(new ObjectRead(read, stamp(owned, read))),
            write(ObjectWrite.Kind.UPDATE, written, "b"));
    assertThat(vote.stamp).isZero();
    settled(vote);
    assertThat(vote.stamp).isPositive();
    assertThat(text(owned, written)).isEqualTo("locked");
    assertThat(text(owned, read)).isEqualTo("r");
    assertThat(
            commit(nextId(), List.of(), write(ObjectWrite.Kind.UPDATE, read, "x")).refusal.reason())
        .isEqualTo(Refusal.Reason.CONFLICT);
    owned.decided(id, Outcome.COMMIT, new Told());
    assertThat(text(owned, written)).isEqualTo("b");
    assertThat(
            settled(commit(nextId(), List.of(), write(ObjectWrite.Kind.UPDATE, read, "x"))).stamp)
        .isPositive();
  }

  @Test
  void anAbortTakesTheLocksAndNothingElse() {
    long written = created("a");
    TransactionId id = nextId();
    settled(prepare(id, OTHER_HOME, List.of(), write(ObjectWrite.Kind.UPDATE, written, "b")));
    owned.decided(id, Outcome.ABORT, new Told());
    assertThat(text(owned, written)).isEqualTo("a");
    assertThat(
            settled(commit(nextId(), List.of(), write(ObjectWrite.Kind.UPDATE, written, "c")))
                .stamp)
        .isPositive();
  }

  @Test
  void theHomeCommitsOnlyWhatItHasPrepared() {
    Told told = new Told();
    TransactionId unknown = nextId();
    owned.decide(unknown, List.of(), told);
    settled(told);
    assertThat(told.refusal.reason()).isEqualTo(Refusal.Reason.FENCED);
    assertThat(prepare(unknown, HOME, List.of()).refusal.reason()).isEqualTo(Refusal.Reason.FENCED);
  }

  @Test
  void aDecisionCountsOnlyWhenItIsSettled() {
    long written = created("a");
    TransactionId id = nextId();
    settled(prepare(id, HOME, List.of(), write(ObjectWrite.Kind.UPDATE, written, "b")));
    Told decided = new Told();
    owned.decide(id, List.of(8), decided);
    assertThat(decided.stamp).isZero();
    assertThat(owned.unlearned()).as("what participants may be told").isEmpty();
    assertThat(text(owned, written)).isEqualTo("locked");
    settled(decided);
    assertThat(decided.stamp).isPositive();
    assertThat(text(owned, written)).isEqualTo("b");
    assertThat(owned.unlearned()).containsExactly(new OwnedPartition.Unlearned(id, List.of(8)));
    owned.learned(id, 8);
    assertThat(owned.unlearned()).isEmpty();
  }

  @Test
  void whoAsksAboutNothingFencesIt() {
    TransactionId id = nextId();
    List<Outcome> answers = new ArrayList<>();
    owned.resolve(id, (outcome, stamp) -> answers.add(outcome));
    assertThat(answers).isEmpty();
    settled(new Told());
    assertThat(answers).containsExactly(Outcome.ABORT);
    long object = owned.reserve(1)[0];
    Told late = commit(id, List.of(), write(ObjectWrite.Kind.INSERT, object, "a"));
    assertThat(settled(late).refusal.reason()).isEqualTo(Refusal.Reason.FENCED);
  }

  @Test
  void whoAsksWhereItIsNotDecidedIsToldSo() {
    long written = created("a");
    TransactionId id = nextId();
    settled(prepare(id, OTHER_HOME, List.of(), write(ObjectWrite.Kind.UPDATE, written, "b")));
    List<Outcome> answers = new ArrayList<>();
    owned.resolve(id, (outcome, stamp) -> answers.add(outcome));
    assertThat(answers).containsExactly(Outcome.EXPIRED);
    assertThat(text(owned, written)).isEqualTo("locked");
    owned.decided(id, Outcome.COMMIT, new Told());
    assertThat(text(owned, written)).isEqualTo("b");
  }

  @Test
  void aPromotedCopyHasEverythingAndLocksWhatIsPrepared() {
    long a = created("a");
    long b = created("b");
    long deleted = created("d");
    settled(commit(nextId(), List.of(), write(ObjectWrite.Kind.DELETE, deleted, "")));
    TransactionId elsewhere = nextId();
    settled(
        prepare(
            elsewhere,
            OTHER_HOME,
            List.of(new ObjectRead(b, stamp(owned, b))),
            write(ObjectWrite.Kind.UPDATE, a, "a2")));
    long inserted = owned.reserve(1)[0];
    TransactionId here = nextId();
    settled(prepare(here, HOME, List.of(), write(ObjectWrite.Kind.INSERT, inserted, "new")));

    OwnedPartition next = promoted();
    assertThat(text(next, a)).isEqualTo("locked");
    assertThat(text(next, b)).isEqualTo("b");
    assertThat(text(next, deleted)).isEqualTo("nothing");
    assertThat(text(next, inserted)).as("aborted where its home changed").isEqualTo("nothing");
    assertThat(next.inDoubt()).extracting(OwnedPartition.InDoubt::id).containsExactly(elsewhere);
    next.decided(elsewhere, Outcome.COMMIT, new Told());
    assertThat(text(next, a)).isEqualTo("a2");
    assertThat(ownersLog.tail()).isEqualTo(copy.tail());
    assertThat(ownersLog.lastChecksum()).isEqualTo(copy.lastChecksum());
    long fresh = next.reserve(1)[0];
    assertThat(fresh).isNotIn(deleted, inserted);
  }

  @Test
  void theOutcomeOfALostAnswerSurvivesThePromotion() {
    long a = created("a");
    TransactionId id = nextId();
    commit(id, List.of(), write(ObjectWrite.Kind.UPDATE, a, "b"));
    OwnedPartition next = promoted();
    List<Outcome> answers = new ArrayList<>();
    next.resolve(id, (outcome, stamp) -> answers.add(outcome));
    next.publish();
    assertThat(text(next, a)).isEqualTo("b");
    assertThat(answers).containsExactly(Outcome.COMMIT);
  }

  @Test
  void aCopyTakesOnlyWhatFollows() {
    created("a");
    byte[] garbage = new byte[64];
    assertThatThrownBy(() -> copy.append(copy.tail(), garbage, id -> {}))
        .isInstanceOf(CorruptException.class);
    assertThatThrownBy(() -> copy.append(copy.tail() + 64, garbage, id -> {}))
        .isInstanceOf(CorruptException.class);
    created("b");
    assertThat(copy.tail()).isEqualTo(ownersLog.tail());
  }

  @Test
  void aCopySurvivesThePowerAsFarAsItWasFlushed() {
    replica.heldParts().promise(PARTITION, 1);
    long a = created("a");
    copy.startFlush();
    replica.heldParts().flush();
    long flushed = copy.durableTo();
    assertThat(flushed).isEqualTo(copy.tail());
    long b = created("b");
    assertThat(copy.durableTo()).isEqualTo(flushed);
    for (int seed = 0; seed < 20; seed++) {
      try (Hotpot again = open(replicaHeap.afterPowerLoss(new Random(seed)))) {
        assertThat(again.heldParts().promised(PARTITION)).isEqualTo(1);
        HeldLog found = again.heldParts().log(PARTITION);
        assertThat(found.tail()).isBetween(flushed, copy.tail());
        assertThat(found.lastEpoch()).isEqualTo(1);
        if (found.tail() < copy.tail()) {
          byte[] rest = new byte[(int) (copy.tail() - found.tail())];
          copy.read(Address.sequence(flushed), Address.offset(flushed), rest, rest.length);
          found.append(found.tail(), rest, id -> {});
        }
        assertThat(found.lastChecksum()).isEqualTo(copy.lastChecksum());
        OwnedPartition next =
            found.promote(
                2,
                new Others(ownersLog) {
                  @Override
                  public void appended(
                      long address, byte[] bytes, int length, long[] changed, Spared by) {}
                });
        assertThat(text(next, a)).isEqualTo("a");
        assertThat(text(next, b)).isEqualTo("b");
      }
    }
  }

  @Test
  void aCopyIsFilledFromAnother() {
    Random random = new Random(1);
    byte[] large = new byte[700_000];
    random.nextBytes(large);
    long last = 0;
    for (int i = 0; i < 12; i++) {
      last = owned.reserve(1)[0];
      settled(
          commit(
              nextId(), List.of(), new ObjectWrite(last, ObjectWrite.Kind.INSERT, large.clone())));
    }
    Hotpot third = open();
    HeldLog filled = third.heldParts().create(PARTITION, TransactionMode.MRMW);
    List<HeldLog.ChunkEnd> chunks = ownersLog.chunks();
    assertThat(chunks).hasSizeGreaterThan(2);
    for (HeldLog.ChunkEnd chunk : chunks) {
      for (int at = ChunkFormat.DATA_OFFSET; at < chunk.end(); at += 192 << 10) {
        byte[] piece = new byte[Math.min(192 << 10, chunk.end() - at)];
        assertThat(ownersLog.read(chunk.sequence(), at, piece, piece.length)).isTrue();
        filled.fill(chunk.sequence(), at, piece);
      }
    }
    filled.filled(chunks, ownersLog.tail());
    assertThat(filled.lastChecksum()).isEqualTo(ownersLog.lastChecksum());
    OwnedPartition next = filled.promote(5, new Others(copy));
    assertThat(((Fetched.Found) next.fetch(last)).payload()).isEqualTo(large);
    third.close();
  }

  /**
   * The end of such a chunk is, as a number, the beginning of the next one: so for odd and for even
   * numbers.
   */
  @Test
  void aCopyGoesOnBehindAChunkThatIsFullToTheLastByte() {
    long last = 0;
    for (int i = 0; i < 3; i++) {
      LogChunk chunk = filledUpToItsSeal();
      last = created("d");
      assertThat(chunk.end()).isEqualTo(Heap.CHUNK_BYTES);
      assertThat(copy.tail()).isEqualTo(ownersLog.tail());
      assertThat(copy.lastChecksum()).isEqualTo(ownersLog.lastChecksum());
    }
    assertThat(text(promoted(), last)).isEqualTo("d");
  }

  /** As when a session ends right behind the seal: both agree on that end. */
  @Test
  void aCopyIsCutBehindAChunkThatIsFullToTheLastByte() {
    for (int i = 0; i < 2; i++) {
      LogChunk chunk = filledUpToItsSeal();
      created("d");
      long end = Address.of(chunk.sequence, Heap.CHUNK_BYTES);
      byte[] rest = new byte[(int) (copy.tail() - end) - ChunkFormat.DATA_OFFSET];
      assertThat(ownersLog.read(chunk.sequence + 1, ChunkFormat.DATA_OFFSET, rest, rest.length))
          .isTrue();
      int seal = Heap.CHUNK_BYTES - BatchFormat.HEADER_BYTES;
      HeldLog other = third(end);
      other.append(end + ChunkFormat.DATA_OFFSET, rest, id -> {});
      assertThat(other.lastChecksum()).isEqualTo(ownersLog.lastChecksum());

      other.cut(end, BatchFormat.checksum(chunk.memory, seal));
      assertThat(other.tail()).isEqualTo(end);
      other.append(end + ChunkFormat.DATA_OFFSET, rest, id -> {});
      assertThat(other.lastChecksum()).isEqualTo(ownersLog.lastChecksum());
      third.close();
    }
  }

  @Test
  void aCopyThatEndsWithAChunkThatIsFullToTheLastByteIsFoundAgain() {
    for (int i = 0; i < 2; i++) {
      LogChunk chunk = filledUpToItsSeal();
      created("d");
      long end = Address.of(chunk.sequence, Heap.CHUNK_BYTES);
      HeldLog other = third(end);
      other.startFlush();
      third.heldParts().flush();
      try (Hotpot again = open(thirdHeap.afterPowerLoss(new Random(i)))) {
        HeldLog found = again.heldParts().log(PARTITION);
        assertThat(found.tail()).isEqualTo(end);
        assertThat(found.chunks()).hasSameSizeAs(other.chunks());
        assertThat(found.lastChecksum()).isEqualTo(other.lastChecksum());
        byte[] rest = new byte[(int) (copy.tail() - end) - ChunkFormat.DATA_OFFSET];
        ownersLog.read(chunk.sequence + 1, ChunkFormat.DATA_OFFSET, rest, rest.length);
        found.append(end + ChunkFormat.DATA_OFFSET, rest, id -> {});
        assertThat(found.lastChecksum()).isEqualTo(ownersLog.lastChecksum());
      }
      third.close();
    }
  }

  private SimHeap thirdHeap;
  private Hotpot third;

  /** Another copy of the owner's log, up to an address. */
  private HeldLog third(long end) {
    thirdHeap = new SimHeap(64, 0x77L, Durability.POWER);
    third = open(thirdHeap);
    HeldLog log = third.heldParts().create(PARTITION, TransactionMode.MRMW);
    third.heldParts().promise(PARTITION, 1);
    for (HeldLog.ChunkEnd chunk : ownersLog.chunks()) {
      long first = Address.of(chunk.sequence(), ChunkFormat.DATA_OFFSET);
      if (first < end) {
        byte[] bytes = new byte[chunk.end() - ChunkFormat.DATA_OFFSET];
        ownersLog.read(chunk.sequence(), ChunkFormat.DATA_OFFSET, bytes, bytes.length);
        log.append(first, bytes, id -> {});
      }
    }
    assertThat(log.tail()).isEqualTo(end);
    return log;
  }

  /** The chunk that the owner appends to, with just the room that its seal takes. */
  private LogChunk filledUpToItsSeal() {
    created("a".repeat(Heap.CHUNK_BYTES / 2));
    LogChunk chunk = held().log.current();
    int before = chunk.end();
    created("b".repeat(800));
    int overhead = chunk.end() - before - 800;
    int room = Heap.CHUNK_BYTES - BatchFormat.HEADER_BYTES - chunk.end();
    created("c".repeat(room - overhead));
    assertThat(chunk.end()).isEqualTo(Heap.CHUNK_BYTES - BatchFormat.HEADER_BYTES);
    return chunk;
  }

  /** So that the loop that follows a log need not wait for the medium where a chunk is full. */
  @Test
  void theNextChunkOfACopyIsPreparedAhead() {
    PartitionLog log = ((LogCopy) copy).held().log;
    created("a".repeat(Heap.CHUNK_BYTES / 3));
    assertThat(replica.heldParts().logs()).containsExactly(copy);
    assertThat(((HeldStore) replica.heldParts()).following()).containsExactly(held());
    prepareAhead(log);
    LogChunk prepared = log.prepared();
    assertThat(prepared).isNotNull();
    int inUse = held().pool.inUse();

    for (int i = 0; i < 3; i++) {
      created("b".repeat(Heap.CHUNK_BYTES / 3));
    }
    assertThat(log.prepared()).isNull();
    assertThat(held().chunks.get(prepared.sequence)).isSameAs(prepared);
    assertThat(held().pool.inUse()).isEqualTo(inUse);
    assertThat(copy.lastChecksum()).isEqualTo(ownersLog.lastChecksum());
  }

  /** Its number is one that the new owner skips: nobody appends to it. */
  @Test
  void aChunkThatWasPreparedForACopyGoesBackWhenItIsPromoted() {
    PartitionLog log = ((LogCopy) copy).held().log;
    long written = created("a".repeat(Heap.CHUNK_BYTES / 3));
    prepareAhead(log);
    int prepared = log.prepared().sequence;
    int inUse = held().pool.inUse();

    OwnedPartition next = promoted();
    assertThat(log.prepared()).isNull();
    assertThat(held().chunks.get(prepared)).isNull();
    assertThat(held().pool.inUse()).isEqualTo(inUse);
    assertThat(text(next, written)).hasSize(Heap.CHUNK_BYTES / 3);
  }

  /** A cut may leave the log to go on in a chunk of another number. */
  @Test
  void aChunkThatWasPreparedIsNotUsedUnderAnotherNumber() {
    PartitionLog log = ((LogCopy) copy).held().log;
    created("a".repeat(Heap.CHUNK_BYTES / 3));
    prepareAhead(log);
    int inUse = held().pool.inUse();
    LogChunk taken = log.takeForCopy(log.prepared().sequence + 5);
    assertThat(log.prepared()).isNull();
    assertThat(taken.sequence).isEqualTo(log.lastSequence());
    assertThat(held().pool.inUse()).isEqualTo(inUse);
  }

  private Partition held() {
    return ((LogCopy) copy).held();
  }

  private void prepareAhead(PartitionLog log) {
    held().commitLock.lock();
    try {
      assertThat(log.claimPreparation()).isTrue();
    } finally {
      held().commitLock.unlock();
    }
    log.prepareAhead();
  }

  @Test
  void aPrepareEndsAtItsHomeWhenItsCoordinatorIsExcluded() {
    long written = created("a");
    TransactionId id = nextId();
    settled(prepare(id, HOME, List.of(), write(ObjectWrite.Kind.UPDATE, written, "b")));
    owner.heldParts().excluded(id.nodeId(), id.incarnation());
    List<Outcome> answers = new ArrayList<>();
    owned.resolve(id, (outcome, stamp) -> answers.add(outcome));
    settled(new Told());
    assertThat(answers).containsExactly(Outcome.ABORT);
    assertThat(owned.inDoubt()).isEmpty();
    assertThat(text(owned, written)).isEqualTo("a");
  }

  @Test
  void aDecisionThatIsNotSettledIsNotOverruled() {
    long written = created("a");
    TransactionId id = nextId();
    settled(prepare(id, HOME, List.of(), write(ObjectWrite.Kind.UPDATE, written, "b")));
    Told decision = new Told();
    owned.decide(id, List.of(8), decision);
    Told abort = new Told();
    owned.decided(id, Outcome.ABORT, abort);
    assertThat(text(owned, written)).isEqualTo("locked");
    settled(decision);
    assertThat(abort.refusal.reason()).isEqualTo(Refusal.Reason.REFUSED);
    assertThat(decision.stamp).isPositive();
    assertThat(text(owned, written)).isEqualTo("b");
    assertThat(text(promoted(), written)).isEqualTo("b");
  }

  @Test
  void aDecisionIsNotVisibleAtItsHomeBeforeItIsSettled() {
    long written = created("a");
    TransactionId id = nextId();
    settled(prepare(id, HOME, List.of(), write(ObjectWrite.Kind.UPDATE, written, "b")));
    owned.decide(id, List.of(8), new Told());
    Told again = new Told();
    owned.decided(id, Outcome.COMMIT, again);
    assertThat(text(owned, written)).isEqualTo("locked");
    settled(again);
    assertThat(again.refusal).isNull();
    assertThat(text(owned, written)).isEqualTo("b");
  }

  @Test
  void whoIsNotTheOwnerAnyMoreSaysNothingOfACommit() {
    long written = created("a");
    TransactionId id = nextId();
    commit(id, List.of(), write(ObjectWrite.Kind.UPDATE, written, "b"));
    owned.depose();
    Told again = commit(id, List.of(), write(ObjectWrite.Kind.UPDATE, written, "b"));
    assertThat(again.stamp).isZero();
    assertThat(again.refusal.reason()).isEqualTo(Refusal.Reason.NOT_OWNER);
  }

  @Test
  void whoDoesNotServeYetSaysNothingOfACommit() {
    long written = created("a");
    TransactionId id = nextId();
    commit(id, List.of(), write(ObjectWrite.Kind.UPDATE, written, "b"));
    OwnedPartition next = copy.promote(2, new Others(ownersLogAsCopy()));
    Told again = new Told();
    next.commit(id, 0, 0, Spared.NOBODY, 0, List.of(), List.of(), again);
    assertThat(again.stamp).isZero();
    assertThat(again.refusal.reason()).isEqualTo(Refusal.Reason.NOT_OWNER);
  }

  @Test
  void whatTookThePlaceOfWhatWasCutIsNotDurableYet() {
    created("a");
    long kept = copy.tail();
    int checksum = copy.lastChecksum();
    long cut = owned.reserve(1)[0];
    commit(nextId(), List.of(), write(ObjectWrite.Kind.INSERT, cut, "cut"));
    copy.startFlush();
    copy.cut(kept, checksum);
    replica.heldParts().flush();
    assertThat(copy.durableTo()).isLessThanOrEqualTo(kept);
  }

  @Test
  void whatIsFilledInAgainIsNotDurableYet() {
    created("a");
    copy.startFlush();
    copy.clear();
    replica.heldParts().flush();
    assertThat(copy.durableTo()).isZero();
  }

  @Test
  void aCutThatDoesNotFitTakesNothing() {
    created("a");
    long kept = copy.tail();
    int checksum = copy.lastChecksum();
    for (int i = 0; i < 8; i++) {
      long id = owned.reserve(1)[0];
      commit(nextId(), List.of(), new ObjectWrite(id, ObjectWrite.Kind.INSERT, new byte[700_000]));
    }
    assertThat(copy.chunks()).hasSizeGreaterThan(1);
    assertThatThrownBy(() -> copy.cut(kept, checksum + 1)).isInstanceOf(CorruptException.class);
    assertThat(copy.chunks()).isEqualTo(ownersLog.chunks());
  }

  @Test
  void whatWasReadHereFitsToNothingThatIsReadAfterThePartitionWent() {
    long id = created("a");
    Partition partition =
        owner.partitions().stream().filter(p -> p.id == PARTITION).findFirst().orElseThrow();
    ReadSet reads = new ReadSet();
    reads.readStamp(partition);
    long address = HandleWord.address(partition.table.get(ObjectId.slot(id)));
    reads.add(partition, id, address, stamp(owned, id));
    reads.extend();
    owned.stopServing();
    assertThatThrownBy(reads::extend).isInstanceOf(Conflict.class);
  }
}
