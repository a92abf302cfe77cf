package io.hotpot.history;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes a history as JSON lines, as Jepsen and Elle read it: what a process invokes, and what came
 * of it: {@code ok}; {@code fail}, it did not happen; {@code info}, nobody knows.
 *
 * <pre>
 * {"type":"invoke","process":1,"f":"txn","value":[["append",3,17],["r",4,null]],"time":…}
 * {"type":"ok","process":1,"f":"txn","value":[["append",3,17],["r",4,[16]]],"time":…}
 * </pre>
 *
 * <p>Each line is one write to the file, so that of a killed process all but its last step is
 * there. Times are those of {@link System#nanoTime}, which all processes of a machine share.
 *
 * <p>Thread-safety: all methods from any thread.
 */
public final class HistoryWriter implements Closeable {

  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private final ReentrantLock lock = new ReentrantLock();
  private final OutputStream out;

  /** Goes on with a file that is there. */
  public HistoryWriter(Path file) throws IOException {
    this.out = Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /** Adds a line, with the present time. */
  public void write(String type, int process, String f, Object value) {
    lock.lock();
    try {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("type", type);
      line.put("process", process);
      line.put("f", f);
      line.put("value", value);
      line.put("time", System.nanoTime());
      out.write((MAPPER.writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
