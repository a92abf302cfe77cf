package io.hotpot.store;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A partition's table on its way through the log: begun with a checkpoint, or at the log's begin,
 * and led on from batch to batch, as recovery does it ({@link Rebuild}).
 *
 * <p>One thread at a time. Chunks may be appended to and released meanwhile, but not those from its
 * place on.
 */
final class TableReplay {

  private final Partition target;
  private final FoundLog begun;
  private final List<Damage> damages = new ArrayList<>();
  private final Rebuild rebuild;
  private @Nullable LogChunk chunk;
  private int offset;

  /** No chunk with a lower number is read any more. */
  private int fromSequence;

  /** Of the CHECKPOINT batch that was taken in last and is newer than what this has begun with. */
  private long newerCheckpoint;

  /**
   * @param target an empty partition over the log's chunks; what is rebuilt
   * @param begun with the log's chunks, and the checkpoint to begin with, if any
   */
  TableReplay(Partition target, FoundLog begun) {
    this.target = target;
    this.begun = begun;
    this.rebuild = new Rebuild(target, damages, true);
    for (LogChunk each : target.chunks.all()) {
      // It may have had another life, when this node owned the partition before.
      each.liveBytes.set(0);
      each.uncleanable = false;
      each.damaged = false;
    }
    Checkpoint checkpoint = begun.checkpoint;
    if (checkpoint != null) {
      rebuild.load(begun, checkpoint);
      fromSequence = Address.sequence(checkpoint.begin());
      LogChunk first = target.chunks.get(fromSequence);
      if (first != null && Address.offset(checkpoint.begin()) >= ChunkFormat.DATA_OFFSET) {
        chunk = first;
        offset = Address.offset(checkpoint.begin());
      }
    }
  }

  /** What is rebuilt; it is complete only after {@link #finish}. */
  Partition target() {
    return target;
  }

  /** The log as it was, and the checkpoint that this has begun with, if any. */
  FoundLog begun() {
    return begun;
  }

  Rebuild rebuild() {
    return rebuild;
  }

  /** Everything below has been taken in; what lies between two chunks is nothing. */
  long position() {
    LogChunk at = chunk;
    return at == null ? Address.of(fromSequence, 0) : Address.of(at.sequence, offset);
  }

  /** Whether its checkpoint has some of what it has not come to yet. */
  boolean isOvertaking() {
    Checkpoint checkpoint = begun.checkpoint;
    return checkpoint != null && position() < checkpoint.end();
  }

  /** Of the checkpoint that it has begun with; 0: with nothing. */
  long checkpointAddress() {
    return begun.checkpointAddress;
  }

  /** The address of a CHECKPOINT that this should give way to; 0: none was taken in. */
  long newerCheckpoint() {
    return newerCheckpoint;
  }

  /**
   * Takes in the next batch.
   *
   * @return its length; 0: none ends at or below {@code limit}
   * @throws CorruptException if it is damaged; then this is of no use any more
   */
  int take(long limit) {
    LogChunk at = chunk;
    if (at == null || (position() < limit && offset == at.end())) {
      at = next();
      if (at == null) {
        return 0;
      }
    }
    long address = Address.of(at.sequence, offset);
    if (address >= limit) {
      return 0;
    }
    if (!BatchFormat.isValid(at.memory, offset, at.sequence, begun.seed)) {
      throw new CorruptException(
          "a batch of partition " + target.id + " at " + Address.toString(address) + " is damaged");
    }
    int length = BatchFormat.length(at.memory, offset);
    if (address + length > limit) {
      return 0;
    }
    rebuild.batch(at, offset);
    if (BatchFormat.kind(at.memory, offset) == BatchFormat.CHECKPOINT
        && address > begun.checkpointAddress) {
      newerCheckpoint = address;
    }
    offset += length;
    return length;
  }

  /** Goes to the begin of the next chunk that there is, if any. */
  private @Nullable LogChunk next() {
    LogChunk before = chunk;
    int from = before == null ? fromSequence : before.sequence + 1;
    for (LogChunk each : target.chunks.all()) {
      if (each.sequence >= from) {
        chunk = each;
        offset = ChunkFormat.DATA_OFFSET;
        return each;
      }
    }
    return null;
  }

  /**
   * Completes the table at the end of the log, which this has reached: locks what is prepared,
   * lists the free slots, as after a crash.
   *
   * @param log with its newest checkpoints
   */
  void finish(FoundLog log) {
    Recovery.pinCheckpoints(log, target);
    rebuild.finish(log);
  }
}
