package io.hotpot.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A file that another process, or machine, appends lines to, read as it grows.
 *
 * <p>Thread-safety: one thread.
 */
final class GrowingFile implements AutoCloseable {

  private final Path file;
  private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
  private final StringBuilder begun = new StringBuilder();
  private @Nullable FileChannel channel;

  GrowingFile(Path file) {
    this.file = file;
  }

  /** The lines that have become complete since the last call. */
  List<String> newLines() throws IOException {
    List<String> lines = new ArrayList<>();
    if (channel == null) {
      if (!Files.exists(file)) {
        return lines;
      }
      channel = FileChannel.open(file);
    }
    while (channel.read(buffer.clear()) > 0) {
      // Lines are of ASCII.
      begun.append(StandardCharsets.ISO_8859_1.decode(buffer.flip()));
    }
    int start = 0;
    for (int end = begun.indexOf("\n"); end >= 0; end = begun.indexOf("\n", start)) {
      lines.add(begun.substring(start, end));
      start = end + 1;
    }
    begun.delete(0, start);
    return lines;
  }

  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
    }
  }
}
