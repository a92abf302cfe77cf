package io.hotpot.store;

import io.hotpot.store.HotpotOptions.HeapKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * Finds or creates the heap of a store. A store is a directory that holds one heap file and nothing
 * of others. A store that exists is opened with the heap that it has, whatever the options say.
 */
final class Heaps {

  static final String MAPPED_FILE = "heap.mapped";
  static final String LLPL_FILE = "heap.pool";
  static final String UNDO_FILE = "heap.pool.undo";

  /** What a creation that was cut short leaves behind. */
  private static final Set<String> REMAINS =
      Set.of(MAPPED_FILE + ".new", LLPL_FILE + ".new", UNDO_FILE, StoreHolder.FILE);

  private Heaps() {}

  static Heap open(Path directory, HotpotOptions options) {
    return open(directory, options, MappedHeap::newStoreId);
  }

  /**
   * @param newStoreId the identity of a store that is created
   */
  static Heap open(Path directory, HotpotOptions options, LongSupplier newStoreId) {
    Path mapped = directory.resolve(MAPPED_FILE);
    Path pool = directory.resolve(LLPL_FILE);
    Backup.checkComplete(directory);
    if (Files.exists(mapped) && Files.exists(pool)) {
      throw new CorruptException(
          directory
              + " holds two heaps, "
              + MAPPED_FILE
              + " and "
              + LLPL_FILE
              + "; a store has one; move the other one away");
    }
    checkIsFile(mapped);
    checkIsFile(pool);
    if (Files.exists(mapped)) {
      refuseDevice(mapped, options);
      return MappedHeap.open(mapped, options.maxBytes(), options.readOnly(), whyMapped(options));
    }
    if (Files.exists(pool)) {
      return openPool(pool, options);
    }
    checkEmpty(directory, options);
    return create(directory, options, newStoreId.getAsLong());
  }

  /**
   * A store's files lie in one directory, the lock among them: two directories with links to one
   * heap would be two locks, and two processes could write to it.
   */
  static void checkIsFile(Path heap) {
    if (Files.isSymbolicLink(heap)) {
      throw new NotAStore(
          heap
              + " is a symbolic link; open the directory in which the heap itself lies, or make a link to that"
              + " directory; nothing was changed");
    }
    if (Files.isDirectory(heap)) {
      throw new NotAStore(heap + " is a directory, expected a heap's file; nothing was changed");
    }
  }

  /** Why a new store cannot have this kind of heap here; empty if it can. */
  static Optional<String> obstacle(HeapKind kind) {
    return Objects.requireNonNull(kind, "kind") == HeapKind.LLPL
        ? LlplLibrary.warning().or(LlplLibrary::obstacle)
        : Optional.empty();
  }

  private static String whyMapped(HotpotOptions options) {
    String reason = "the store has a mapped heap";
    if (!options.readOnly() || LlplLibrary.warning().isPresent()) {
      return reason;
    }
    return reason
        + LlplLibrary.obstacle().map(why -> "; LLPL cannot be used here: " + why).orElse("");
  }

  /** Whoever names a device for a store whose heap is elsewhere takes it for another one. */
  private static void refuseDevice(Path heap, HotpotOptions options) {
    if (options.device().isPresent()) {
      throw new MisuseException(
          "option device is "
              + options.device().get()
              + ", but the store exists and has its heap in the file "
              + heap
              + "; leave the option out, or give an empty or a new directory; nothing was changed");
    }
  }

