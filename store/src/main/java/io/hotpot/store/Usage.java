package io.hotpot.store;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How much of a partition lives: its objects, and the bytes of their newest records, together and
 * in each chunk.
 *
 * <p>Thread-safety: changed under the commit lock, or by recovery; read by any thread.
 */
final class Usage {

  private final ChunkTable chunks;
  private final AtomicLong objects = new AtomicLong();
  private final AtomicLong liveBytes = new AtomicLong();

  Usage(ChunkTable chunks) {
    this.chunks = chunks;
  }

  long objects() {
    return objects.get();
  }

  long liveBytes() {
    return liveBytes.get();
  }

  /** What recovery has counted; the chunks have theirs. */
  void resume(long objects, long liveBytes) {
    this.objects.set(objects);
    this.liveBytes.set(liveBytes);
  }

  /** To the partition as a whole. */
  void add(int moreObjects, long moreBytes) {
    add(liveBytes, moreBytes);
    if (moreObjects != 0) {
      add(objects, moreObjects);
    }
  }

  /** To the chunk that an address lies in, if it is still there. */
  void addToChunk(long address, int moreBytes) {
    LogChunk chunk = chunks.get(Address.sequence(address));
    if (chunk != null) {
      add(chunk.liveBytes, moreBytes);
    }
  }

  /** To a number that others read at any time, but that changes only under the commit lock. */
  private static void add(AtomicLong number, long difference) {
    number.setRelease(number.getPlain() + difference);
  }
}
