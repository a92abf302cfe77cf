package io.hotpot.store;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * Finds out what each chunk of a heap is, by its label and its header: part of a log, free, or
 * caught in the middle of a move from one to the other (docs/FORMAT.md, "Chunk").
 *
 * <p>Reads only. One thread.
 */
final class ChunkSorter {

  private final Heap heap;
  private final IntFunction<FoundLog> logs;
  private final List<Damage> damages;
  private final List<Integer> free = new ArrayList<>();
  private final List<Integer> interrupted = new ArrayList<>();

  /** Labels of chunks that were added to a log. */
  private final Set<Long> seen = new HashSet<>();

  /**
   * @param logs the log of a partition, to be completed with its chunks
   * @param damages to be added to
   */
  ChunkSorter(Heap heap, IntFunction<FoundLog> logs, List<Damage> damages) {
    this.heap = heap;
    this.logs = logs;
    this.damages = damages;
  }

  /** Chunks that belong to nobody. */
  List<Integer> free() {
    return free;
  }

  /** Chunks that a crash caught in the middle of being taken or released: they are free. */
  List<Integer> interrupted() {
    return interrupted;
  }

  /**
   * Sorts all chunks.
   *
   * @throws CorruptException if it cannot be told what a chunk is
   */
  void sort() {
    for (int index = 0; index < heap.chunks(); index++) {
      sort(index);
    }
  }

  private void sort(int index) {
    ChunkMemory memory = heap.chunk(index);
    long label = heap.label(index);
    if (label == 0) {
      long header = ChunkFormat.headerLabel(memory, heap.storeId());
      if (header == 0) {
        free.add(index);
      } else {
        report(header, index, "the chunk's label was lost; its header is believed");
        add(header, memory);
      }
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
      report(header, index, "the chunk's label is damaged; its header is believed");
      add(header, memory);
    } else if (ChunkFormat.labelIsMoving(label)) {
      interrupted.add(index);
    } else {
      if (ChunkFormat.headerLabel(memory, heap.storeId()) != label) {
        report(label, index, "the chunk's header is damaged; its label is believed");
        logs.apply(ChunkFormat.labelPartition(label))
            .damagedHeaders
            .add(ChunkFormat.labelSequence(label));
      }
      add(label, memory);
    }
  }

  private void report(long label, int index, String message) {
    damages.add(new Damage(ChunkFormat.labelPartition(label), index, 0, 0, "", message));
  }

  private void add(long label, ChunkMemory memory) {
    int sequence = ChunkFormat.labelSequence(label);
    if (!seen.add(label)) {
      throw new CorruptException(
          "two chunks of "
              + heap.info().location()
              + " claim to be chunk "
              + sequence
              + " of partition "
              + ChunkFormat.labelPartition(label)
              + "; restore the store from a backup");
    }
    logs.apply(ChunkFormat.labelPartition(label))
        .chunks
        .put(sequence, new LogChunk(sequence, memory));
  }
}
