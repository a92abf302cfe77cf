package io.hotpot.store;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Rebuilds the handle tables from the logs when a store is opened; the steps are those of
 * docs/FORMAT.md, "Recovery".
 *
 * <p>Reads only: what must change on the medium afterwards (sealing the end, releasing chunks) is
 * told in the result and done by {@link #settle}. So a crash during recovery leaves what it found.
 *
 * <p>One thread, but for the verification of chunks, which runs in parallel.
 */
final class Recovery {

  /** What was found of one partition's log. */
  static final class Found {
    final int partition;
    final long seed;
    final TreeMap<Integer, LogChunk> chunks = new TreeMap<>();
    final TreeMap<Integer, LogScanner.Scan> scans = new TreeMap<>();
    @Nullable Checkpoint checkpoint;

    /** The checkpoint before that one, if it is sound. */
    @Nullable Checkpoint olderCheckpoint;

    /** Of the batches that complete the two. */
    long checkpointAddress;

    long olderCheckpointAddress;

    /** Where the newest checkpoint was written, whether it can be read or not. */
    long newestPointer;

    /**
     * Checkpoints are damaged that alone may have known of deletions: what the log shows as the
     * newest version of an object may be one that was deleted.
     */
    boolean deletesForgotten;

    /** Chunks whose header, and so the pointers to checkpoints in it, is damaged. */
    final List<Integer> damagedHeaders = new ArrayList<>();

    /** Every batch below is part of the log. */
    long end;

    /** The highest address known to have been durable. */
    long durable;

    int endChecksum;

    /** Whether there were batches beyond the end that will have to be put out of the way. */
    boolean truncated;

    /** The last batch is a checkpoint and nothing follows: the store was closed cleanly here. */
    boolean clean;

    Found(int partition, long storeId) {
      this.partition = partition;
      this.seed = BatchFormat.seed(storeId, partition);
    }

    boolean endsAsClosed() {
      return checkpoint != null && checkpoint.end() == end && checkpointAddress == newestPointer;
    }

    /** A header is durable before anything else of its chunk: there was more, and it is lost. */
    boolean hasHeadlessChunk() {
      return damagedHeaders.stream()
          .map(scans::get)
          .anyMatch(scan -> scan != null && scan.isEmpty());
    }

    LogChunk chunk(int sequence) {
      LogChunk chunk = chunks.get(sequence);
      if (chunk == null) {
        throw new IllegalStateException("no chunk " + sequence);
      }
      return chunk;
    }
  }

  private final Heap heap;
  private final TreeMap<Integer, Found> partitions = new TreeMap<>();
  private final List<Integer> freeChunks = new ArrayList<>();
  private final List<Integer> interrupted = new ArrayList<>();
  private final List<Damage> damages = new ArrayList<>();
  private long scannedBytes;

  Recovery(Heap heap) {
    this.heap = heap;
  }

  List<Damage> damages() {
    return damages;
  }

  long scannedBytes() {
    return scannedBytes;
  }

  /** Chunks that belong to nobody, those of interrupted moves included. */
  List<Integer> freeChunks() {
    return freeChunks;
  }

  List<Integer> interruptedChunks() {
    return interrupted;
  }

  /** The highest incarnation that has written to a log, as far as it was read. */
  int maxEpoch() {
    return partitions.values().stream()
        .flatMap(found -> found.scans.values().stream())
        .mapToInt(scan -> scan.maxEpoch)
        .max()
        .orElse(0);
  }

  Set<Integer> partitionIds() {
    return partitions.keySet();
  }

  Found found(int partition) {
    return partitions.computeIfAbsent(partition, p -> new Found(p, heap.storeId()));
  }

  /** Steps 1 to 3: finds the chunks, verifies the logs, and finds where each one ends. */
  void readLogs() {
    sortChunks();
    for (Found found : partitions.values()) {
      findCheckpoints(found);
    }
    List<Runnable> work = new ArrayList<>();
    List<LogScanner.Scan> scans = new ArrayList<>();
    for (Found found : partitions.values()) {
      int first = found.checkpoint == null ? 0 : Address.sequence(found.checkpoint.begin());
      for (LogChunk chunk : found.chunks.tailMap(first, true).values()) {
        work.add(
            () -> {
              LogScanner.Scan scan =
                  LogScanner.scan(chunk, found.seed, ChunkFormat.DATA_OFFSET, Heap.CHUNK_BYTES);
              synchronizedAdd(found, scans, scan);
            });
      }
    }
    work.parallelStream().forEach(Runnable::run);
    for (Found found : partitions.values()) {
      findEnd(found);
    }
    while (truncateOrphans()) {
      // Cutting one log can orphan batches in others.
    }
  }

  private final java.util.concurrent.locks.ReentrantLock scansLock =
      new java.util.concurrent.locks.ReentrantLock();

  private void synchronizedAdd(Found found, List<LogScanner.Scan> scans, LogScanner.Scan scan) {
    scansLock.lock();
    try {
      found.scans.put(scan.chunk.sequence, scan);
      scans.add(scan);
    } finally {
      scansLock.unlock();
    }
  }

  private void sortChunks() {
    Map<Long, Integer> seen = new HashMap<>();
    for (int index = 0; index < heap.chunks(); index++) {
      ChunkMemory memory = heap.chunk(index);
      long label = heap.label(index);
      if (label == 0) {
        long header = ChunkFormat.headerLabel(memory, heap.storeId());
        if (header == 0) {
          freeChunks.add(index);
          continue;
        }
        damages.add(
            damage(
                ChunkFormat.labelPartition(header),
                index,
                0,
                "the chunk's label was lost; its header is believed"));
        label = header;
      } else if (!ChunkFormat.labelIsValid(label)) {
        long header = ChunkFormat.headerLabel(memory, heap.storeId());
        if (header == 0) {
          throw new CorruptException(
              "chunk "
                  + index
                  + " of "
                  + heap.info().location()
                  + " has neither a valid label nor a valid header; restore the store from a backup");
        }
        damages.add(
            damage(
                ChunkFormat.labelPartition(header),
                index,
                0,
                "the chunk's label is damaged; its header is believed"));
        label = header;
      } else if (ChunkFormat.labelIsMoving(label)) {
        interrupted.add(index);
        continue;
      } else if (ChunkFormat.headerLabel(memory, heap.storeId()) != label) {
        damages.add(
            damage(
                ChunkFormat.labelPartition(label),
                index,
                0,
                "the chunk's header is damaged; its label is believed"));
        found(ChunkFormat.labelPartition(label))
            .damagedHeaders
            .add(ChunkFormat.labelSequence(label));
      }
      if (seen.put(label, index) != null) {
        throw new CorruptException(
            "two chunks of "
                + heap.info().location()
                + " claim to be chunk "
                + ChunkFormat.labelSequence(label)
                + " of partition "
                + ChunkFormat.labelPartition(label)
                + "; restore the store from a backup");
      }
      int sequence = ChunkFormat.labelSequence(label);
      found(ChunkFormat.labelPartition(label)).chunks.put(sequence, new LogChunk(sequence, memory));
    }
  }

  private static Damage damage(int partition, int chunk, int offset, String message) {
    return new Damage(partition, chunk, offset, 0, "", message);
  }

  /** Looks at the two newest checkpoints: the cleaner keeps those whole, and no others. */
  private void findCheckpoints(Found found) {
    List<Long> addresses = new ArrayList<>();
    for (LogChunk chunk : found.chunks.values()) {
      for (long address : ChunkFormat.checkpointPointers(chunk.memory)) {
        if (address != 0 && Address.sequence(address) == chunk.sequence) {
          addresses.add(address);
        }
      }
    }
    addresses.sort(Comparator.reverseOrder());
    if (!addresses.isEmpty()) {
      // The pointer was written when all before it was durable.
      found.newestPointer = addresses.getFirst();
    }
    for (long address : addresses.subList(0, Math.min(2, addresses.size()))) {
      Checkpoint checkpoint = CheckpointFormat.read(found, address);
      if (checkpoint == null) {
        if (found.checkpoint == null) {
          damages.add(
              new Damage(
                  found.partition,
                  found.chunk(Address.sequence(address)).memory.index(),
                  Address.offset(address),
                  0,
                  "",
                  "a checkpoint is damaged; an older one, or the whole log, is read instead"));
        }
      } else if (found.checkpoint == null) {
        found.checkpoint = checkpoint;
        found.checkpointAddress = address;
      } else {
        found.olderCheckpoint = checkpoint;
        found.olderCheckpointAddress = address;
      }
    }
    // The cleaner forgets deletions only when there are two checkpoints that know of them.
    found.deletesForgotten =
        found.checkpoint == null && addresses.size() + found.damagedHeaders.size() >= 2;
  }

  /** Step 2. */
  private void findEnd(Found found) {
    Checkpoint checkpoint = found.checkpoint;
    found.durable = Math.max(found.newestPointer, checkpoint == null ? 0 : checkpoint.end());
    for (LogScanner.Scan scan : found.scans.values()) {
      found.durable = Math.max(found.durable, scan.maxDurable);
      for (LogScanner.Run run : scan.runs) {
        scannedBytes += run.end() - run.start();
      }
    }
    long end = 0;
    int previousChecksum = 0;
    int previousEpoch = 0;
    int previousSequence = -1;
    boolean sealed = true;
    boolean stopped = false;
    for (LogScanner.Scan scan : found.scans.values()) {
      LogChunk chunk = scan.chunk;
      int expected = ChunkFormat.DATA_OFFSET;
      if (!stopped && scan.isEmpty()) {
        if (Address.of(chunk.sequence, ChunkFormat.DATA_OFFSET) < found.durable) {
          boolean isWhole = chunk.sequence < Address.sequence(found.durable);
          int lost = isWhole ? Heap.CHUNK_BYTES : Address.offset(found.durable);
          report(found, chunk, ChunkFormat.DATA_OFFSET, lost);
          sealed = true;
          previousSequence = -1;
        } else {
          // All of it was lost before it was durable, or nothing was ever written: what follows
          // came later.
          stopped = true;
        }
        continue;
      }
      for (LogScanner.Run run : scan.runs) {
        long start = Address.of(chunk.sequence, run.start());
        boolean gapBefore =
            run.start() != expected
                || (run.start() == ChunkFormat.DATA_OFFSET
                    && !sealed
                    && previousSequence == chunk.sequence - 1)
                || ((previousSequence == chunk.sequence - 1
                        || run.start() != ChunkFormat.DATA_OFFSET)
                    && !linked(chunk.memory, run.start(), previousChecksum, previousEpoch));
        long gapStart = Address.of(chunk.sequence, Math.min(expected, run.start()));
        if (gapBefore && gapStart >= found.durable) {
          stopped = true;
        } else if (gapBefore && start > found.durable) {
          // Damage below the durable address, and torn batches above it: the log ends there.
          int lost = Address.offset(found.durable);
          report(found, chunk, expected, lost);
          end = Address.of(chunk.sequence, lost);
          stopped = true;
        }
        if (stopped) {
          found.truncated = true;
          break;
        }
        if (gapBefore && run.start() != expected) {
          report(found, chunk, expected, run.start());
        } else if (gapBefore) {
          report(found, chunk, run.start(), run.start());
        }
        int last = lastBatch(chunk.memory, run);
        previousChecksum = BatchFormat.checksum(chunk.memory, last);
        previousEpoch = BatchFormat.epoch(chunk.memory, last);
        expected = run.end();
        end = Address.of(chunk.sequence, run.end());
      }
      if (!stopped) {
        if (!scan.isEmpty() && !scan.sealed && end < found.durable) {
          int lost =
              Address.sequence(found.durable) == chunk.sequence
                  ? Address.offset(found.durable)
                  : Heap.CHUNK_BYTES;
          report(found, chunk, expected, lost);
          end = Address.of(chunk.sequence, lost == Heap.CHUNK_BYTES ? expected : lost);
          sealed = true;
          previousSequence = -1;
        } else if (!scan.isEmpty()) {
          sealed = scan.sealed;
          previousSequence = chunk.sequence;
        }
      }
    }
    found.end = end;
    found.endChecksum = previousChecksum;
    setChunkEnds(found);
  }

  private static boolean linked(ChunkMemory memory, int offset, int checksum, int epoch) {
    return BatchFormat.previousChecksum(memory, offset) == checksum
        && BatchFormat.epoch(memory, offset) >= epoch;
  }

  private static int lastBatch(ChunkMemory memory, LogScanner.Run run) {
    int offset = run.start();
    int last = offset;
    while (offset < run.end()) {
      last = offset;
      offset += BatchFormat.length(memory, offset);
    }
    return last;
  }

  private void report(Found found, LogChunk chunk, int from, int to) {
    damages.add(
        new Damage(
            found.partition,
            chunk.memory.index(),
            from,
            to - from,
            "",
            "a batch of the log is damaged, although it had been made durable"));
  }

  private static void setChunkEnds(Found found) {
    for (LogScanner.Scan scan : found.scans.values()) {
      int end = ChunkFormat.DATA_OFFSET;
      for (LogScanner.Run run : scan.runs) {
        if (Address.of(scan.chunk.sequence, run.start()) < found.end) {
          end = run.end();
        }
      }
      if (scan.chunk.sequence == Address.sequence(found.end)) {
        end = Math.min(end, Address.offset(found.end));
      }
      scan.chunk.end(end);
      scan.chunk.closed = true;
    }
    for (LogChunk chunk : found.chunks.values()) {
      if (!found.scans.containsKey(chunk.sequence)) {
        // Wholly below the checkpoint: not scanned. Its seal is somewhere; bounds are all that is
        // needed.
        chunk.end(Heap.CHUNK_BYTES);
        chunk.closed = true;
      }
    }
  }

  /** Step 3, once over all partitions. */
  private boolean truncateOrphans() {
    boolean changed = false;
    for (Found found : partitions.values()) {
      long cut = firstOrphan(found);
      if (cut != 0) {
        cutAt(found, cut);
        changed = true;
      }
    }
    return changed;
  }

  private long firstOrphan(Found found) {
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
      Found other = partitions.get(chunk.memory.getInt(at));
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

  private static void cutAt(Found found, long cut) {
    found.end = cut;
    found.truncated = true;
    LogScanner.Scan scan = found.scans.get(Address.sequence(cut));
    if (scan == null) {
      throw new IllegalStateException("cut outside of what was scanned");
    }
    found.endChecksum = checksumBefore(found, cut);
    setChunkEnds(found);
  }

  /** The checksum of the last batch before an address: what a batch there chains to. */
  private static int checksumBefore(Found found, long cut) {
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

  // ---- step 4

  /**
   * Rebuilds a partition from what was found of it.
   *
   * @param crashed whether the store was not closed in order
   */
  void apply(Found found, Partition partition, boolean crashed) {
    Checkpoint checkpoint = found.checkpoint;
    for (LogChunk chunk : found.chunks.values()) {
      long first = Address.of(chunk.sequence, ChunkFormat.DATA_OFFSET);
      if (first < found.end) {
        partition.chunks.put(chunk);
      }
    }
    Rebuild rebuild = new Rebuild(partition, damages, crashed);
    if (checkpoint != null) {
      rebuild.load(found, checkpoint);
      if (found.olderCheckpoint != null) {
        partition.pinCheckpoint(found.olderCheckpoint, found.olderCheckpointAddress);
        partition.checkpointDurable(found.olderCheckpoint);
      }
      partition.pinCheckpoint(checkpoint, found.checkpointAddress);
      partition.checkpointDurable(checkpoint);
    }
    for (LogScanner.Scan scan : found.scans.values()) {
      for (LogScanner.Run run : scan.runs) {
        replay(found, scan.chunk, run, rebuild);
      }
    }
    for (Damage damage : List.copyOf(damages)) {
      if (damage.partition() == found.partition && damage.lengthBytes() > 0) {
        rebuild.damaged(found, damage);
      }
    }
    if (!found.chunks.isEmpty() && !crashed && !found.endsAsClosed()) {
      reportLostLog(found, "the log does not end with the checkpoint of its close");
      rebuild.lost(found);
    } else if (found.hasHeadlessChunk()) {
      reportLostLog(found, "a chunk of the log has lost its header and all that was in it");
      rebuild.lost(found);
    }
    if (found.deletesForgotten) {
      reportLostLog(
          found, "both checkpoints are damaged: objects may appear that had been deleted");
      rebuild.lost(found);
    }
    rebuild.finish(found);
  }

  private void reportLostLog(Found found, String message) {
    damages.add(
        new Damage(
            found.partition,
            found.chunks.lastEntry().getValue().memory.index(),
            0,
            0,
            "",
            message));
  }

  private static void replay(Found found, LogChunk chunk, LogScanner.Run run, Rebuild rebuild) {
    int offset = run.start();
    while (offset < run.end() && Address.of(chunk.sequence, offset) < found.end) {
      rebuild.batch(chunk, offset);
      offset += BatchFormat.length(chunk.memory, offset);
    }
  }

  /**
   * Makes the medium agree with what was recovered: closes the log durably where it ends, then
   * frees what lies beyond. Nothing is appended before. Running it again after a crash comes to the
   * same end.
   *
   * @param clean whether the store was closed in order, so that appends may go on in the last chunk
   */
  static void settle(Found found, Partition partition, Heap heap, ChunkPool pool, boolean clean) {
    if (found.chunks.isEmpty()) {
      return;
    }
    int endSequence = Address.sequence(found.end);
    int lastSequence = found.chunks.lastKey();
    LogChunk last = found.chunks.get(endSequence);
    LogScanner.Scan scan = found.scans.get(endSequence);
    boolean sealed = scan != null && scan.sealed && !found.truncated;
    if (clean && found.endsAsClosed() && last != null && !found.truncated) {
      releaseBeyond(found, partition, pool);
      last.closed = sealed;
      partition.log.resume(sealed ? null : last, lastSequence, found.endChecksum, found.end);
      return;
    }
    int checksum = found.endChecksum;
    if (last != null && !sealed && last.end() + BatchFormat.HEADER_BYTES <= Heap.CHUNK_BYTES) {
      byte[] seal = new byte[BatchFormat.HEADER_BYTES];
      checksum =
          BatchFormat.seal(
              seal,
              seal.length,
              BatchFormat.SEAL,
              0,
              0,
              checksum,
              scan == null ? 0 : scan.maxEpoch,
              0,
              Address.of(endSequence, last.end()),
              0,
              found.seed);
      last.memory.put(last.end(), seal, 0, seal.length);
      int sealedEnd = last.end() + seal.length;
      last.end(sealedEnd);
    }
    for (LogScanner.Scan each : found.scans.values()) {
      heap.flush(
          each.chunk.memory.index(),
          ChunkFormat.DATA_OFFSET,
          Math.max(0, each.chunk.end() - ChunkFormat.DATA_OFFSET));
    }
    heap.drain();
    partition.log.resume(
        null, lastSequence, checksum, last == null ? 0 : Address.of(endSequence, last.end()));
    // A higher sequence number is on the medium before any is given back, so that none is ever used
    // twice.
    partition.log.prepareNow();
    if (partition.suspectBefore() != 0) {
      // What tells of the damage may be released next; the mark tells of it for ever.
      partition.appendMark(BatchFormat.SUSPECT);
      partition.log.flushAppended();
      heap.drain();
    }
    releaseBeyond(found, partition, pool);
  }

  private static void releaseBeyond(Found found, Partition partition, ChunkPool pool) {
    List<LogChunk> beyond =
        found.chunks.values().stream()
            .filter(c -> partition.chunks.get(c.sequence) != c)
            .sorted(Comparator.comparingInt((LogChunk c) -> c.sequence).reversed())
            .collect(Collectors.toList());
    // From the end, so that a crash in between leaves no gap that could be taken for a cleaned
    // chunk.
    for (LogChunk chunk : beyond) {
      pool.release(chunk.memory.index(), found.partition, chunk.sequence);
    }
  }

  /** Partitions whose dataset no longer exists; their chunks are to be released. */
  Set<Integer> orphans(Set<Integer> known) {
    Set<Integer> orphans = new HashSet<>(partitions.keySet());
    orphans.removeAll(known);
    return orphans;
  }
}
