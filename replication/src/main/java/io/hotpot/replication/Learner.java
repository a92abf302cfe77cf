package io.hotpot.replication;

import io.hotpot.replication.LogMessage.CatchUp;
import io.hotpot.replication.LogMessage.ChunkBytes;
import io.hotpot.replication.LogMessage.InStep;
import io.hotpot.replication.LogMessage.Manifest;
import io.hotpot.store.CorruptException;
import io.hotpot.store.HeapFull;
import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.HeldLog.ChunkEnd;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Brings a log in step with the owner's (PROTOCOL 11), in one session. What is held already is a
 * prefix of the owner's log by now; what is missing is copied chunk by chunk, while the owner's
 * appends are kept for later. The log never has a hole, so neither has what is acknowledged.
 *
 * <p>Confined to the loop.
 */
final class Learner implements ChunkCopy.Target {

  /** The housekeeper may take one of them for another log. */
  private static final int CHUNKS_AHEAD = 2;

  private final Surroundings node;
  private final MediumWork work;
  private final HeldLog log;
  private final int epoch;
  private final int owner;
  private final FollowerSide follower;

  /** What the owner has sent since the manifest, in order; it bounds it. */
  private List<LogMessage> later = new ArrayList<>();

  private @Nullable Manifest manifest;
  private @Nullable ChunkCopy copy;

  /** Whether the log is filled from nothing; else it is appended to. */
  private boolean isFilling;

  /** The part of a chunk that is being appended. */
  private byte[] assembled = {};

  Learner(
      Surroundings node,
      MediumWork work,
      HeldLog log,
      int epoch,
      int owner,
      FollowerSide follower) {
    this.node = node;
    this.work = work;
    this.log = log;
    this.epoch = epoch;
    this.owner = owner;
    this.follower = follower;
  }

  void begin() {
    node.context().send(owner, new CatchUp(log.partition(), epoch, log.chunks()));
  }

  void keepForLater(LogMessage message) {
    later.add(message);
  }

  /** The owner's chunks; one that comes again means that the stream begins again, later. */
  void received(Manifest now) {
    ChunkCopy earlier = copy;
    if (earlier != null) {
      earlier.stop();
    }
    follower.learnAgain();
    manifest = now;
    plan(now);
  }

  private void plan(Manifest now) {
    List<ChunkEnd> held = log.chunks();
    isFilling = LogAddress.isEmpty(log);
    if (!isFilling && now.chunks().stream().noneMatch(c -> isLastOf(held, c.sequence()))) {
      follower.startOver("the owner has released the chunk in which this log ends");
      return;
    }
    List<ChunkCopy.Range> ranges = new ArrayList<>();
    if (isFilling) {
      log.clear();
      now.chunks().forEach(c -> add(ranges, c, LogAddress.DATA_OFFSET));
    } else {
      releaseAllBut(now.chunks());
      ChunkEnd last = held.getLast();
      for (ChunkEnd chunk : now.chunks()) {
        if (chunk.sequence() == last.sequence()) {
          add(ranges, chunk, last.end());
        } else if (chunk.sequence() > last.sequence()) {
          add(ranges, chunk, LogAddress.DATA_OFFSET);
        }
      }
    }
    ChunkCopy next = new ChunkCopy(node.context(), log.partition(), epoch, owner, ranges, this);
    copy = next;
    next.begin();
  }

  private static boolean isLastOf(List<ChunkEnd> held, int sequence) {
    return held.getLast().sequence() == sequence;
  }

  private static void add(List<ChunkCopy.Range> ranges, ChunkEnd chunk, int from) {
    if (chunk.end() > from) {
      ranges.add(new ChunkCopy.Range(chunk.sequence(), from, chunk.end()));
    }
  }

  private void releaseAllBut(List<ChunkEnd> chunks) {
    Set<Integer> kept = new TreeSet<>();
    chunks.forEach(chunk -> kept.add(chunk.sequence()));
    for (ChunkEnd chunk : log.chunks()) {
      if (!kept.contains(chunk.sequence())) {
        // Its table may just be read from there.
        log.releaseWhenSettled(chunk.sequence());
      }
    }
  }

