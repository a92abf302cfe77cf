package io.hotpot.replication;

import static io.hotpot.store.spi.HeldLog.NO_CHUNK;

import io.hotpot.replication.RemoteMemory.Access;
import io.hotpot.replication.RemoteMemory.Registration;
import io.hotpot.store.spi.HeldLog;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The chunks of an owned log as the network's device knows them: it writes from them to replicas,
 * and others read in them.
 *
 * <p>A chunk that is released is taken back by the log first. By then everything in it is settled,
 * so no write from it is under way to a replica that counts; another's session may end by it.
 *
 * <p>Confined to the loop.
 */
final class OwnChunks {

  private final Surroundings node;
  private final HeldLog log;
  private final SortedMap<Integer, LentChunk> lent = new TreeMap<>();

  /** Those that the device was asked to take, also such as it refused. */
  private final SortedSet<Integer> asked = new TreeSet<>();

  private boolean isOver;

  OwnChunks(Surroundings node, HeldLog log) {
    this.node = node;
    this.log = log;
  }

  /** Something was appended to a chunk: it and the one prepared next are going to be needed. */
  void appendedIn(int sequence) {
    if (node.remote().isThere()) {
      of(sequence);
      int next = log.preparedSequence();
      if (next != NO_CHUNK) {
        of(next);
      }
    }
  }

  /** As the device knows a chunk; null: it does not, and is going to be asked. */
  @Nullable Registration of(int sequence) {
    LentChunk known = lent.get(sequence);
    if (known != null && !known.isGone()) {
      return known.registration();
    }
    if (known != null) {
      // The number was given again to another chunk.
      released(sequence);
    }
    if (!isOver && asked.add(sequence)) {
      node.unhurried()
          .execute(
              () -> {
                LentChunk made = node.remote().lend(log, sequence, Access.READ);
                if (made != null) {
                  node.loop().execute(() -> lent(made));
                }
              });
    }
    return null;
  }

  private void lent(LentChunk made) {
    if (isOver) {
      giveBack(List.of(made));
    } else {
      lent.put(made.sequence(), made);
    }
  }

  /** It is no part of the log any more. */
  void released(int sequence) {
    lent.remove(sequence);
    asked.remove(sequence);
  }

  /** This node does not own the log any more. */
  void end() {
    isOver = true;
    giveBack(List.copyOf(lent.values()));
    lent.clear();
  }

  private void giveBack(List<LentChunk> chunks) {
    if (!chunks.isEmpty()) {
      node.unhurried().execute(() -> chunks.forEach(LentChunk::close));
    }
  }
}
