package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.store.OwnedModel.Prepared;
import io.hotpot.store.OwnedModel.Writes;
import io.hotpot.store.spi.ObjectRead;
import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.OwnedPartition;
import io.hotpot.store.spi.OwnedPartition.Fetched;
import io.hotpot.store.spi.Refusal;
import io.hotpot.store.spi.SettledVersion;
import io.hotpot.store.spi.Settling;
import io.hotpot.store.spi.Spared;
import io.hotpot.store.spi.TransactionId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;

/**
 * Random commits, prepares and decisions in a partition that another node has a copy of, beside
 * cleaning and checkpoints; from time to time the copy becomes the owner, and must have what the
 * model says. One thread: everything follows from the seed.
 */
final class OwnedRun {

  private static final int CHUNKS = 16;
  private static final int OTHER = 9;
  private static final int NODE = 3;
  private static final int MAX_OPEN = 4;
  private static final int NEEDED = 40;
  private static final int ROUNDS_FOR_ROOM = 12;

  private final SplittableRandom random;
  private final OwnedPair pair = new OwnedPair(CHUNKS);
  private final OwnedModel model = new OwnedModel();
  private final Map<TransactionId, Outcome> decidedElsewhere = new HashMap<>();
  private long sequence;
  private long floor;
  private long version;
  private int promotions;
  private int compared;
  private long readInCopy;
  private int wholeCopies;

  private static final class Told implements Settling {
    Refusal refusal;

    @Override
    public void settled(long stamp) {}

    @Override
    public void refused(Refusal refusal) {
      this.refusal = refusal;
    }
  }

  OwnedRun(long seed) {
    random = new SplittableRandom(seed);
  }

  /** What a run must have come across to tell anything. */
  record Seen(
      int released, int promotions, long warm, int compared, long readInCopy, int wholeCopies) {}

  Seen run(int steps) {
    try (pair) {
      for (int i = 0; i < steps; i++) {
        step();
        if (random.nextInt(150) == 0) {
          promote();
        } else if (random.nextInt(60) == 0) {
          pair.settleAll();
          check();
          if (random.nextBoolean()) {
            readWholeCopy();
          }
        }
      }
      pair.settleAll();
      check();
      readWholeCopy();
      promote();
      return new Seen(
          pair.released(), promotions, pair.warmPromotions(), compared, readInCopy, wholeCopies);
    }
  }

  private void step() {
    switch (random.nextInt(25)) {
      case 0, 1, 2, 3, 4, 5 -> commit();
      case 6, 7 -> prepare();
      case 8, 9, 10 -> decide();
      case 11 -> fence();
      case 12 -> learn();
      case 13 -> pair.closeChunk();
      case 14 -> clean();
      case 15 -> pair.owner().checkpointer().write(pair.partition());
      case 16 -> pair.deliver(random.nextInt(20));
      case 17 -> pair.acknowledge();
      case 18 -> pair.flushOwner();
      case 19, 20, 21 -> pair.warmUp(random.nextInt(4));
      case 22 -> compare();
      case 23 -> pair.noteEnds();
      default -> pair.settle();
    }
  }

  /** The table that the copy keeps with what recovery makes of its log. */
  private void compare() {
    if (pair.warmChecks().checkOnTheWay()) {
      compared++;
    }
    readCopy();
  }

  /**
   * What the copy tells of an object is the newest that its log has, settled or not, and of what is
   * prepared there it tells nothing.
   */
  private void readCopy() {
    OwnedModel there = model.at(pair.copy().tail());
    for (long id : model.values.keySet()) {
      SettledVersion version = pair.copy().settled(id);
      if (version != null) {
        assertThat(ByteBuffer.wrap(version.payload()).getLong())
            .as("%s in the copy, after %d promotions", Ref.text(id), promotions)
            .isEqualTo(there.values.get(id));
        assertThat(there.isLocked(id)).as("prepared in the copy").isFalse();
        assertThat(pair.copy().isStillSettled(id, version)).isTrue();
        readInCopy++;
      }
    }
  }

  /** Of what is not prepared it tells everything, when its table has come to the end of the log. */
  private void readWholeCopy() {
    pair.warmUp(1_000);
    readCopy();
    if (pair.copy().warm.takenTo() < pair.copy().tail()) {
      return; // there is no table
    }
    model.values.forEach(
        (id, value) -> {
          if (value != null && !model.isLocked(id)) {
            assertThat(pair.copy().settled(id)).as("%s in the copy", Ref.text(id)).isNotNull();
          }
        });
    wholeCopies++;
  }

  private void clean() {
    if (random.nextBoolean()) {
      pair.owner().cleaner().compact((done, total) -> {});
    } else {
      pair.owner().cleaner().cleanIfWorthwhile();
    }
  }

