package io.hotpot.store;

import io.hotpot.store.spi.HeldLog.Damaged;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the stretches of a partition's log in which no sound batch stands, and puts the batches of
 * another node's copy in their place (PROTOCOL 13.5). What is written are the bytes that stood
 * there before they rotted: whoever reads meanwhile finds damage or what is right, and a crash
 * leaves one of the two.
 *
 * <p>By one thread, beside reads and appends; the chunk must not be released or cut meanwhile.
 */
final class LogHealing {

  private final Partition partition;
  private final long seed;

  LogHealing(Partition partition) {
    this.partition = partition;
    this.seed = partition.log.seed();
  }

  /** All that is damaged; reads the whole log. */
  List<Damaged> all() {
    List<Damaged> found = new ArrayList<>();
    for (LogChunk chunk : partition.chunks.all()) {
      found.addAll(in(chunk));
    }
    return found;
  }

  /** The damage that covers an address; null: there is none. */
  @Nullable Damaged at(long address) {
    LogChunk chunk = partition.chunks.get(Address.sequence(address));
    if (chunk != null) {
      for (Damaged damaged : in(chunk)) {
        int distance = Address.offset(address) - damaged.offset();
        if (distance >= 0 && distance < damaged.lengthBytes()) {
          return damaged;
        }
      }
    }
    return null;
  }

  private List<Damaged> in(LogChunk chunk) {
    int end = chunk.end();
    List<Damaged> found = new ArrayList<>();
    int expected = ChunkFormat.DATA_OFFSET;
    LogScanner.Scan scan = LogScanner.scan(chunk, seed, expected, end);
    for (LogScanner.Run run : scan.runs) {
      if (run.start() > expected) {
        found.add(new Damaged(chunk.sequence, expected, run.start() - expected));
      }
      expected = run.end();
    }
    if (expected < end && !scan.sealed) {
      found.add(new Damaged(chunk.sequence, expected, end - expected));
    }
    return found;
  }

  /**
   * Puts batches in the place of damage, if they are what stood there.
   *
   * @return false: they are not, and nothing was written
   */
  boolean mend(Damaged where, byte[] bytes) {
    LogChunk chunk = partition.chunks.get(where.sequence());
    if (chunk == null
        || bytes.length != where.lengthBytes()
        || !chunk.holds(where.offset(), bytes.length)
        || !isWhole(where, bytes)
        || !followsWhatIsBefore(chunk, where, bytes)
        || !isFollowed(chunk, where, lastChecksum(bytes))) {
      return false;
    }
    chunk.memory.put(where.offset(), bytes, 0, bytes.length);
    chunk.damaged = false;
    return true;
  }

  /** Whether it is batches that belong at this address, each linked to the one before. */
  private boolean isWhole(Damaged where, byte[] bytes) {
    int at = 0;
    int previous = 0;
    while (at < bytes.length) {
      int room = bytes.length - at;
      int length = room < BatchFormat.HEADER_BYTES ? 0 : Bytes.getInt(bytes, at);
      if (length < BatchFormat.HEADER_BYTES
          || length > room
          || (length & (BatchFormat.ALIGNMENT - 1)) != 0) {
        return false;
      }
      long address = Address.of(where.sequence(), where.offset() + at);
      int checksum = Bytes.getInt(bytes, at + 4);
      if (checksum != Checksum.of(bytes, at + 8, length - 8, seed ^ address)
          || (at > 0 && Bytes.getInt(bytes, at + 8) != previous)) {
        return false;
      }
      previous = checksum;
      at += length;
    }
    return at > 0;
  }

  private static int lastChecksum(byte[] bytes) {
    int last = 0;
    for (int at = 0; at < bytes.length; at += Bytes.getInt(bytes, at)) {
      last = Bytes.getInt(bytes, at + 4);
    }
    return last;
  }

  private boolean followsWhatIsBefore(LogChunk chunk, Damaged where, byte[] bytes) {
    LogChunk before = chunk;
    int end = where.offset();
    if (end == ChunkFormat.DATA_OFFSET) {
      before = partition.chunks.get(chunk.sequence - 1);
      end = before == null ? 0 : before.end();
    }
    Integer checksum = before == null ? null : checksumOfWhatEndsAt(before, end);
    return checksum == null || checksum == Bytes.getInt(bytes, 8);
  }

  /** Null: no sound batch ends there. */
  private @Nullable Integer checksumOfWhatEndsAt(LogChunk chunk, int end) {
    for (LogScanner.Run run :
        LogScanner.scan(chunk, seed, ChunkFormat.DATA_OFFSET, chunk.end()).runs) {
      if (run.end() == end) {
        int last = run.start();
        for (int at = last; at < end; at += BatchFormat.length(chunk.memory, at)) {
          last = at;
        }
        return BatchFormat.checksum(chunk.memory, last);
      }
    }
    return null;
  }

  /** Whether what stands behind the damage links to it; the end of the log is known by heart. */
  private boolean isFollowed(LogChunk chunk, Damaged where, int checksum) {
    int end = where.offset() + where.lengthBytes();
    partition.commitLock.lock();
    try {
      if (partition.log.tail() == Address.of(chunk.sequence, end)) {
        return partition.log.lastChecksum() == checksum;
      }
    } finally {
      partition.commitLock.unlock();
    }
    boolean isLast = end == chunk.end();
    LogChunk next = isLast ? partition.chunks.get(chunk.sequence + 1) : chunk;
    int offset = isLast ? ChunkFormat.DATA_OFFSET : end;
    return next == null
        || next.end() <= offset
        || !BatchFormat.isValid(next.memory, offset, next.sequence, seed)
        || BatchFormat.previousChecksum(next.memory, offset) == checksum;
  }
}
