package io.hotpot.tools.bench;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;

/**
 * What the machine can do at best, without a store: the least work that makes a record durable
 * against the death of the process (append, checksum, publish) or against power loss (flush).
 *
 * <p>The append is measured twice. {@link #warm} writes one record again and again over 64 MiB that
 * the process has touched: the cost of the instructions alone. {@link #log} does what a log has to
 * do: records with a content each, into pages that the process meets for the first time. A store
 * that is a log cannot be faster than the second, so bars are counted in that.
 */
final class RawLimits {

  private static final int RECORD_BYTES = 100;
  private static final int SLOT_BYTES = 104;
  private static final int CHUNK_BYTES = 4 << 20;
  private static final int WARM_BYTES = 64 << 20;

  /** Chunks of the log for each unit of scale: 1 GiB and more at the full scale of 20. */
  private static final int CHUNKS_PER_SCALE = 13;

  private static final int CONTENTS = 8192;
  private static final VarHandle TAIL = ValueLayout.JAVA_LONG.varHandle();
  private static final String LOG = "raw-log";

  private RawLimits() {}

  /** Nanoseconds for an append to pages in use, always of the same record. */
  static double warm(Path directory, int scale) throws IOException {
    try (Arena arena = Arena.ofShared();
        FileChannel channel = newFile(directory.resolve("raw-warm"))) {
      MemorySegment memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, WARM_BYTES, arena);
      memory.fill((byte) 1);
      byte[][] one = {new byte[RECORD_BYTES]};
      int chunks = WARM_BYTES / CHUNK_BYTES;
      appendAll(memory, chunks, one);
      long begin = System.nanoTime();
      long appended = 0;
      for (int i = 0; i < scale; i++) {
        appended += appendAll(memory, chunks, one);
      }
      return (System.nanoTime() - begin) / (double) appended;
    }
  }

  /** Another process writes the file once, so that its blocks are there and its pages are not. */
  static void prepareLog(Path directory, int scale) throws IOException {
    try (FileChannel channel = newFile(directory.resolve(LOG))) {
      ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
      for (int i = 0; i < CHUNKS_PER_SCALE * scale; i++) {
        chunk.clear();
        while (chunk.hasRemaining()) {
          channel.write(chunk);
        }
      }
      channel.force(true);
    }
  }

  /** Nanoseconds for an append to a log: own content, pages not met before. */
  static double log(Path directory, int scale) throws IOException {
    try (Arena arena = Arena.ofShared();
        FileChannel channel = newFile(directory.resolve(LOG))) {
      byte[][] contents = new byte[CONTENTS][RECORD_BYTES];
      SplittableRandom random = new SplittableRandom(1);
      for (byte[] content : contents) {
        random.nextBytes(content);
      }
      compile(directory, contents, arena);
      MemorySegment memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size(), arena);
      long begin = System.nanoTime();
      long appended = appendAll(memory, (int) (channel.size() / CHUNK_BYTES), contents);
      return (System.nanoTime() - begin) / (double) appended;
    }
  }

  /** The loop is compiled on other pages than those that are measured. */
  private static void compile(Path directory, byte[][] contents, Arena arena) throws IOException {
    try (FileChannel channel = newFile(directory.resolve("raw-compile"))) {
      MemorySegment memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, WARM_BYTES, arena);
      for (int i = 0; i < 4; i++) {
        appendAll(memory, WARM_BYTES / CHUNK_BYTES, contents);
      }
    }
  }

  /** Fills chunks one after the other; returns how many records fitted. */
  private static long appendAll(MemorySegment memory, int chunks, byte[][] contents) {
    CRC32C crc = new CRC32C();
    long number = 0;
    for (int chunk = 0; chunk < chunks; chunk++) {
      long at = (long) chunk * CHUNK_BYTES + 64;
      long end = (long) (chunk + 1) * CHUNK_BYTES - SLOT_BYTES;
      for (; at <= end; at += SLOT_BYTES) {
        byte[] record = contents[(int) (number % contents.length)];
        record[0] = (byte) number;
        record[1] = (byte) (number >>> 13);
        record[2] = (byte) (number >>> 21);
        crc.reset();
        crc.update(record, 0, RECORD_BYTES);
        MemorySegment.copy(record, 0, memory, ValueLayout.JAVA_BYTE, at + 4, RECORD_BYTES);
        memory.set(ValueLayout.JAVA_INT, at, (int) crc.getValue());
        TAIL.setRelease(memory, 0L, at);
        number++;
      }
    }
    return number;
  }

  /** Nanoseconds to write a page of 4 KiB to a file whose blocks are there, and to flush it. */
  static double flush(Path directory, int scale) throws IOException {
    try (FileChannel channel = newFile(directory.resolve("raw-flush"))) {
      ByteBuffer page = ByteBuffer.allocateDirect(4096);
      for (int i = 0; i < 1024; i++) {
        channel.write(page.clear(), i * 4096L);
      }
      channel.force(true);
      int operations = 500 * scale;
      long begin = 0;
      for (int i = -100; i < operations; i++) {
        if (i == 0) {
          begin = System.nanoTime();
        }
        channel.write(page.clear(), Math.floorMod(i, 1024) * 4096L);
        channel.force(false);
      }
      return (System.nanoTime() - begin) / (double) operations;
    }
  }

  private static FileChannel newFile(Path file) throws IOException {
    Files.createDirectories(file.getParent());
    return FileChannel.open(
        file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }
}