  // ---- transactions

  private TransactionId nextId() {
    TransactionId id = new TransactionId(NODE, 1, ++sequence);
    long needed = model.open.isEmpty() ? sequence : model.open.firstKey().sequence();
    floor = Math.max(floor, Math.min(needed, sequence - NEEDED));
    return id;
  }

  private byte[] payload(long value) {
    ByteBuffer buffer = ByteBuffer.allocate(Long.BYTES + random.nextInt(2_000));
    return buffer.putLong(value).array();
  }

  /** One to three objects that are created, replaced or deleted. */
  private List<ObjectWrite> writes(Writes into) {
    List<ObjectWrite> writes = new ArrayList<>();
    for (int n = 1 + random.nextInt(3); n > 0; n--) {
      Long known = anyObject();
      int what = random.nextInt(10);
      long value = ++version;
      if (known == null || what < 3) {
        long id = pair.owned().reserve(1)[0];
        assertThat(model.used).as("ids given before").doesNotContain(id);
        model.used.add(id);
        into.put(id, value);
        writes.add(new ObjectWrite(id, ObjectWrite.Kind.INSERT, payload(value)));
      } else if (!into.containsKey(known)) {
        boolean delete = what < 6;
        into.put(known, delete ? null : value);
        writes.add(
            delete
                ? new ObjectWrite(known, ObjectWrite.Kind.DELETE, new byte[0])
                : new ObjectWrite(known, ObjectWrite.Kind.UPDATE, payload(value)));
      }
    }
    return writes;
  }

  /** One that is there, if no transaction in flight has to say something. */
  private Long anyObject() {
    List<Long> present = new ArrayList<>();
    model.values.forEach(
        (id, value) -> {
          if (value != null) {
            present.add(id);
          }
        });
    return present.isEmpty() ? null : present.get(random.nextInt(present.size()));
  }

  private void commit() {
    TransactionId id = nextId();
    Writes writes = new Writes();
    List<ObjectWrite> all = writes(writes);
    Told told =
        withRoom(
            t -> {
              pair.owned().commit(id, floor, 0, Spared.NOBODY, 0, List.of(), all, t);
              return t;
            });
    if (told.refusal == null) {
      model.committed(id, writes, pair.appendedTo());
    }
  }

  private void prepare() {
    if (model.open.size() >= MAX_OPEN) {
      return;
    }
    TransactionId id = nextId();
    Writes writes = new Writes();
    List<ObjectWrite> all = writes(writes);
    List<ObjectRead> reads = new ArrayList<>();
    Long read = anyObject();
    if (read != null
        && !writes.containsKey(read)
        && pair.owned().fetch(read) instanceof Fetched.Found found) {
      reads.add(new ObjectRead(read, found.stamp()));
    }
    int home = random.nextBoolean() ? OwnedPair.PARTITION : OTHER;
    Told told =
        withRoom(
            t -> {
              long stamp = pair.owned().lastStamp() + 5;
              pair.owned().prepare(id, floor, 0, Spared.NOBODY, 0, home, stamp, reads, all, t);
              return t;
            });
    if (told.refusal == null) {
      model.prepared(id, new Prepared(home, reads, writes), pair.appendedTo());
    }
  }

  private void decide() {
    if (model.open.isEmpty() || random.nextInt(3) > 0) {
      return;
    }
    List<TransactionId> ids = new ArrayList<>(model.open.keySet());
    TransactionId id = ids.get(random.nextInt(ids.size()));
    // Nobody decides before the vote is settled.
    pair.settleAll();
    boolean here = model.open.get(id).home() == OwnedPair.PARTITION;
    Outcome drawn = random.nextInt(3) > 0 ? Outcome.COMMIT : Outcome.ABORT;
    // What another home has decided stays, also where the record of it was lost here.
    Outcome outcome = here ? drawn : decidedElsewhere.computeIfAbsent(id, i -> drawn);
    List<Integer> others = here ? List.of(OTHER, OTHER + 1) : List.of();
    Told told =
        withRoom(
            t -> {
              if (here && outcome == Outcome.COMMIT) {
                pair.owned().decide(id, others, t);
              } else {
                pair.owned().decided(id, outcome, t);
              }
              return t;
            });
    assertThat(told.refusal).isNull();
    model.decided(id, outcome, others, pair.appendedTo());
  }

  private void fence() {
    TransactionId id = nextId();
    long before = pair.appendedTo();
    pair.owned().resolve(id, (outcome, stamp) -> assertThat(outcome).isEqualTo(Outcome.ABORT));
    if (pair.appendedTo() > before) {
      model.decided(id, Outcome.ABORT, List.of(), pair.appendedTo());
    }
  }

