package io.hotpot.store;

import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The table of a partition that another node owns, kept up to what is settled, so that this node
 * need not read the log when it becomes the owner (docs/decisions/0009-warm-replicas.md).
 *
 * <pre>
 *   COLD -- something is settled --> BEGUN -- promotion --> COLD
 *    ^  `-- damage, no memory --> GIVEN_UP -- checkpoint, healing --> COLD
 *    `---- emptied, short of chunks, another role ----'
 * </pre>
 *
 * <p>Thread-safety: {@link #begin} and {@link #keptFrom} by the thread that writes the copy, so
 * that no chunk goes between the two that it begins with; {@link #step} and {@link #finish} from
 * any thread.
 */
final class WarmTable {

  /** A step ends after so many bytes of log; a checkpoint is one step. */
  private static final int STEP_BYTES = 256 << 10;

  private enum State {
    /** Nothing is kept. */
    COLD,
    /** Steps lead it on. */
    BEGUN,
    /** It could not go on, and waits for a reason to think that it can now. */
    GIVEN_UP
  }

  private final HeldStore store;
  private final Supplier<Partition> copy;
  private final SettledReads reads;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile State state = State.COLD;

  /** Guarded by lock. */
  private @Nullable TableReplay replay;

  /** Of the replay; 0 before it is there. */
  private volatile long takenTo;

  /** The checkpoint before that of the replay, if it was begun with; guarded by lock. */
  private @Nullable FoundLog before;

  /**
   * @param reads is told how far it has come
   */
  WarmTable(HeldStore store, Supplier<Partition> copy, SettledReads reads) {
    this.store = store;
    this.copy = copy;
    this.reads = reads;
  }

  /** From now on chunks stay until they have been read: {@link #step} is going to be called. */
  void begin() {
    if (state == State.COLD) {
      takenTo = 0;
      state = State.BEGUN;
    }
  }

  /** Whether there is something below an address that a step would take in. */
  boolean isBehind(long settledTo) {
    return state != State.GIVEN_UP && takenTo() < settledTo;
  }

  /** What lies below has been taken in, and must never be cut. */
  long takenTo() {
    return state == State.BEGUN ? takenTo : 0;
  }

  /** A chunk that the owner has released goes only if it was said below this address. */
  long keptFrom() {
    return state == State.BEGUN ? takenTo : Long.MAX_VALUE;
  }

  /** There is a reason to try it again. */
  void retry() {
    if (state != State.GIVEN_UP) {
      return; // without the lock, which a step may hold for long
    }
    lock.lock();
    try {
      if (state == State.GIVEN_UP) {
        state = State.COLD;
      }
    } finally {
      lock.unlock();
    }
  }

  /** Forgets everything; waits for a step that is under way. */
  void stop() {
    lock.lock();
    try {
      replay = null;
      before = null;
      reads.forget();
      takenTo = 0;
      state = State.COLD;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes in some of what is settled.
   *
   * @return whether there is more
   * @throws CorruptException if it meets damage, and has given up for that
   */
  boolean step(long settledTo) {
    lock.lock();
    try {
      if (state != State.BEGUN) {
        return false;
      }
      boolean isMore = takeSome(settledTo, STEP_BYTES);
      TableReplay now = replay;
      if (now != null) {
        reads.ledOn(now);
      }
      return isMore;
    } catch (OutOfMemoryError e) {
      giveUp();
      return false;
    } catch (RuntimeException e) {
      giveUp();
      throw e;
    } finally {
      lock.unlock();
    }
  }

  private void giveUp() {
    replay = null;
    before = null;
    reads.forget();
    state = State.GIVEN_UP;
  }

  /** Takes in what ends at or below an address, until so many bytes are passed. */
  private boolean takeSome(long limit, long bytes) {
    TableReplay now = replay;
    if (now == null) {
      now = beginAt(newestBelow(limit));
    }
    long left = bytes;
    while (left > 0) {
      int taken = now.take(limit);
      if (taken == 0) {
        takenTo = now.position();
        return false;
      }
      left -= taken;
      if (now.newerCheckpoint() != 0) {
        now = beginAt(checkpointAt(now.newerCheckpoint()));
        left = 0;
      }
    }
    takenTo = now.position();
    return true;
  }

  private TableReplay beginAt(FoundLog log) {
    Partition partition = copy.get();
    TableReplay next =
        new TableReplay(store.newPartition(partition.id, partition.mode, partition.chunks), log);
    TableReplay last = replay;
    if (last != null && last.checkpointAddress() != log.checkpointAddress) {
      before = last.begun();
    }
    replay = next;
    takenTo = next.position();
    return next;
  }

  private FoundLog log() {
    Partition partition = copy.get();
    FoundLog log = new FoundLog(partition.id, store.clusterId());
    partition.chunks.all().forEach(chunk -> log.chunks.put(chunk.sequence, chunk));
    return log;
  }

  private FoundLog checkpointAt(long address) {
    FoundLog log = log();
    log.checkpoint = checkpoint(log, address);
    log.checkpointAddress = address;
    if (log.checkpoint == null) {
      throw new CorruptException("the checkpoint at " + Address.toString(address) + " is damaged");
    }
    return log;
  }

  /** All of it is read only if this has not begun with it before. */
  private @Nullable Checkpoint checkpoint(FoundLog log, long address) {
    TableReplay now = replay;
    if (now != null && now.checkpointAddress() == address) {
      return now.begun().checkpoint;
    }
    FoundLog last = before;
    return last != null && last.checkpointAddress == address
        ? last.checkpoint
        : CheckpointFormat.read(log, address);
  }

  /** The log with the newest checkpoint that ends at or below an address. */
  private FoundLog newestBelow(long limit) {
    FoundLog log = log();
    for (long address : CheckpointFinder.pointers(log)) {
      if (address < limit) {
        FoundLog at = checkpointAt(address);
        Checkpoint checkpoint = at.checkpoint;
        if (checkpoint != null && checkpoint.end() <= limit) {
          return at;
        }
      }
    }
    return log;
  }

  /** Null: nothing is kept. Between steps. */
  @Nullable TableReplay replay() {
    return replay;
  }

  // ---- becoming the owner's

  /**
   * Takes in the whole log, which is authoritative from now on, so that chunks may go.
   *
   * @return whether it could; else the log is read anew
   */
  boolean takeAll(long tail) {
    lock.lock();
    try {
      reads.forget();
      TableReplay now = replay;
      if (state != State.BEGUN || now == null) {
        return false;
      }
      FoundLog newest = newestBelow(tail);
      Checkpoint checkpoint = newest.checkpoint;
      if (checkpoint != null && checkpoint.begin() > now.position()) {
        beginAt(newest);
      }
      while (takeSome(tail, Long.MAX_VALUE)) {
        // A checkpoint: it begins anew.
      }
      return takenTo == tail;
    } catch (RuntimeException | OutOfMemoryError e) {
      giveUp();
      return false; // the log is read anew, and tells what is wrong
    } finally {
      lock.unlock();
    }
  }

  /**
   * Completes what {@link #takeAll} has led to the end of the log, as recovery would.
   *
   * @return null: it is of no use
   */
  @Nullable Partition finish() {
    lock.lock();
    try {
      TableReplay now = replay;
      if (state != State.BEGUN || now == null) {
        return null;
      }
      FoundLog log = log();
      List<Long> pointers = CheckpointFinder.pointers(log);
      log.newestPointer = pointers.isEmpty() ? 0 : pointers.getFirst();
      if (log.newestPointer != now.checkpointAddress()) {
        return null;
      }
      log.checkpoint = now.begun().checkpoint;
      log.checkpointAddress = now.checkpointAddress();
      if (pointers.size() > 1) {
        log.olderCheckpointAddress = pointers.get(1);
        log.olderCheckpoint = checkpoint(log, log.olderCheckpointAddress);
      }
      log.end = now.position();
      now.finish(log);
      return now.target();
    } catch (RuntimeException | OutOfMemoryError e) {
      return null; // as above
    } finally {
      replay = null;
      before = null;
      takenTo = 0;
      state = State.COLD;
      lock.unlock();
    }
  }
}
