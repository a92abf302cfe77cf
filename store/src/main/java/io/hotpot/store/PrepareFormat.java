package io.hotpot.store;

import io.hotpot.store.spi.ObjectRead;
import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.TransactionId;
import java.util.ArrayList;
import java.util.List;

/**
 * What a cluster adds to the log: the ids of transactions, their prepares and their decisions
 * (docs/FORMAT.md, "Batches of a cluster").
 *
 * <pre>
 *  id        node u32 | incarnation u32 | sequence u64
 *  PREPARE   id 16 | home u32 | count u32 | reserved 8 | count reads: object id u64, stamp u64 | records
 *  DECISION  id 16 | outcome u32 | count u32 | reserved 8 | stamp u64, reserved 8 | count participants: u32, reserved 12
 *  COMMIT    with flag 8: siblings | id 16 | records
 * </pre>
 */
final class PrepareFormat {

  private static final int UNIT = BatchFormat.SIBLING_BYTES;
  private static final int COUNT = BatchFormat.HEADER_BYTES + UNIT + 4;

  private PrepareFormat() {}

  /** A decision as the log holds it. */
  record Decision(TransactionId id, Outcome outcome, long stamp, List<Integer> participants) {}

  static BatchWriter.Preamble commit(TransactionId id) {
    byte[] bytes = new byte[UNIT];
    putId(bytes, 0, id);
    return new BatchWriter.Preamble(BatchFormat.COMMIT, BatchFormat.WITH_ID, bytes);
  }

  static BatchWriter.Preamble prepare(TransactionId id, int home, List<ObjectRead> reads) {
    byte[] bytes = new byte[2 * UNIT + reads.size() * UNIT];
    putId(bytes, 0, id);
    Bytes.putInt(bytes, UNIT, home);
    Bytes.putInt(bytes, UNIT + 4, reads.size());
    for (int i = 0; i < reads.size(); i++) {
      Bytes.putLong(bytes, (2 + i) * UNIT, reads.get(i).objectId());
      Bytes.putLong(bytes, (2 + i) * UNIT + 8, reads.get(i).stamp());
    }
    return new BatchWriter.Preamble(BatchFormat.PREPARE, 0, bytes);
  }

  static BatchWriter.Preamble decision(Decision decision) {
    byte[] bytes = new byte[(3 + decision.participants.size()) * UNIT];
    putId(bytes, 0, decision.id);
    Bytes.putInt(bytes, UNIT, decision.outcome.ordinal());
    Bytes.putInt(bytes, UNIT + 4, decision.participants.size());
    Bytes.putLong(bytes, 2 * UNIT, decision.stamp);
    for (int i = 0; i < decision.participants.size(); i++) {
      Bytes.putInt(bytes, (3 + i) * UNIT, decision.participants.get(i));
    }
    return new BatchWriter.Preamble(BatchFormat.DECISION, 0, bytes);
  }

  private static void putId(byte[] bytes, int at, TransactionId id) {
    Bytes.putInt(bytes, at, id.nodeId());
    Bytes.putInt(bytes, at + 4, id.incarnation());
    Bytes.putLong(bytes, at + 8, id.sequence());
  }

  /** Of a PREPARE or DECISION, or of a COMMIT that has one. */
  static TransactionId id(ChunkMemory chunk, int batch) {
    int at = batch + BatchFormat.HEADER_BYTES + BatchFormat.siblings(chunk, batch) * UNIT;
    return new TransactionId(chunk.getInt(at), chunk.getInt(at + 4), chunk.getLong(at + 8));
  }

  /** Of a PREPARE: what stands before its records. */
  static int bytes(ChunkMemory chunk, int batch) {
    return (2 + count(chunk, batch, 2)) * UNIT;
  }

  /**
   * @param before units before those that are counted
   */
  private static int count(ChunkMemory chunk, int batch, int before) {
    int count = chunk.getInt(batch + COUNT);
    int room = BatchFormat.length(chunk, batch) - BatchFormat.HEADER_BYTES - before * UNIT;
    if (count < 0 || count > room / UNIT) {
      throw new CorruptException(
          "a batch names " + count + " reads or participants, more than it is long");
    }
    return count;
  }

  static int home(ChunkMemory chunk, int batch) {
    return chunk.getInt(batch + BatchFormat.HEADER_BYTES + UNIT);
  }

  static List<ObjectRead> reads(ChunkMemory chunk, int batch) {
    List<ObjectRead> reads = new ArrayList<>();
    int count = count(chunk, batch, 2);
    for (int i = 0; i < count; i++) {
      int at = batch + BatchFormat.HEADER_BYTES + (2 + i) * UNIT;
      reads.add(new ObjectRead(chunk.getLong(at), chunk.getLong(at + 8)));
    }
    return reads;
  }

  static Decision readDecision(ChunkMemory chunk, int batch) {
    int at = batch + BatchFormat.HEADER_BYTES;
    int outcome = chunk.getInt(at + UNIT);
    if (outcome < 0 || outcome > Outcome.ABORT.ordinal()) {
      throw new CorruptException("a decision has the unknown outcome " + outcome);
    }
    List<Integer> participants = new ArrayList<>();
    int count = count(chunk, batch, 3);
    for (int i = 0; i < count; i++) {
      participants.add(chunk.getInt(at + (3 + i) * UNIT));
    }
    return new Decision(
        id(chunk, batch), Outcome.values()[outcome], chunk.getLong(at + 2 * UNIT), participants);
  }
}