  private void learn() {
    for (OwnedPartition.Unlearned unlearned : pair.owned().unlearned()) {
      for (int participant : unlearned.participants()) {
        if (random.nextInt(4) == 0) {
          pair.owned().learned(unlearned.id(), participant);
          model
              .learned
              .computeIfAbsent(unlearned.id(), id -> new java.util.TreeSet<>())
              .add(participant);
        }
      }
    }
  }

  /** Whoever finds the heap full is asked again, and must get through. */
  private Told withRoom(Function<Told, Told> work) {
    Told told = work.apply(new Told());
    for (int round = 0;
        round < ROUNDS_FOR_ROOM
            && told.refusal != null
            && told.refusal.reason() == Refusal.Reason.HEAP_FULL;
        round++) {
      pair.owner().heldParts().makeRoom();
      pair.settleAll();
      told = work.apply(new Told());
    }
    if (told.refusal != null) {
      assertThat(told.refusal.reason())
          .as(told.refusal.message())
          .isNotEqualTo(Refusal.Reason.HEAP_FULL);
    }
    return told;
  }

  // ---- the copy takes over

  private void promote() {
    promotions++;
    if (random.nextBoolean()) {
      // What was moved last is not settled.
      pair.closeChunk();
      pair.owner().cleaner().compact((done, total) -> {});
    }
    if (random.nextBoolean()) {
      pair.warmUp(20);
    }
    if (random.nextInt(3) == 0) {
      pair.settleAll();
      if (pair.warmChecks().checkWhole()) {
        compared++;
      }
    }
    model.cut(pair.promote(random.nextInt(3) == 0 ? random.split() : null));
    for (TransactionId id : List.copyOf(model.open.keySet())) {
      if (model.open.get(id).home() == OwnedPair.PARTITION) {
        model.decided(id, Outcome.ABORT, List.of(), pair.appendedTo());
      }
    }
    pair.settleAll();
    pair.owned().serve();
    check();
  }

  /** Compares the owner with the model; everything is settled. */
  private void check() {
    OwnedPartition owned = pair.owned();
    for (Map.Entry<Long, Long> object : model.values.entrySet()) {
      long id = object.getKey();
      if (model.isLocked(id)) {
        assertThat(owned.fetch(id)).as("prepared").isInstanceOf(Fetched.Locked.class);
      } else {
        assertThat(valueOf(owned.fetch(id)))
            .as("%s after %d promotions", Ref.text(id), promotions)
            .isEqualTo(object.getValue());
      }
    }
    assertThat(owned.inDoubt().stream().map(OwnedPartition.InDoubt::id).toList())
        .as("open prepares")
        .containsExactlyInAnyOrderElementsOf(model.open.keySet());
    model.open.values().forEach(prepared -> prepared.reads().forEach(this::checkReadLocked));
    model.outcomes.forEach(this::checkOutcome);
    for (TransactionId id : model.participants.keySet()) {
      if (!model.unlearned(id).isEmpty()) {
        assertThat(unlearned(owned, id))
            .as("who must be told of %s", id)
            .containsAll(model.unlearned(id));
      }
    }
  }

  private static List<Integer> unlearned(OwnedPartition owned, TransactionId id) {
    return owned.unlearned().stream()
        .filter(unlearned -> unlearned.id().equals(id))
        .flatMap(unlearned -> unlearned.participants().stream())
        .toList();
  }

  private static Long valueOf(Fetched fetched) {
    return switch (fetched) {
      case Fetched.Found found -> {
        assertThat(found.payload()).as("a value").hasSizeGreaterThanOrEqualTo(Long.BYTES);
        yield ByteBuffer.wrap(found.payload()).getLong();
      }
      case Fetched.Nothing nothing -> null;
      case Fetched.Locked locked -> throw new AssertionError("nobody holds it, and it is locked");
      case Fetched.Unreadable unreadable -> throw new AssertionError(unreadable.reason());
    };
  }

  private void checkReadLocked(ObjectRead read) {
    Told told = new Told();
    pair.owned()
        .commit(
            new TransactionId(NODE, 1, sequence + 1),
            floor,
            0,
            Spared.NOBODY,
            0,
            List.of(),
            List.of(new ObjectWrite(read.objectId(), ObjectWrite.Kind.DELETE, new byte[0])),
            told);
    assertThat(told.refusal).as("a write of what a prepared transaction has read").isNotNull();
    assertThat(told.refusal.reason()).isEqualTo(Refusal.Reason.CONFLICT);
  }

  private void checkOutcome(TransactionId id, Outcome outcome) {
    if (id.sequence() >= floor) {
      List<Outcome> answers = new ArrayList<>();
      pair.owned().resolve(id, (answer, stamp) -> answers.add(answer));
      assertThat(answers).as("how %s ended", id).containsExactly(outcome);
    }
  }
}
