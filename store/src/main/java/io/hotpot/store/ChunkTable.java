package io.hotpot.store;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The chunks of one partition's log by sequence number.
 *
 * <p>Thread-safety: {@link #get} and {@link #all} from any thread; {@link #put} and {@link #remove}
 * under the partition's commit lock. A reader that copied bytes out of a chunk calls {@link #get}
 * again: the same object means that the chunk was not released meanwhile, since a release removes
 * it here first.
 */
final class ChunkTable {

  private record Window(int base, @Nullable LogChunk[] chunks) {}

  private volatile Window window = new Window(0, new LogChunk[16]);
  private int count;

  @Nullable LogChunk get(int sequence) {
    Window w = window;
    int index = sequence - w.base;
    return index >= 0 && index < w.chunks.length ? w.chunks[index] : null;
  }

  void put(LogChunk chunk) {
    Window w = window;
    int index = chunk.sequence - w.base;
    if (count == 0 || index < 0 || index >= w.chunks.length) {
      w = windowFor(chunk.sequence);
      index = chunk.sequence - w.base;
    }
    @Nullable LogChunk[] copy = w.chunks.clone();
    copy[index] = chunk;
    count++;
    window = new Window(w.base, copy);
  }

  /**
   * A window over the chunks there are and one more, with room to grow; the dead front is dropped.
   */
  private Window windowFor(int sequence) {
    int first = sequence;
    int last = sequence;
    for (LogChunk chunk : all()) {
      first = Math.min(first, chunk.sequence);
      last = Math.max(last, chunk.sequence);
    }
    int span = last - first + 1;
    Window grown = new Window(first, new LogChunk[span + span / 2 + 16]);
    for (LogChunk chunk : all()) {
      grown.chunks[chunk.sequence - first] = chunk;
    }
    return grown;
  }

  void remove(LogChunk chunk) {
    Window w = window;
    @Nullable LogChunk[] copy = w.chunks.clone();
    copy[chunk.sequence - w.base] = null;
    count--;
    window = new Window(w.base, copy);
  }

  /** The chunks in log order. */
  List<LogChunk> all() {
    List<LogChunk> list = new ArrayList<>();
    for (LogChunk chunk : window.chunks) {
      if (chunk != null) {
        list.add(chunk);
      }
    }
    return list;
  }

  int size() {
    return count;
  }
}
