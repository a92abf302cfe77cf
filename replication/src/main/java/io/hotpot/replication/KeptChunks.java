package io.hotpot.replication;

import io.hotpot.store.spi.HeldLog;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is kept from being released for a learner (PROTOCOL 11.2): the chunks of its manifest until
 * it has copied them, which it does in ascending order; and those from where its stream has come to
 * on, since there its log will end, and what it copies next must follow.
 *
 * <p>Confined to the loop.
 */
final class KeptChunks {

  private final HeldLog log;
  private final SortedMap<Integer, HeldLog.Pin> manifest = new TreeMap<>();
  private final SortedMap<Integer, HeldLog.Pin> stream = new TreeMap<>();
  private int newest;
  private long usedAtNs;

  /** All that a log has now. */
  KeptChunks(HeldLog log, long nowNs) {
    this.log = log;
    this.usedAtNs = nowNs;
    for (int sequence : log.sequences()) {
      keep(sequence, manifest);
    }
  }

  private void keep(int sequence, SortedMap<Integer, HeldLog.Pin> where) {
    HeldLog.Pin kept = log.keep(sequence);
    if (kept != null) {
      where.put(sequence, kept);
    }
    newest = sequence;
  }

  /** Some of a chunk was sent: it has what lies before. The last one may go with the stream's. */
  void sent(int sequence, long nowNs) {
    usedAtNs = nowNs;
    if (!manifest.isEmpty()) {
      letGo(manifest.headMap(Math.min(sequence, manifest.lastKey())));
    }
  }

  /**
   * Something was appended.
   *
   * @param sequence of its chunk
   * @param streamedTo the chunk in which the stream has come to an end
   */
  void appended(int sequence, int streamedTo) {
    if (sequence > newest) {
      keep(sequence, stream);
    }
    letGo(stream.headMap(streamedTo));
  }

  /** Whether it is long since the learner has asked for something that it must still copy. */
  boolean isIdle(long ns, long nowNs) {
    return manifest.size() > 1 && nowNs - usedAtNs >= ns;
  }

  void letGo() {
    letGo(manifest);
    letGo(stream);
  }

  private static void letGo(SortedMap<Integer, HeldLog.Pin> some) {
    some.values().forEach(HeldLog.Pin::close);
    some.clear();
  }
}
