package io.hotpot.store;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The bytes of a pool where they lie: in a file ({@link FileBytes}) or on a device ({@link
 * DeviceBytes}). Reading needs no library of persistent memory.
 *
 * <p>Thread-safety: as many readers as wished; writers of one place at a time.
 */
sealed interface PoolBytes extends AutoCloseable permits FileBytes, DeviceBytes {

  /** Reads a range; zeros beyond the end. */
  byte[] read(long offset, int lengthBytes) throws IOException;

  /** Writes a range; durable after {@link #force}. */
  void write(byte[] bytes, long offset) throws IOException;

  /**
   * Makes durable what was written.
   *
   * @param metadata also what the file system notes of the file
   */
  void force(boolean metadata) throws IOException;

  /** How long the file or the device is. */
  long size() throws IOException;

  /** Whether writing behind the end makes it longer. */
  boolean canGrow();

  /**
   * Maps the first bytes, to be read or to be written.
   *
   * @param arena that unmaps them when it is closed
   */
  MemorySegment map(boolean readOnly, long lengthBytes, Arena arena) throws IOException;

  /** What the bytes lie on. */
  Medium medium() throws IOException;

  @Override
  void close() throws IOException;
}
