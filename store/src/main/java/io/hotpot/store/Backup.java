package io.hotpot.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Copies a store that is in use to another directory, as it is at one moment: all partitions' logs
 * are cut while no commit is between two of them, and logs only grow. The copy is opened like any
 * store, by recovery.
 *
 * <p>A copy that is there already is brought up to date in place: what has been copied of a log
 * does not change. While that is under way a file tells that the copy is not whole.
 */
final class Backup {

  /** Says that a backup was cut short; nothing opens the copy until it has been completed. */
  static final String INCOMPLETE = "backup.incomplete";

  /** Names the incarnation that the copy has been left with; opened as a store, it gets another. */
  private static final String UNTOUCHED = "backup.incarnation";

  /** What is to be copied of one chunk: everything up to its end, and the header as it was then. */
  private record Cut(LogChunk chunk, int partition, int end, byte[] header) {

    long label() {
      return ChunkFormat.label(partition, chunk.sequence, false);
    }
  }

  private Backup() {}

  /**
   * @param partitions of the store, the cleaner being kept from releasing chunks
   * @param epoch the store's incarnation
   * @param progress counts chunks; what it throws leaves a copy that is known not to be whole
   * @return bytes that had to be written
   */
  static long write(
      Heap heap, List<Partition> partitions, int epoch, Path directory, Progress progress) {
    List<Cut> cuts = cut(partitions);
    Path file = directory.resolve(Heaps.MAPPED_FILE);
    Path incomplete = directory.resolve(INCOMPLETE);
    try {
      Files.createDirectories(directory);
      if (!Files.exists(file)) {
        checkEmpty(directory);
        markIncomplete(incomplete);
        MappedHeap.create(file, heap.storeId());
      }
      long maxBytes = (long) heap.maxChunks() * Heap.CHUNK_BYTES;
      long written;
      try (MappedHeap target = MappedHeap.open(file, maxBytes, false, "a backup")) {
        if (target.storeId() != heap.storeId()) {
          throw new MisuseException(
              directory + " holds a backup of another store; give an empty or a new directory");
        }
        checkUntouched(directory, target);
        markIncomplete(incomplete);
        written = copyAll(cuts, target, epoch, progress);
      }
      writeDurably(directory.resolve(UNTOUCHED), Integer.toString(epoch));
      Files.delete(incomplete);
      Heaps.forceDirectory(incomplete);
      return written;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the backup " + directory, e);
    }
  }

  /** Before anything is changed, the medium has it that the copy is not whole. */
  private static void markIncomplete(Path incomplete) throws IOException {
    writeDurably(incomplete, "a backup is being written, or was cut short\n");
    Heaps.forceDirectory(incomplete);
  }

  private static void writeDurably(Path file, String text) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
  }

  /** What was written to a copy since must not be lost. */
  private static void checkUntouched(Path directory, MappedHeap target) throws IOException {
    if (Files.exists(directory.resolve(INCOMPLETE))) {
      return;
    }
    Path note = directory.resolve(UNTOUCHED);
    String left = Files.exists(note) ? Files.readString(note) : "";
    if (!left.equals(Integer.toString(Incarnation.read(target).number()))) {
      throw new MisuseException(
          directory
              + " has been used as a store since it was a backup; give an empty or a new directory");
    }
  }

  private static void checkEmpty(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      if (files.anyMatch(f -> !f.getFileName().toString().equals(INCOMPLETE))) {
        throw new MisuseException(
            directory + " holds files but no backup; give an empty or a new directory");
      }
    }
  }

  /** Opening a copy that is not whole would show a store that never was. */
  static void checkComplete(Path directory) {
    if (Files.exists(directory.resolve(INCOMPLETE))) {
      throw new CorruptException(
          directory
              + " is a backup that was cut short; write it again ('hotpot backup <store> "
              + directory
              + "') before using it");
    }
  }

  private static List<Cut> cut(List<Partition> partitions) {
    List<Cut> cuts = new ArrayList<>();
    partitions.forEach(partition -> partition.commitLock.lock());
    try {
      for (Partition partition : partitions) {
        for (LogChunk chunk : partition.chunks.all()) {
          byte[] header = new byte[ChunkFormat.DATA_OFFSET];
          chunk.memory.get(0, header, 0, header.length);
          cuts.add(new Cut(chunk, partition.id, chunk.end(), header));
        }
      }
    } finally {
      partitions.forEach(partition -> partition.commitLock.unlock());
    }
    return cuts;
  }

  /** Makes the target's chunks what the partitions' are now; durable when the method returns. */
  static long copy(List<Partition> partitions, Heap target, int epoch, Progress progress) {
    return copyAll(cut(partitions), target, epoch, progress);
  }

  private static long copyAll(List<Cut> cuts, Heap target, int epoch, Progress progress) {
    // An opening must not take it for a store that was closed in order.
    Incarnation.write(target, epoch, false);
    Map<Long, Integer> present = new HashMap<>();
    for (int i = 0; i < target.chunks(); i++) {
      if (target.label(i) != 0) {
        present.put(target.label(i), i);
      }
    }
    List<Integer> reusable = release(cuts, target, present);
    for (int i = 0; i < target.chunks(); i++) {
      if (target.label(i) == 0 && !reusable.contains(i)) {
        reusable.add(i);
      }
    }
    long written = 0;
    int done = 0;
    for (Cut cut : cuts) {
      Integer index = present.get(cut.label());
      if (index == null) {
        if (reusable.isEmpty()) {
          index = target.grow();
        } else {
          index = reusable.removeLast();
          clear(target, index);
        }
      }
      written += copyChunk(cut, target, index);
      target.drain();
      target.label(index, cut.label());
      progress.report(++done, cuts.size());
    }
    target.drain();
    return written;
  }

  /** Gives up the chunks of the copy that the store no longer has. */
  private static List<Integer> release(List<Cut> cuts, Heap target, Map<Long, Integer> present) {
    Map<Long, Integer> gone = new HashMap<>(present);
    cuts.forEach(cut -> gone.remove(cut.label()));
    List<Integer> released = new ArrayList<>();
    for (int index : gone.values()) {
      ChunkFormat.clearHeader(target.chunk(index));
      target.flush(index, 0, ChunkFormat.DATA_OFFSET);
      target.drain();
      target.label(index, 0);
      released.add(index);
    }
    released.sort(Integer::compare);
    return released;
  }

  private static void clear(Heap target, int index) {
    byte[] zeros = new byte[1 << 20];
    for (int offset = 0; offset < Heap.CHUNK_BYTES; offset += zeros.length) {
      target.chunk(index).put(offset, zeros, 0, zeros.length);
    }
    target.flush(index, 0, Heap.CHUNK_BYTES);
  }

  /** Copies what differs, piece by piece. */
  private static long copyChunk(Cut cut, Heap target, int index) {
    ChunkMemory to = target.chunk(index);
    long written = 0;
    to.put(0, cut.header, 0, cut.header.length);
    target.flush(index, 0, cut.header.length);
    byte[] from = new byte[1 << 16];
    byte[] there = new byte[1 << 16];
    for (int offset = ChunkFormat.DATA_OFFSET; offset < cut.end; offset += from.length) {
      int length = Math.min(from.length, cut.end - offset);
      cut.chunk.memory.get(offset, from, 0, length);
      to.get(offset, there, 0, length);
      if (!java.util.Arrays.equals(from, 0, length, there, 0, length)) {
        to.put(offset, from, 0, length);
        target.flush(index, offset, length);
        written += length;
      }
    }
    return written;
  }
}
