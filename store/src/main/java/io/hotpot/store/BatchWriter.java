package io.hotpot.store;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lays the records of one transaction in one partition out in batches. A transaction that does not
 * fit one batch becomes PART batches and, last, the COMMIT batch that completes it; they follow one
 * another in the log.
 *
 * <p>All methods run under the partition's commit lock.
 */
final class BatchWriter {

  /**
   * What stands in a transaction's last batch before its records, in the place of siblings.
   *
   * @param bytes a multiple of the size of a sibling
   */
  record Preamble(int kind, int flags, byte[] bytes) {
    static final Preamble NONE = new Preamble(BatchFormat.COMMIT, 0, new byte[0]);

    int units() {
      return bytes.length / BatchFormat.SIBLING_BYTES;
    }
  }

  /** Where the batch lies that commits a transaction in another partition. */
  record Sibling(int partition, long address) {}

  private BatchWriter() {}

  private static int capacity(int siblings) {
    return BatchFormat.MAX_BYTES
        - BatchFormat.HEADER_BYTES
        - BatchFormat.ALIGNMENT
        - siblings * BatchFormat.SIBLING_BYTES;
  }

  private static ChunkPool.Purpose purpose(WriteSet writes) {
    return writes.onlyDeletes() ? ChunkPool.Purpose.RELIEF : ChunkPool.Purpose.GROWTH;
  }

  /**
   * Makes sure that the whole transaction fits, before any byte of it is written.
   *
   * @param written the partitions it writes to
   * @param parts what it writes to each of them
   * @throws HeapFull if it does not
   * @throws MisuseException if it writes to so many datasets that one of its objects does not fit a
   *     batch beside the list of them
   */
  static void checkRoom(List<Partition> written, List<WriteSet> parts) {
    int siblings = written.size() > 1 ? written.size() : 0;
    checkFits(parts, siblings);
    long chunks = 0;
    for (int i = 0; i < parts.size(); i++) {
      chunks += chunksFor(written.get(i), parts.get(i), siblings);
    }
    if (chunks == 0) {
      return;
    }
    ChunkPool pool = written.getFirst().pool;
    int reserve =
        pool.reserveFor(
            parts.stream().allMatch(WriteSet::onlyDeletes)
                ? ChunkPool.Purpose.RELIEF
                : ChunkPool.Purpose.GROWTH);
    if (pool.available() - reserve < chunks) {
      throw new HeapFull(
          "a transaction too large for one chunk needs "
              + chunks
              + " chunks of 4 MiB, the heap has "
              + pool.available()
              + " left with "
              + reserve
              + " in reserve; nothing was written",
          (int) Math.min(chunks, Integer.MAX_VALUE / 2));
    }
  }

  private static void checkFits(List<WriteSet> parts, int siblings) {
    int largest = 0;
    for (WriteSet part : parts) {
      for (int i = 0; siblings > BatchFormat.FITTING_SIBLINGS && i < part.size(); i++) {
        largest = Math.max(largest, part.get(i).recordBytes());
      }
    }
    if (siblings > BatchFormat.MAX_SIBLINGS || largest > capacity(siblings)) {
      throw new MisuseException(
          "a transaction writes to "
              + siblings
              + " datasets, which leaves no room in a batch for one of its objects of "
              + largest
              + " bytes; write to at most "
              + BatchFormat.FITTING_SIBLINGS
              + " datasets in one transaction; nothing was written");
    }
  }

  /** {@link #checkRoom(List, List)} for a transaction that writes to one partition. */
  static void checkRoom(Partition partition, WriteSet writes) {
    checkRoom(partition, writes, Preamble.NONE);
  }

  /** The same for one that stands behind a preamble. */
  static void checkRoom(Partition partition, WriteSet writes, Preamble preamble) {
    if (chunksFor(partition, writes, preamble.units()) > 0) {
      checkRoom(List.of(partition), List.of(writes));
    }
  }

  /** The chunks to be free for a part; 0 if it fits a batch, for which room is reserved here. */
  private static long chunksFor(Partition partition, WriteSet writes, int siblings) {
    if (fitsOneBatch(writes, siblings)) {
      partition.log.reserve(length(writes, 0, writes.size(), siblings), purpose(writes));
      return 0;
    }
    // Records are not split, so each chunk may stay empty by up to the size of the largest.
    return 2 * writes.recordBytes() / capacity(siblings) + 2;
  }

  private static boolean fitsOneBatch(WriteSet writes, int siblings) {
    return writes.recordBytes() <= capacity(siblings);
  }

