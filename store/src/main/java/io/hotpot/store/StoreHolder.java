package io.hotpot.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The lock on a store, with a note of who holds it for whoever finds it locked.
 *
 * <p>The lock is on a file of its own: the operating system drops all of a process's locks on a
 * file as soon as the process closes any descriptor of it, and libpmemobj opens and closes the
 * pool's file in its own way. For the same reason a store that this process holds already is
 * refused before the file is touched.
 *
 * <p>Thread-safety: all methods from any thread.
 */
final class StoreHolder implements AutoCloseable {

  static final String FILE = "holder";
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path directory;
  private final @Nullable FileChannel channel;

  private StoreHolder(Path directory, @Nullable FileChannel channel) {
    this.directory = directory;
    this.channel = channel;
  }

  /**
   * Locks the store that a heap's file belongs to.
   *
   * @param shared whether other processes may hold it shared too; then nobody may write
   * @throws StoreLocked if this or another process has it
   */
  static StoreHolder acquire(Path heap, boolean shared) {
    Path directory;
    try {
      directory = heap.toAbsolutePath().resolveSibling("").toRealPath();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot open " + heap, e);
    }
    if (!HELD.add(directory)) {
      throw new StoreLocked(
          heap + " is open in this process already; close that store, or share it");
    }
    boolean held = false;
    try {
      StoreHolder holder = new StoreHolder(directory, lock(heap, directory, shared));
      held = true;
      return holder;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot lock " + heap, e);
    } finally {
      if (!held) {
        HELD.remove(directory);
      }
    }
  }

  private static @Nullable FileChannel lock(Path heap, Path directory, boolean shared)
      throws IOException {
    Path note = directory.resolve(FILE);
    if (Files.isSymbolicLink(note) || Files.isDirectory(note)) {
      throw new NotAStore(
          note
              + " is no file but a directory or a symbolic link, and so cannot lock the store; remove it and open"
              + " the store again; nothing was changed");
    }
    FileChannel channel = openNote(note, shared);
    if (channel == null) {
      return null;
    }
    boolean locked = false;
    try {
      if (channel.tryLock(0, Long.MAX_VALUE, shared) == null) {
        throw new StoreLocked(
            heap
                + " is open in another process"
                + LockOwners.describe(note, noteIn(channel))
                + "; wait until it has closed the store or stop it");
      }
      if (!shared) {
        String holder = "process " + ProcessHandle.current().pid() + "\n";
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(holder.getBytes(StandardCharsets.UTF_8)), 0);
      }
      locked = true;
      return channel;
    } finally {
      if (!locked) {
        channel.close();
      }
    }
  }

  /** Null where the note cannot even be created to look at the store: nobody can write there. */
  private static @Nullable FileChannel openNote(Path note, boolean shared) throws IOException {
    if (shared && Files.exists(note)) {
      return FileChannel.open(note, StandardOpenOption.READ);
    }
    try {
      return FileChannel.open(
          note, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    } catch (AccessDeniedException e) {
      if (shared) {
        return null;
      }
      throw e;
    } catch (FileSystemException e) {
      if (shared && !Files.isWritable(note.resolveSibling(""))) {
        return null;
      }
      throw e;
    }
  }

  /** What whoever was the last to write the store has left; empty if that is unknown. */
  private static String noteIn(FileChannel channel) throws IOException {
    ByteBuffer note = ByteBuffer.allocate(64);
    channel.read(note, 0);
    return new String(note.array(), 0, note.position(), StandardCharsets.UTF_8).strip();
  }

  @Override
  public void close() {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot unlock the store in " + directory, e);
    } finally {
      HELD.remove(directory);
    }
  }
}
