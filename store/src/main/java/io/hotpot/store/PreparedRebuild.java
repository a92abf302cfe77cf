package io.hotpot.store;

import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.TransactionId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The transactions of a cluster while a partition's log is read from front to back: which are
 * prepared and not decided, and how the others ended.
 *
 * <p>A prepared transaction changes the table where its decision stands in the log, not where its
 * records do. What is still undecided at the end is locked again (PROTOCOL 10.6). One thread, that
 * of {@link Rebuild}.
 */
final class PreparedRebuild {

  private final Partition partition;
  private final Rebuild rebuild;

  /** By transaction: the addresses of its batches, in the order of the log. */
  private final Map<TransactionId, List<Long>> prepared = new TreeMap<>();

  /** Up to there the checkpoint knows which participants have not learned a decision. */
  private long loadedEnd;

  PreparedRebuild(Partition partition, Rebuild rebuild) {
    this.partition = partition;
    this.rebuild = rebuild;
  }

  /** Begins with what a checkpoint knows. */
  void load(FoundLog found, Checkpoint checkpoint) {
    List<Ledger.Entry> ledger = new ArrayList<>();
    for (long page : checkpoint.ledger()) {
      LedgerFormat.read(found.chunk(Address.sequence(page)).memory, Address.offset(page), ledger);
    }
    partition.outcomes.takeOver(new Ledger(ledger));
    partition.bound.takeOver(new Ledger(ledger));
    loadedEnd = checkpoint.end();
  }

  /** A COMMIT batch, which may have an id that its committer will ask about. */
  void committed(LogChunk chunk, int offset) {
    ChunkMemory memory = chunk.memory;
    if ((BatchFormat.flags(memory, offset) & BatchFormat.WITH_ID) != 0) {
      partition.outcomes.add(
          PrepareFormat.id(memory, offset),
          new OutcomeTable.Ended(
              Outcome.COMMIT, BatchFormat.stamp(memory, offset), endOf(chunk, offset)));
    }
  }

  /**
   * A PREPARE batch. Its decision follows in the log, or the checkpoint knows it: then the batch
   * with it may be gone.
   *
   * @param batches of the transaction, this one last
   */
  void prepared(LogChunk chunk, int offset, List<Long> batches) {
    TransactionId id = PrepareFormat.id(chunk.memory, offset);
    Outcome outcome = partition.outcomes.ofDecidedPrepare(id);
    if (outcome == null) {
      prepared.put(id, batches);
    } else if (outcome == Outcome.COMMIT) {
      rebuild.apply(batches);
    }
  }

  /** A DECISION batch. */
  void decided(LogChunk chunk, int offset) {
    PrepareFormat.Decision decision = PrepareFormat.readDecision(chunk.memory, offset);
    TransactionId id = decision.id();
    List<Long> batches = prepared.remove(id);
    if (batches != null) {
      batches.forEach(this::checkSound);
      partition.outcomes.decidedPrepare(id, decision.outcome(), batches.getFirst());
      if (decision.outcome() == Outcome.COMMIT) {
        rebuild.apply(batches);
      }
    }
    long end = endOf(chunk, offset);
    partition.outcomes.add(id, new OutcomeTable.Ended(decision.outcome(), decision.stamp(), end));
    if (decision.outcome() == Outcome.COMMIT && end > loadedEnd) {
      partition.outcomes.mustLearn(id, decision.participants());
    }
  }

  /** It was when it was taken in, which a table that is kept may have done long ago. */
  private void checkSound(long batch) {
    LogChunk chunk = partition.chunks.get(Address.sequence(batch));
    if (chunk != null
        && !BatchFormat.isValid(
            chunk.memory, Address.offset(batch), chunk.sequence, partition.log.seed())) {
      throw new CorruptException(
          "a prepared batch of partition "
              + partition.id
              + " at "
              + Address.toString(batch)
              + " has rotted before it was decided");
    }
  }

  /** What is written by those that are not decided. */
  Set<Long> objects() {
    if (prepared.isEmpty()) {
      return Set.of();
    }
    Set<Long> objects = new HashSet<>();
    for (List<Long> batches : prepared.values()) {
      for (long batch : batches) {
        LogChunk chunk = partition.chunks.get(Address.sequence(batch));
        if (chunk != null) {
          LogScanner.records(
              chunk.memory,
              Address.offset(batch),
              (offset, first, length) ->
                  objects.add(ObjectId.pack(partition.id, 0, 0) | RecordFormat.identity(first)));
        }
      }
    }
    return objects;
  }

  /**
   * At the end of the log: locks what is prepared and not decided again, reads and writes.
   *
   * @param fresh above every generation that the table's free slots had before
   */
  void lockAll(int fresh) {
    prepared.forEach((id, batches) -> lock(id, batches, fresh));
  }

  private void lock(TransactionId id, List<Long> batches, int fresh) {
    WriteSet writes = new WriteSet();
    for (long batch : batches) {
      LogChunk chunk = partition.chunks.get(Address.sequence(batch));
      if (chunk != null) {
        LogScanner.records(
            chunk.memory,
            Address.offset(batch),
            (offset, first, length) -> writes.add(write(chunk, offset, first, length, fresh)));
      }
    }
    LogChunk chunk = partition.chunks.get(Address.sequence(batches.getLast()));
    if (chunk == null) {
      return;
    }
    writes.lock(HandleWord.PREPARED);
    int last = Address.offset(batches.getLast());
    partition.prepared.add(
        new PreparedTable.Prepared(
            id,
            PrepareFormat.home(chunk.memory, last),
            BatchFormat.stamp(chunk.memory, last),
            PrepareFormat.reads(chunk.memory, last),
            writes,
            batches.getFirst(),
            endOf(chunk, last)));
  }

  private Write write(LogChunk chunk, int offset, long first, int length, int fresh) {
    long objectId = ObjectId.pack(partition.id, 0, 0) | RecordFormat.identity(first);
    byte[] payload = new byte[length];
    chunk.memory.get(offset + RecordFormat.HEADER_BYTES, payload, 0, length);
    int slot = ObjectId.slot(objectId);
    rebuild.ensure(slot + 1);
    long word = partition.table.get(slot);
    boolean replaces =
        HandleWord.tag(word) == HandleWord.LIVE
            && RecordFormat.identity(partition.records.identityWord(HandleWord.address(word)))
                == ObjectId.identity(objectId);
    Write.Kind kind =
        RecordFormat.isDeleted(first)
            ? Write.Kind.DELETE
            : replaces ? Write.Kind.UPDATE : Write.Kind.INSERT;
    Write write = new Write(partition, objectId, kind, payload, null);
    write.oldAddress = replaces ? HandleWord.address(word) : 0;
    write.oldBytes = replaces ? partition.records.bytesAt(write.oldAddress) : 0;
    write.newAddress = Address.of(chunk.sequence, offset);
    // Who knew it decided may have given the slot out; that was below what is given from now on.
    write.lostGenerations = Math.max(0, fresh - ObjectId.generation(objectId) - 1);
    return write;
  }

  private static long endOf(LogChunk chunk, int offset) {
    return Address.of(chunk.sequence, offset + BatchFormat.length(chunk.memory, offset));
  }
}
