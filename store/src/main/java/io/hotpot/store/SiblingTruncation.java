package io.hotpot.store;

import java.util.Map;

/**
 * Step 3 of {@link Recovery}: ends a log before the first commit whose siblings are not all inside
 * their own logs, so that only whole transactions are left.
 *
 * <p>Changes nothing but the ends of what was found. One thread.
 */
final class SiblingTruncation {

  private final Map<Integer, FoundLog> partitions;

  SiblingTruncation(Map<Integer, FoundLog> partitions) {
    this.partitions = partitions;
  }

  /**
   * Once over all partitions. Returns whether a log was cut, which can orphan batches in others.
   */
  boolean truncateOrphans() {
    boolean changed = false;
    for (FoundLog found : partitions.values()) {
      long cut = firstOrphan(found);
      if (cut != 0) {
        cutAt(found, cut);
        changed = true;
      }
    }
    return changed;
  }

  private long firstOrphan(FoundLog found) {
    for (LogScanner.Scan scan : found.scans.values()) {
      for (int offset : scan.withSiblings) {
        long address = Address.of(scan.chunk.sequence, offset);
        if (address >= found.durable && address < found.end && !siblingsExist(scan.chunk, offset)) {
          return address;
        }
      }
    }
    return 0;
  }

  private boolean siblingsExist(LogChunk chunk, int offset) {
    long stamp = BatchFormat.stamp(chunk.memory, offset);
    int count = BatchFormat.siblings(chunk.memory, offset);
    for (int i = 0; i < count; i++) {
      int at = offset + BatchFormat.HEADER_BYTES + i * BatchFormat.SIBLING_BYTES;
      FoundLog other = partitions.get(chunk.memory.getInt(at));
      long address = chunk.memory.getLong(at + 8);
      if (other == null || address >= other.end) {
        return false;
      }
      LogChunk sibling = other.chunks.get(Address.sequence(address));
      if (address >= other.durable
          && (sibling == null
              || !BatchFormat.isValid(
                  sibling.memory, Address.offset(address), sibling.sequence, other.seed)
              || BatchFormat.stamp(sibling.memory, Address.offset(address)) != stamp)) {
        return false;
      }
    }
    return true;
  }

  private static void cutAt(FoundLog found, long cut) {
    found.end = cut;
    found.truncated = true;
    LogScanner.Scan scan = found.scans.get(Address.sequence(cut));
    if (scan == null) {
      throw new IllegalStateException("cut outside of what was scanned");
    }
    found.endChecksum = checksumBefore(found, cut);
    found.setChunkEnds();
  }

  /** The checksum of the last batch before an address: what a batch there chains to. */
  private static int checksumBefore(FoundLog found, long cut) {
    int checksum = 0;
    for (LogScanner.Scan scan : found.scans.values()) {
      for (LogScanner.Run run : scan.runs) {
        int offset = run.start();
        while (offset < run.end() && Address.of(scan.chunk.sequence, offset) < cut) {
          checksum = BatchFormat.checksum(scan.chunk.memory, offset);
          offset += BatchFormat.length(scan.chunk.memory, offset);
        }
      }
    }
    return checksum;
  }
}
