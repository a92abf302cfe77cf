package io.hotpot.store;

import io.hotpot.store.spi.SettledVersion;
import java.util.Arrays;
import java.util.Set;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads objects of a partition that another node owns out of this node's copy of its log: the table
 * that is kept of it ({@link WarmTable}) tells where they are, as far as it has come, and marks
 * tell which of them the log changes beyond that (PROTOCOL 7.11).
 *
 * <p>While a step leads the table on, its words are newer than {@link View#to} says; who reads them
 * then finds the objects marked. A table that begins anew at a checkpoint is used only when it has
 * come to where the earlier one was, which answers until then.
 *
 * <p>Thread-safety: {@link #read} and {@link #isStill} from any thread; {@link #ledOn} and {@link
 * #forget} under the table's lock; the marks are written by the thread that writes the copy.
 */
final class SettledReads {

  /**
   * A table and how far it has come.
   *
   * @param prepared what is written by transactions that are prepared there and not decided
   */
  private record View(Partition table, long to, Set<Long> prepared) {}

  private final PendingMarks marks = new PendingMarks();
  private final LongConsumer damaged;
  private volatile @Nullable View view;

  /**
   * @param damaged is told of the address of a record that has rotted
   */
  SettledReads(LongConsumer damaged) {
    this.damaged = damaged;
  }

  // ---- the log

  /** Marks what a batch changes that was just appended, and tells of each object afterwards. */
  void appended(
      int partition, LogChunk chunk, int offset, int kind, int lengthBytes, LongConsumer changed) {
    if (kind != BatchFormat.COMMIT && kind != BatchFormat.PART && kind != BatchFormat.PREPARE) {
      return;
    }
    long end = Address.of(chunk.sequence, offset + lengthBytes);
    LogScanner.records(
        chunk.memory,
        offset,
        lengthBytes,
        (at, first, length) -> {
          long objectId = ObjectId.pack(partition, 0, 0) | RecordFormat.identity(first);
          marks.mark(objectId, end);
          changed.accept(objectId);
        });
  }

  /** What lies below an address has come to the log in another way than by appends. */
  void markFrom(long address) {
    marks.beginAt(address);
  }

  // ---- the table

  /** The table has come further, or begun anew. */
  void ledOn(TableReplay replay) {
    View before = view;
    boolean isBehind = before != null && replay.position() < before.to;
    // What PARTs say counts with the batch that completes them.
    if (!replay.isOvertaking() && !isBehind && !replay.rebuild().hasOpenParts()) {
      view = new View(replay.target(), replay.position(), replay.rebuild().preparedObjects());
    }
  }

  /** There is no table any more, or it is going to have what is not settled. */
  void forget() {
    view = null;
  }

  // ---- reading

  /** The newest version of an object; null: only its owner can tell. */
  @Nullable SettledVersion read(long objectId) {
    View now = view;
    if (now == null || now.to < marks.from()) {
      return null;
    }
    long mark = marks.of(objectId);
    if (isPending(now, mark) || now.prepared.contains(objectId)) {
      return null;
    }
    long word = now.table.table.get(ObjectId.slot(objectId));
    if (HandleWord.tag(word) != HandleWord.LIVE) {
      return null;
    }
    byte[] record = record(now.table, objectId, HandleWord.address(word));
    if (record == null || !isOf(objectId, record)) {
      return null;
    }
    return new SettledVersion(
        Bytes.getLong(record, 8),
        Arrays.copyOfRange(record, RecordFormat.HEADER_BYTES, record.length),
        mark);
  }

  private static boolean isPending(View view, long mark) {
    return mark > view.to;
  }

  private byte @Nullable [] record(Partition table, long objectId, long address) {
    try {
      return table.records.copyOf(objectId, address);
    } catch (CorruptException e) {
      if (table.records.isDamaged(address)) {
        damaged.accept(address);
      }
      return null;
    }
  }

  private static boolean isOf(long objectId, byte[] record) {
    long first = Bytes.getLong(record, 0);
    return RecordFormat.identity(first) == ObjectId.identity(objectId)
        && !RecordFormat.isDeleted(first);
  }

  /**
   * Whether nothing was appended that changes the object since it was read. Whoever appends
   * something later is told of readers that were noted before this was asked.
   */
  boolean isStill(long objectId, SettledVersion version) {
    return marks.of(objectId) == version.mark();
  }
}