  void received(ChunkBytes bytes) {
    ChunkCopy now = copy;
    if (now != null) {
      now.received(bytes);
    }
  }

  // ---- what has been copied

  /** While a chunk is copied, the heap grows for the next one: the loop must not wait for that. */
  @Override
  public void prepare(Runnable ready) {
    if (!isFilling) {
      ready.run();
      return;
    }
    node.unhurried()
        .execute(
            () -> {
              try {
                node.parts().growAhead(CHUNKS_AHEAD);
              } finally {
                node.loop().execute(ready);
              }
            });
  }

  @Override
  public void copied(ChunkCopy.Range range, int offset, byte[] bytes, boolean isLast) {
    node.counters().add(ClusterCounter.CATCH_UP_BYTES_TAKEN, bytes.length);
    try {
      if (isFilling) {
        log.fill(range.sequence(), offset, bytes);
      } else {
        assemble(range, offset, bytes, isLast);
      }
    } catch (CorruptException e) {
      stop();
      follower.startOver("what was copied does not follow it: " + e.getMessage());
    } catch (HeapFull e) {
      stop();
      String reason = "partition " + log.partition() + " cannot be copied: " + e.getMessage();
      node.events().accept(reason);
      node.fabric().disconnect(owner, reason);
    }
  }

  private void assemble(ChunkCopy.Range range, int offset, byte[] bytes, boolean isLast) {
    if (offset == range.from()) {
      assembled = new byte[range.end() - range.from()];
    }
    System.arraycopy(bytes, 0, assembled, offset - range.from(), bytes.length);
    if (isLast) {
      long head = LogAddress.head(range.sequence()) - LogAddress.DATA_OFFSET;
      log.append(head + range.from(), assembled, node.copies()::changed);
      assembled = new byte[0];
    }
  }

  /** Nothing of what it still asks for is taken. */
  void stop() {
    ChunkCopy now = copy;
    if (now != null) {
      now.stop();
    }
  }

  @Override
  public void gone(int sequence) {
    // What has been filled may not have a hole in it: with the chunk gone, the chain begins later.
    if (isFilling) {
      follower.startOver("the owner has released chunk " + sequence);
    } else {
      begin();
    }
  }

  @Override
  public void complete() {
    Manifest now = manifest;
    if (now == null) {
      return;
    }
    if (!isFilling || now.chunks().isEmpty()) {
      verified(now);
      return;
    }
    work.unhurried()
        .run(
            () -> isSound(now),
            isSound -> {
              if (follower.learner() != this) {
                return;
              }
              if (isSound) {
                verified(now);
              } else {
                follower.startOver("what was copied is damaged");
              }
            },
            isSound -> {});
  }

  private boolean isSound(Manifest now) {
    try {
      log.filled(now.chunks(), now.streamBegin());
      return true;
    } catch (CorruptException e) {
      return false;
    }
  }

  private void verified(Manifest now) {
    if (!now.equals(manifest)) {
      return;
    }
    boolean isEmpty = now.chunks().isEmpty();
    if (!isEmpty
        && (log.tail() != now.streamBegin() || log.lastChecksum() != now.previousChecksum())) {
      follower.startOver("it does not end where the owner's stream begins");
      return;
    }
    follower.follow();
    List<LogMessage> kept = later;
    later = new ArrayList<>();
    for (LogMessage message : kept) {
      if (!follower.apply(message)) {
        return;
      }
    }
    follower
        .warming()
        .whenWarm(
            () -> {
              log.startFlush();
              node.flusher().flush(this::inStep);
            });
  }

  private void inStep() {
    if (follower.learner() == this && follower.isFollowing()) {
      follower.flushed();
      follower.counts();
      node.counters().count(ClusterCounter.CATCH_UPS);
      node.context().send(owner, new InStep(log.partition(), epoch, log.durableTo()));
    }
  }
}
