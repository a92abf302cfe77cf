package io.hotpot.replication;

import static io.hotpot.store.spi.HeldLog.NO_CHUNK;

import io.hotpot.replication.LogMessage.ChunkAt;
import io.hotpot.replication.RemoteMemory.Access;
import io.hotpot.store.spi.HeldLog;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The chunks of a replica's log that its owner may write to by itself: the last one, and the one
 * that is prepared to be the next. The owner is told of each in its session.
 *
 * <p>That they are taken back before a promise, a cut or another use of the memory, the log sees to
 * itself ({@link HeldLog#lend}). Here they are given back when they are full or this node does not
 * follow any more; nothing waits for that.
 *
 * <p>Confined to the loop.
 */
final class RemoteChunks {

  private final Surroundings node;
  private final MediumWork work;
  private final HeldLog log;
  private final int epoch;
  private final int owner;

  /** By sequence. */
  private final SortedMap<Integer, LentChunk> lent = new TreeMap<>();

  /** In which the owner is told; 0: this node does not follow it. */
  private long session;

  private boolean isLending;

  /** The log's last chunk, and the one prepared next, when they were looked at last. */
  private int lastSeen = NO_CHUNK;

  private int nextSeen = NO_CHUNK;

  RemoteChunks(Surroundings node, MediumWork work, HeldLog log, int epoch, int owner) {
    this.node = node;
    this.work = work;
    this.log = log;
    this.epoch = epoch;
    this.owner = owner;
  }

  /** The log follows the owner's, in this session. */
  void follow(long inSession) {
    session = inSession;
    lookAnew();
  }

  /** The owner's word does not count any more. */
  void stop() {
    session = 0;
    giveBack(lent.values());
    lent.clear();
  }

  private void lookAnew() {
    lastSeen = NO_CHUNK;
    nextSeen = NO_CHUNK;
    look();
  }

  /** Something was appended: another chunk may be the last one, or prepared. */
  void look() {
    if (session == 0 || isLending || !node.remote().reaches(owner)) {
      return;
    }
    int last = log.tail() == 0 ? NO_CHUNK : LogAddress.sequenceOfEnd(log.tail());
    int next = log.preparedSequence();
    if (last != lastSeen || next != nextSeen) {
      lastSeen = last;
      nextSeen = next;
      giveBackBelow(last);
      lendBoth(last, next);
    }
  }

  private void giveBackBelow(int last) {
    SortedMap<Integer, LentChunk> full = lent.headMap(last);
    giveBack(full.values());
    full.clear();
  }

  private void lendBoth(int last, int next) {
    List<Integer> missing = new ArrayList<>();
    for (int sequence : new int[] {last, next}) {
      if (sequence != NO_CHUNK && !isLent(sequence)) {
        missing.add(sequence);
      }
    }
    if (!missing.isEmpty()) {
      isLending = true;
      long now = session;
      work.run(() -> lendAll(missing), made -> lent(now, made), this::inVain);
    }
  }

  /** A number may be given again to another chunk, if nothing was appended to the one before. */
  private boolean isLent(int sequence) {
    LentChunk chunk = lent.get(sequence);
    return chunk != null && !chunk.isGone();
  }

  /** Beside the loop. */
  private List<LentChunk> lendAll(List<Integer> sequences) {
    List<LentChunk> made = new ArrayList<>();
    for (int sequence : sequences) {
      LentChunk chunk = node.remote().lend(log, sequence, Access.WRITE);
      if (chunk != null) {
        made.add(chunk);
      }
    }
    return made;
  }

  private void lent(long inSession, List<LentChunk> made) {
    isLending = false;
    if (session != inSession) {
      giveBack(made);
      lookAnew();
      return;
    }
    for (LentChunk chunk : made) {
      lent.put(chunk.sequence(), chunk);
      node.context()
          .send(
              owner,
              new ChunkAt(log.partition(), epoch, chunk.sequence(), chunk.registration().key()));
    }
    look();
  }

  /** What this node is to the partition was about to change. */
  private void inVain(List<LentChunk> made) {
    isLending = false;
    giveBack(made);
  }

  private void giveBack(Collection<LentChunk> chunks) {
    List<LentChunk> all = List.copyOf(chunks);
    if (!all.isEmpty()) {
      node.unhurried().execute(() -> all.forEach(LentChunk::close));
    }
  }
}
