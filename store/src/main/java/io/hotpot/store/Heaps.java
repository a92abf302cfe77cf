package io.hotpot.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Finds or creates the heap of a store. A store is a directory that holds one heap file and nothing
 * of others.
 */
final class Heaps {

  static final String MAPPED_FILE = "heap.mapped";
  static final String LLPL_FILE = "heap.pool";

  private Heaps() {}

  static Heap open(Path directory, HotpotOptions options) {
    Path mapped = directory.resolve(MAPPED_FILE);
    if (Files.exists(mapped)) {
      return MappedHeap.open(
          mapped, options.maxBytes(), options.readOnly(), "the store has a mapped heap");
    }
    if (Files.exists(directory) && !Files.isDirectory(directory)) {
      throw new NotAStore(
          directory + " is a file; a store is a directory with a heap in it; nothing was changed");
    }
    if (!options.create() || options.readOnly()) {
      throw new NotAStore(
          Files.exists(directory)
              ? directory + " holds no store: there is no " + MAPPED_FILE + " in it"
              : directory + " does not exist");
    }
    try {
      Files.createDirectories(directory);
      try (Stream<Path> files = Files.list(directory)) {
        if (files.anyMatch(f -> !f.getFileName().toString().equals(MAPPED_FILE + ".new"))) {
          throw new NotAStore(
              directory
                  + " holds files but no store; give an empty or a new directory; nothing was changed");
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot use " + directory, e);
    }
    MappedHeap.create(mapped);
    return MappedHeap.open(
        mapped, options.maxBytes(), false, "a mapped file needs no native library");
  }
}
