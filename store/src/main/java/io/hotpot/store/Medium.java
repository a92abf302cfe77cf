package io.hotpot.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import jdk.nio.mapmode.ExtendedMapMode;

/**
 * What a heap's file lies on, found out by asking the kernel: no setting of libpmem can make it
 * claim more than the medium gives.
 */
enum Medium {
  /** Persistent memory: flushing CPU caches makes stores durable (DAX, mapped with MAP_SYNC). */
  PERSISTENT_MEMORY,
  /** A disk behind the page cache: only writing the file's dirty pages makes stores durable. */
  DISK,
  /** A file system in volatile memory. */
  VOLATILE_MEMORY;

  /** Probes an open file of at least one page. */
  static Medium probe(Path file, FileChannel channel) throws IOException {
    String type = type(file);
    if (type.equals("tmpfs") || type.equals("ramfs")) {
      return VOLATILE_MEMORY;
    }
    try {
      channel.map(ExtendedMapMode.READ_ONLY_SYNC, 0, 4096);
      return PERSISTENT_MEMORY;
    } catch (IOException | UnsupportedOperationException e) {
      return DISK;
    }
  }

  static String type(Path file) throws IOException {
    return Files.getFileStore(file).type();
  }
}