  private static int length(WriteSet writes, int from, int to, int siblings) {
    long bytes = 0;
    if (to - from == writes.size()) {
      bytes = writes.recordBytes();
    } else {
      for (int i = from; i < to; i++) {
        bytes += writes.get(i).recordBytes();
      }
    }
    return BatchFormat.aligned(
        (int) bytes + BatchFormat.HEADER_BYTES + siblings * BatchFormat.SIBLING_BYTES);
  }

  /** The first write of the last batch: those before it go into PART batches. */
  private static int lastBatchStart(WriteSet writes, int siblings) {
    if (fitsOneBatch(writes, siblings)) {
      return 0;
    }
    int start = 0;
    int bytes = 0;
    for (int i = 0; i < writes.size(); i++) {
      int record = writes.get(i).recordBytes();
      if (bytes + record > capacity(siblings)) {
        start = i;
        bytes = 0;
      }
      bytes += record;
    }
    return start;
  }

  /**
   * Appends the PART batches of a transaction over several partitions, and tells where its COMMIT
   * batch will be.
   */
  static long placeParts(
      Partition partition, WriteSet writes, int siblings, long stamp, Events events) {
    appendParts(partition, writes, siblings, stamp, events);
    int start = lastBatchStart(writes, siblings);
    return partition.log.reserve(length(writes, start, writes.size(), siblings), purpose(writes));
  }

  private static void appendParts(
      Partition partition, WriteSet writes, int siblings, long stamp, Events events) {
    int last = lastBatchStart(writes, siblings);
    int from = 0;
    while (from < last) {
      int to = from;
      int bytes = 0;
      while (to < last && bytes + writes.get(to).recordBytes() <= capacity(siblings)) {
        bytes += writes.get(to++).recordBytes();
      }
      appendBatch(
          partition,
          writes,
          from,
          to,
          new Preamble(BatchFormat.PART, 0, Preamble.NONE.bytes),
          stamp,
          null,
          events);
      from = to;
    }
  }

  /**
   * Appends a transaction's records. With siblings, {@link #placeParts} has been called before.
   *
   * @return the end of its COMMIT batch
   */
  static long append(
      Partition partition,
      WriteSet writes,
      long stamp,
      Sibling @Nullable [] siblings,
      Events events) {
    int count = siblings == null ? 0 : siblings.length;
    if (siblings == null) {
      appendParts(partition, writes, 0, stamp, events);
    }
    return appendBatch(
        partition,
        writes,
        lastBatchStart(writes, count),
        writes.size(),
        Preamble.NONE,
        stamp,
        siblings,
        events);
  }

  /**
   * Appends a transaction's records behind a preamble, for which {@link #checkRoom(Partition,
   * WriteSet, Preamble)} has been called.
   *
   * @return the end of its last batch
   */
  static long appendBehind(
      Preamble preamble, Partition partition, WriteSet writes, long stamp, Events events) {
    appendParts(partition, writes, preamble.units(), stamp, events);
    return appendBatch(
        partition,
        writes,
        lastBatchStart(writes, preamble.units()),
        writes.size(),
        preamble,
        stamp,
        null,
        events);
  }

  private static long appendBatch(
      Partition partition,
      WriteSet writes,
      int from,
      int to,
      Preamble preamble,
      long stamp,
      Sibling @Nullable [] siblings,
      Events events) {
    int siblingCount = siblings == null ? 0 : siblings.length;
    int length = length(writes, from, to, siblingCount + preamble.units());
    byte[] batch = partition.scratch;
    if (batch.length < length) {
      batch = new byte[Math.max(length, 2 * batch.length)];
      if (length <= 1 << 20) {
        partition.scratch = batch;
      }
    }
    int at = BatchFormat.HEADER_BYTES;
    if (siblings != null) {
      for (Sibling sibling : siblings) {
        Bytes.putInt(batch, at, sibling.partition);
        Bytes.putInt(batch, at + 4, 0);
        Bytes.putLong(batch, at + 8, sibling.address);
        at += BatchFormat.SIBLING_BYTES;
      }
    }
    System.arraycopy(preamble.bytes, 0, batch, at, preamble.bytes.length);
    at += preamble.bytes.length;
    long address = partition.log.reserve(length, purpose(writes));
    for (int i = from; i < to; i++) {
      Write write = writes.get(i);
      write.newAddress = address + at;
      at +=
          RecordFormat.write(
              batch,
              at,
              write.objectId,
              write.kind == Write.Kind.DELETE,
              stamp,
              write.oldAddress,
              write.payload,
              write.payload.length);
    }
    Arrays.fill(batch, at, length, (byte) 0);
    partition.log.append(batch, length, preamble.kind, preamble.flags, siblingCount, stamp);
    events.appendedBytes.add(length);
    return address + length;
  }
}
