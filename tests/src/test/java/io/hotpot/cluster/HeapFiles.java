package io.hotpot.cluster;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The files of a heap that a process of the test has in use. */
final class HeapFiles {

  private HeapFiles() {}

  /** Changes a byte wherever a text stands in the files of a heap; the process has them mapped. */
  static int rot(Path heap, String text) throws IOException {
    int found = 0;
    try (Stream<Path> files = Files.walk(heap)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
          byte[] bytes = new byte[(int) Math.min(open.length(), 64 << 20)];
          open.readFully(bytes);
          String all = new String(bytes, StandardCharsets.ISO_8859_1);
          for (int at = all.indexOf(text); at >= 0; at = all.indexOf(text, at + 1)) {
            open.seek(at);
            open.write('#');
            found++;
          }
        }
      }
    }
    return found;
  }
}
