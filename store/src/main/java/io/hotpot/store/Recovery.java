package io.hotpot.store;

import io.hotpot.store.spi.Threads;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Rebuilds the handle tables from the logs when a store is opened, in the steps of docs/FORMAT.md,
 * "Recovery": {@link ChunkSorter}, {@link CheckpointFinder}, {@link LogScanner}, {@link LogEnd},
 * {@link SiblingTruncation}, {@link Rebuild}.
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
  private final List<Damage> damages = new ArrayList<>();
  private final ChunkSorter chunks;
  private long scannedBytes;

  Recovery(Heap heap, Threads threads) {
    this.heap = heap;
    this.threads = threads;
    this.chunks = new ChunkSorter(heap, this::found, damages);
  }

  List<Damage> damages() {
    return damages;
  }

  long scannedBytes() {
    return scannedBytes;
  }

  /** Chunks that belong to nobody. */
  List<Integer> freeChunks() {
    return chunks.free();
  }

  /** Chunks that a crash caught in the middle of a move. */
  List<Integer> interruptedChunks() {
    return chunks.interrupted();
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
    chunks.sort();
    for (FoundLog found : partitions.values()) {
      CheckpointFinder.find(found, damages);
    }
    scanChunks();
    for (FoundLog found : partitions.values()) {
      findEnd(found);
    }
    SiblingTruncation siblings = new SiblingTruncation(partitions);
    while (siblings.truncateOrphans()) {
      // Cutting one log can orphan batches in others.
    }
  }

  private void scanChunks() {
    ReentrantLock lock = new ReentrantLock();
    List<Runnable> work = new ArrayList<>();
    for (FoundLog found : partitions.values()) {
      for (LogChunk chunk : found.chunksToRead()) {
        work.add(
            () -> {
              LogScanner.Scan scan =
                  LogScanner.scan(chunk, found.seed, ChunkFormat.DATA_OFFSET, Heap.CHUNK_BYTES);
              lock.lock();
              try {
                found.scans.put(chunk.sequence, scan);
              } finally {
                lock.unlock();
              }
            });
      }
    }
    threads.forAll(work);
  }

  private void findEnd(FoundLog found) {
    LogEnd.find(found, damages);
    for (LogScanner.Scan scan : found.scans.values()) {
      scannedBytes += scan.soundBytes();
    }
  }

  /**
   * Builds the table of a partition whose log was copied from another node: all of it is there, and
   * sound, or damage is reported.
   *
   * @param whateverIsLeft whether a damaged one is better than none: what may be lost is withheld
   */
  void readCopy(Partition partition, boolean whateverIsLeft) {
    FoundLog found = found(partition.id);
    Map<LogChunk, Integer> ends = new HashMap<>();
    for (LogChunk chunk : partition.chunks.all()) {
      // It may have had another life, when this node owned the partition before.
      chunk.liveBytes.set(0);
      chunk.uncleanable = false;
      chunk.damaged = false;
      found.chunks.put(chunk.sequence, chunk);
      ends.put(chunk, chunk.end());
    }
    CheckpointFinder.find(found, damages);
    // Nothing below is torn: its end is known, and a gap before it is damage.
    found.durable = partition.log.durableTo();
    for (LogChunk chunk : found.chunksToRead()) {
      LogScanner.Scan scan =
          LogScanner.scan(chunk, found.seed, ChunkFormat.DATA_OFFSET, chunk.end());
      found.scans.put(chunk.sequence, scan);
    }
    long tail = partition.log.tail();
    int checksum = partition.log.lastChecksum();
    findEnd(found);
    // What is damaged at the end of a chunk is part of it, and may be healed.
    ends.forEach(LogChunk::end);
    boolean isWhole = found.end == tail && found.endChecksum == checksum;
    if (!isWhole && tail != 0) {
      found.endIsLost = true;
      damages.add(
          new Damage(
              partition.id,
              -1,
              0,
              0,
              "",
              "the copy ends at "
                  + Address.toString(found.end)
                  + ", it should at "
                  + Address.toString(tail)));
    }
    if (damages.isEmpty() || whateverIsLeft) {
      apply(found, partition, true);
    }
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
      pinCheckpoints(found, partition);
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
    if (found.endIsLost) {
      rebuild.lost(found);
    }
    if (found.deletesForgotten) {
      reportLostLog(
          found, "both checkpoints are damaged: objects may appear that had been deleted");
      rebuild.lost(found);
    }
    rebuild.finish(found);
  }

  /** The chunks that an opening needs stay. */
  static void pinCheckpoints(FoundLog found, Partition partition) {
    pin(found.olderCheckpoint, found.olderCheckpointAddress, partition);
    pin(found.checkpoint, found.checkpointAddress, partition);
  }

  private static void pin(@Nullable Checkpoint checkpoint, long address, Partition partition) {
    if (checkpoint != null) {
      partition.pins.pin(checkpoint, address);
      partition.checkpointDurable(checkpoint, address);
    }
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
