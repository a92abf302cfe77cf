package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.HeldParts;
import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.OwnedPartition;
import io.hotpot.store.spi.OwnerSide;
import io.hotpot.store.spi.Refusal;
import io.hotpot.store.spi.Settling;
import io.hotpot.store.spi.Spared;
import io.hotpot.store.spi.TransactionId;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An owned partition whose commits wait for the owner's own medium. */
class OwnedAtLevelPowerTest {

  private static final int PARTITION = 5;

  private final SimHeap heap = new SimHeap(64, 0x77L, Durability.POWER);
  private final Hotpot owner = open(heap);
  private final HeldParts parts = owner.heldParts();
  private final Others others = new Others();
  private final HeldLog log = parts.create(PARTITION, TransactionMode.MRMW);
  private final OwnedPartition owned = log.begin(1, others);
  private long sequence;

  /** Others that have acknowledged what the test says. */
  private static final class Others implements OwnerSide {
    private long appendedTo;
    private volatile long acknowledgedTo;

    @Override
    public Admission admit(int copiesWanted) {
      return Admission.ADMITTED;
    }

    @Override
    public void appended(long address, byte[] bytes, int length, long[] changed, Spared except) {
      appendedTo = address + length;
    }

    @Override
    public long acknowledgedTo() {
      return acknowledgedTo;
    }

    @Override
    public void unlocked(long[] objectIds) {}

    @Override
    public void released(int sequence) {}
  }

  private static final class Told implements Settling {
    private long stamp;

    @Override
    public void settled(long now) {
      stamp = now;
    }

    @Override
    public void refused(Refusal refusal) {
      throw new AssertionError(refusal);
    }
  }

  private static Hotpot open(SimHeap heap) {
    return Hotpot.open(
        heap,
        HotpotOptions.defaults().withBackground(false).withMaxBytes(256L << 20),
        SystemSeams.all());
  }

  OwnedAtLevelPowerTest() {
    owned.serve();
    flush();
    acknowledge();
  }

  @AfterEach
  void close() {
    owner.close();
  }

  private void flush() {
    parts.flush();
  }

  private void acknowledge() {
    others.acknowledgedTo = others.appendedTo;
    owned.publish();
  }

  private TransactionId nextId() {
    return new TransactionId(3, 1, ++sequence);
  }

  private Told commit(TransactionId id) {
    Told told = new Told();
    ObjectWrite write =
        new ObjectWrite(owned.reserve(1)[0], ObjectWrite.Kind.INSERT, new byte[] {1});
    owned.commit(id, 0, 0, Spared.NOBODY, 0, List.of(), List.of(write), told);
    return told;
  }

  /** Nothing more is appended then that would be flushed. */
  @Test
  void whoAsksWhileSomethingIsInFlightIsToldWhenThatIsSettled() {
    TransactionId known = nextId();
    Told before = commit(known);
    flush();
    acknowledge();
    assertThat(before.stamp).isPositive();

    Told inFlight = commit(nextId());
    flush();
    List<Outcome> answers = new ArrayList<>();
    owned.resolve(known, (outcome, stamp) -> answers.add(outcome));
    assertThat(answers).as("before what is in flight is settled").isEmpty();
    acknowledge();
    assertThat(inFlight.stamp).isPositive();
    assertThat(answers).containsExactly(Outcome.COMMIT);
  }

  @Test
  void whoAsksWhileSomethingIsToBeFlushedKeepsNobodyFromFlushingIt() {
    TransactionId known = nextId();
    commit(known);
    flush();
    acknowledge();
    assertThat(parts.needsFlush()).isFalse();

    Told inFlight = commit(nextId());
    List<Outcome> answers = new ArrayList<>();
    owned.resolve(known, (outcome, stamp) -> answers.add(outcome));
    assertThat(parts.needsFlush()).isTrue();
    acknowledge();
    assertThat(inFlight.stamp).isZero();
    assertThat(answers).isEmpty();
    flush();
    owned.publish();
    assertThat(inFlight.stamp).isPositive();
    assertThat(answers).containsExactly(Outcome.COMMIT);
  }

  /**
   * A new owner seals the last chunk and goes on some numbers further on. Of the two the power may
   * take the first only.
   */
  @Test
  void aLogEndsWhereTheSealIsLostThoughNumbersAreSkippedBehindIt() {
    parts.promise(PARTITION, 1);
    commit(nextId());
    flush();
    acknowledge();
    long end = log.tail();
    owned.depose();
    parts.promise(PARTITION, 2);
    log.promote(2, others);
    assertThat(log.chunks()).hasSize(2);

    Set<Integer> lastChunks = new TreeSet<>();
    for (int seed = 0; seed < 50; seed++) {
      try (Hotpot again = open(heap.afterPowerLoss(new Random(seed)))) {
        LogCopy found = (LogCopy) Objects.requireNonNull(again.heldParts().log(PARTITION));
        assertThat(found.tail()).isGreaterThanOrEqualTo(end);
        List<LogChunk> chunks = found.held().chunks.all();
        for (LogChunk chunk : chunks.subList(0, chunks.size() - 1)) {
          long seedOfLog = BatchFormat.seed(0x77L, PARTITION);
          assertThat(LogScanner.scan(chunk, seedOfLog, ChunkFormat.DATA_OFFSET, chunk.end()).sealed)
              .as("whether chunk %d is sealed, image %d", chunk.sequence, seed)
              .isTrue();
        }
        lastChunks.add(chunks.getLast().sequence);
      }
    }
    assertThat(lastChunks).as("the chunks that are the last in an image").hasSize(2);
  }
}
