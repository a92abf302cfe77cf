package io.hotpot.store;

import io.hotpot.store.spi.Threads;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Rebuilds the handle tables from the logs when a store is opened; the steps are those of
 * docs/FORMAT.md, "Recovery".
 *
 * <p>Reads only: what must change on the medium afterwards (sealing the end, releasing chunks) is
 * told in the result and done by {@link Settlement}. So a crash during recovery leaves what it
 * found.
 *
 * <p>One thread, but for the verification of chunks, which runs in parallel.
 */
final class Recovery {

  private final Heap heap;
  private final Threads threads;
  private final TreeMap<Integer, FoundLog> partitions = new TreeMap<>();
  private final List<Integer> freeChunks = new ArrayList<>();
  private final List<Integer> interrupted = new ArrayList<>();
  private final List<Damage> damages = new ArrayList<>();
  private long scannedBytes;

  Recovery(Heap heap, Threads threads) {
    this.heap = heap;
    this.threads = threads;
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

  /** All partitions that there is something of, also those whose dataset was dropped. */
  Collection<FoundLog> all() {
    return partitions.values();
  }

  FoundLog found(int partition) {
    return partitions.computeIfAbsent(partition, p -> new FoundLog(p, heap.storeId()));
  }

  /** Steps 1 to 3: finds the chunks, verifies the logs, and finds where each one ends. */
  void readLogs() {
    sortChunks();
    for (FoundLog found : partitions.values()) {
      findCheckpoints(found);
    }
    List<Runnable> work = new ArrayList<>();
    List<LogScanner.Scan> scans = new ArrayList<>();
    for (FoundLog found : partitions.values()) {
      for (LogChunk chunk : found.chunks.tailMap(found.firstToRead(), true).values()) {
        work.add(
            () -> {
              LogScanner.Scan scan =
                  LogScanner.scan(chunk, found.seed, ChunkFormat.DATA_OFFSET, Heap.CHUNK_BYTES);
              synchronizedAdd(found, scans, scan);
            });
      }
    }
    threads.forAll(work);
    for (FoundLog found : partitions.values()) {
      findEnd(found);
    }
    SiblingTruncation siblings = new SiblingTruncation(partitions);
    while (siblings.truncateOrphans()) {
      // Cutting one log can orphan batches in others.
    }
  }

  private final java.util.concurrent.locks.ReentrantLock scansLock =
      new java.util.concurrent.locks.ReentrantLock();

  private void synchronizedAdd(FoundLog found, List<LogScanner.Scan> scans, LogScanner.Scan scan) {
    scansLock.lock();
    try {
      found.scans.put(scan.chunk.sequence, scan);
      scans.add(scan);
    } finally {
      scansLock.unlock();
    }
  }

  /**
   * Builds the table of a partition whose log was copied from another node: all of it is there, and
   * sound, or damage is reported.
   */
  void readCopy(Partition partition) {
    FoundLog found = found(partition.id);
    for (LogChunk chunk : partition.chunks.all()) {
      // It may have had another life, when this node owned the partition before.
      chunk.liveBytes.set(0);
      chunk.uncleanable = false;
      found.chunks.put(chunk.sequence, chunk);
    }
    findCheckpoints(found);
    for (LogChunk chunk : found.chunks.tailMap(found.firstToRead(), true).values()) {
      LogScanner.Scan scan =
          LogScanner.scan(chunk, found.seed, ChunkFormat.DATA_OFFSET, chunk.end());
      found.scans.put(chunk.sequence, scan);
    }
    long tail = partition.log.tail();
    int checksum = partition.log.lastChecksum();
    findEnd(found);
    boolean isWhole = found.end == tail && found.endChecksum == checksum;
    if (!isWhole && tail != 0) {
      damages.add(
          damage(
              partition.id,
              -1,
              0,
              "the copy ends at "
                  + Address.toString(found.end)
                  + ", it should at "
                  + Address.toString(tail)));
      return;
    }
    apply(found, partition, true);
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
  private void findCheckpoints(FoundLog found) {
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
  private void findEnd(FoundLog found) {
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
    found.setChunkEnds();
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

  private void report(FoundLog found, LogChunk chunk, int from, int to) {
    damages.add(
        new Damage(
            found.partition,
            chunk.memory.index(),
            from,
            to - from,
            "",
            "a batch of the log is damaged, although it had been made durable"));
  }

  // ---- step 4

  /**
   * Rebuilds a partition from what was found of it.
   *
   * @param crashed whether the store was not closed in order
   */
  void apply(FoundLog found, Partition partition, boolean crashed) {
    Checkpoint checkpoint = found.checkpoint;
    for (LogChunk chunk : found.chunks.values()) {
      long first = Address.of(chunk.sequence, ChunkFormat.DATA_OFFSET);
      if (first < found.end && partition.chunks.get(chunk.sequence) != chunk) {
        partition.chunks.put(chunk);
      }
    }
    Rebuild rebuild = new Rebuild(partition, damages, crashed);
    if (checkpoint != null) {
      rebuild.load(found, checkpoint);
      if (found.olderCheckpoint != null) {
        partition.pins.pin(found.olderCheckpoint, found.olderCheckpointAddress);
        partition.checkpointDurable(found.olderCheckpoint, found.olderCheckpointAddress);
      }
      partition.pins.pin(checkpoint, found.checkpointAddress);
      partition.checkpointDurable(checkpoint, found.checkpointAddress);
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

  private void reportLostLog(FoundLog found, String message) {
    damages.add(
        new Damage(
            found.partition,
            found.chunks.lastEntry().getValue().memory.index(),
            0,
            0,
            "",
            message));
  }

  private static void replay(FoundLog found, LogChunk chunk, LogScanner.Run run, Rebuild rebuild) {
    int offset = run.start();
    while (offset < run.end() && Address.of(chunk.sequence, offset) < found.end) {
      rebuild.batch(chunk, offset);
      offset += BatchFormat.length(chunk.memory, offset);
    }
  }

  /** Partitions whose dataset no longer exists; their chunks are to be released. */
  Set<Integer> orphans(Set<Integer> known) {
    Set<Integer> orphans = new HashSet<>(partitions.keySet());
    orphans.removeAll(known);
    return orphans;
  }
}