  private static void checkDevice(Path pool, HotpotOptions options) {
    try {
      Optional<PoolSet> set = PoolSet.read(pool);
      if (set.isEmpty()) {
        refuseDevice(pool, options);
      } else if (options.device().isPresent()) {
        Path wanted = DaxDevice.find(options.device().get(), "option device").path();
        Path actual =
            DaxDevice.find(set.get().device(), "the device of the store in " + pool).path();
        if (!wanted.equals(actual)) {
          throw new MisuseException(
              "option device is "
                  + wanted
                  + ", but the store exists and has its heap on "
                  + actual
                  + ", as "
                  + pool
                  + " says; leave the option out, or give an empty or a new directory; nothing was changed");
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + pool, e);
    }
  }

  private static Heap openPool(Path pool, HotpotOptions options) {
    checkDevice(pool, options);
    if (!options.readOnly()) {
      Optional<String> obstacle = LlplLibrary.obstacle();
      if (obstacle.isPresent()) {
        throw new MisuseException(
            pool
                + " needs LLPL to be written: "
                + obstacle.get()
                + "; it can be opened read-only without");
      }
    }
    return LlplHeap.open(
        pool, options.maxBytes(), options.readOnly(), "the store has an LLPL heap");
  }

  private static void checkEmpty(Path directory, HotpotOptions options) {
    if (Files.exists(directory) && !Files.isDirectory(directory)) {
      throw new NotAStore(
          directory + " is a file; a store is a directory with a heap in it; nothing was changed");
    }
    if (!options.create() || options.readOnly()) {
      throw new NotAStore(
          Files.exists(directory)
              ? directory
                  + " holds no store: there is no "
                  + MAPPED_FILE
                  + " and no "
                  + LLPL_FILE
                  + " in it"
              : directory + " does not exist");
    }
    try {
      Files.createDirectories(directory);
      try (Stream<Path> files = Files.list(directory)) {
        if (files.anyMatch(f -> !REMAINS.contains(f.getFileName().toString()))) {
          throw new NotAStore(
              directory
                  + " holds files but no store; give an empty or a new directory; nothing was changed");
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot use " + directory, e);
    }
  }

  private static Heap create(Path directory, HotpotOptions options, long storeId) {
    if (options.device().isPresent()) {
      return createOnDevice(directory, options.device().get(), options, storeId);
    }
    return switch (options.heap()) {
      case MAPPED -> createMapped(directory, options, storeId, "asked for");
      case LLPL -> {
        requireLlpl("option heap is " + HeapKind.LLPL.text(), options);
        yield createPool(directory, options, storeId, "asked for");
      }
      case AUTO -> {
        Optional<String> obstacle =
            LlplLibrary.warning().or(LlplLibrary::obstacle).or(() -> tooLarge(options));
        if (obstacle.isPresent()) {
          yield createMapped(
              directory, options, storeId, "LLPL cannot be used here: " + obstacle.get());
        }
        try {
          yield createPool(directory, options, storeId, "LLPL's native libraries load");
        } catch (UncheckedIOException e) {
          yield createMapped(directory, options, storeId, "no LLPL here: " + e.getMessage());
        }
      }
    };
  }

  /** A device is asked for: then no other heap will do. */
  private static Heap createOnDevice(
      Path directory, Path path, HotpotOptions options, long storeId) {
    requireLlpl("option device is " + path, options);
    Path file = directory.resolve(LLPL_FILE);
    try {
      LlplHeap.create(file, DaxDevice.find(path, "option device"), storeId);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot use " + path, e);
    }
    return LlplHeap.open(file, options.maxBytes(), false, "a device was given");
  }

  private static void requireLlpl(String option, HotpotOptions options) {
    Optional<String> obstacle = LlplLibrary.obstacle().or(() -> tooLarge(options));
    if (obstacle.isPresent()) {
      throw new MisuseException(
          option
              + ", but LLPL cannot be used here: "
              + obstacle.get()
              + "; or use the heap "
              + HeapKind.MAPPED.text());
    }
  }

  private static Optional<String> tooLarge(HotpotOptions options) {
    return options.maxBytes() <= LlplHeap.maxBytes()
        ? Optional.empty()
        : Optional.of(
            "maxBytes is " + options.maxBytes() + ", expected at most " + LlplHeap.maxBytes());
  }

  private static Heap createMapped(
      Path directory, HotpotOptions options, long storeId, String reason) {
    Path file = directory.resolve(MAPPED_FILE);
    MappedHeap.create(file, storeId);
    return MappedHeap.open(file, options.maxBytes(), false, reason);
  }

  private static Heap createPool(
      Path directory, HotpotOptions options, long storeId, String reason) {
    Path file = directory.resolve(LLPL_FILE);
    LlplHeap.create(file, storeId);
    return LlplHeap.open(file, options.maxBytes(), false, reason);
  }

  /** Makes the creation or renaming of a file durable. */
  static void forceDirectory(Path file) throws IOException {
    try (FileChannel directory = FileChannel.open(file.toAbsolutePath().getParent())) {
      directory.force(true);
    }
  }
}
