package io.hotpot.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the head of a heap's file tells about a store while a process changes it. Each word of the
 * head is written atomically, so every number here was true at some moment, but not all of them at
 * the same one. Nothing is locked and nothing is changed. Objects cannot be read this way: the
 * process that has the store open moves them.
 *
 * @param kind of heap: {@code "llpl"} or {@code "mapped"}
 * @param file of the heap
 * @param storeId the random number that the store was given when it was created
 * @param openings how often the store has been opened for writing; -1 if that is damaged
 * @param clean whether it has been closed in order since; false while it is open for writing
 * @param chunks of 4 MiB that exist
 * @param chunksByPartition chunks that hold a partition's log; 0 is the partition of the catalog
 */
public record StoreOutline(
    String kind,
    String file,
    long storeId,
    int openings,
    boolean clean,
    int chunks,
    Map<Integer, Integer> chunksByPartition) {

  public StoreOutline {
    chunksByPartition = Collections.unmodifiableMap(new TreeMap<>(chunksByPartition));
  }

  /**
   * @throws NotAStore if there is none
   * @throws CorruptException if its head is damaged
   */
  static StoreOutline read(Path directory) {
    Path mapped = directory.resolve(Heaps.MAPPED_FILE);
    Path pool = directory.resolve(Heaps.LLPL_FILE);
    Heaps.checkIsFile(mapped);
    Heaps.checkIsFile(pool);
    try {
      if (Files.exists(mapped)) {
        return readMapped(mapped);
      } else if (Files.exists(pool)) {
        return readPool(pool);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the heap in " + directory, e);
    }
    throw new NotAStore(directory + " holds no store");
  }

  private static StoreOutline readMapped(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      byte[] head = Bytes.read(channel, 0, MappedHeapFormat.LABELS_OFFSET);
      byte[] labels =
          Bytes.read(
              channel, MappedHeapFormat.LABELS_OFFSET, MappedHeapFormat.MAX_CHUNKS * Long.BYTES);
      long storeId =
          MappedHeapFormat.storeId(
              head,
              Arrays.copyOfRange(
                  head, MappedHeapFormat.COPY_OFFSET, MappedHeapFormat.REGISTERS_OFFSET),
              file.toString());
      long chunkBytes = channel.size() - MappedHeapFormat.CHUNKS_OFFSET;
      return of(
          "mapped",
          file,
          storeId,
          Bytes.getLong(head, MappedHeapFormat.REGISTERS_OFFSET),
          (int) (chunkBytes / Heap.CHUNK_BYTES),
          labels);
    }
  }

  private static StoreOutline readPool(Path file) throws IOException {
    try (PoolFile pool = PoolFile.look(file)) {
      byte[] directory = pool.bytes().read(pool.directory(), LlplHeapFormat.DIRECTORY_BYTES);
      int chunks = pool.extents().stream().mapToInt(LlplHeapFormat.Extent::chunks).sum();
      return of(
          "llpl",
          file,
          pool.storeId(),
          Bytes.getLong(directory, LlplHeapFormat.REGISTERS_OFFSET),
          chunks,
          Arrays.copyOfRange(directory, LlplHeapFormat.LABELS_OFFSET, directory.length));
    }
  }

  private static StoreOutline of(
      String kind, Path file, long storeId, long register, int chunks, byte[] labels) {
    Map<Integer, Integer> byPartition = new TreeMap<>();
    for (int offset = 0; offset + Long.BYTES <= labels.length; offset += Long.BYTES) {
      long label = Bytes.getLong(labels, offset);
      if (label != 0 && ChunkFormat.labelIsValid(label) && !ChunkFormat.labelIsMoving(label)) {
        byPartition.merge(ChunkFormat.labelPartition(label), 1, Integer::sum);
      }
    }
    Incarnation last = Incarnation.of(register);
    return new StoreOutline(
        kind,
        file.toString(),
        storeId,
        last.damaged() ? -1 : last.number(),
        last.clean(),
        chunks,
        byPartition);
  }
}
