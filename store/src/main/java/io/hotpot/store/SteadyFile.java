package io.hotpot.store;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * An open file that an interrupt does not close. A {@link FileChannel} closes itself when a thread
 * in it is interrupted, for all threads; here the file is then opened again and the work repeated,
 * and the thread stays interrupted.
 *
 * <p>Thread-safety: all methods from any thread.
 */
final class SteadyFile implements AutoCloseable {

  /** Something to do with the file; may be done more than once. */
  interface Work<T> {
    T with(FileChannel channel) throws IOException;
  }

  private final Path path;
  private final OpenOption[] options;
  private final @Nullable Object identity;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile FileChannel channel;
  private volatile boolean closed;

  SteadyFile(Path path, OpenOption... options) throws IOException {
    this.path = path.toAbsolutePath();
    this.options = options;
    this.channel = FileChannel.open(path, options);
    this.identity = identity();
  }

  private @Nullable Object identity() throws IOException {
    return Files.readAttributes(path, java.nio.file.attribute.BasicFileAttributes.class).fileKey();
  }

  <T> T with(Work<T> work) throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        FileChannel used = channel;
        try {
          return work.with(used);
        } catch (ClosedByInterruptException e) {
          interrupted |= Thread.interrupted();
          openAgain(used, e);
        } catch (ClosedChannelException e) {
          // Another thread was interrupted in it.
          openAgain(used, e);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void openAgain(FileChannel used, ClosedChannelException cause) throws IOException {
    lock.lock();
    try {
      if (closed) {
        throw cause;
      }
      if (channel == used) {
        if (!Objects.equals(identity, identity())) {
          throw new NoSuchFileException(path.toString(), null, "another file is in its place");
        }
        channel = FileChannel.open(path, options);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      closed = true;
      channel.close();
    } finally {
      lock.unlock();
    }
  }
}
