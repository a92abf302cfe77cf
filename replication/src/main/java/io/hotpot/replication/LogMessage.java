package io.hotpot.replication;

import io.hotpot.store.spi.HeldLog.BatchEnd;
import io.hotpot.store.spi.HeldLog.ChunkEnd;
import java.util.List;

/** About the log of a partition: between its owner and those that hold a copy of the log. */
public sealed interface LogMessage extends Message {

  int partition();

  int epoch();

  /**
   * Bytes of the log, one or more whole batches.
   *
   * @param address of the first byte; the receiver's log ends there
   * @param settledTo what lies below may be published
   * @param power whether the acknowledgement needs the bytes on the medium, beyond the process
   */
  record Append(int partition, int epoch, long address, long settledTo, boolean power, byte[] bytes)
      implements LogMessage {
    @Override
    public Fabric.Lane lane() {
      return Fabric.Lane.BULK;
    }
  }

  /**
   * As {@link Append}, of bytes that the owner has written into the receiver's chunk itself.
   *
   * @param length of them, above 0
   */
  record AppendedAt(
      int partition, int epoch, long address, long settledTo, boolean power, int length)
      implements LogMessage {
    @Override
    public Fabric.Lane lane() {
      return Fabric.Lane.BULK;
    }
  }

  /**
   * Where the owner may write what it appends to a chunk of the sender's log, as long as the
   * session lasts and the sender has not taken it back.
   *
   * @param memory of the whole chunk
   */
  record ChunkAt(int partition, int epoch, int sequence, RemoteMemory.Key memory)
      implements LogMessage {}

  /**
   * What the sender's copy of the log has, without a hole.
   *
   * @param writtenTo in memory that outlives the process
   * @param durableTo on the medium
   */
  record Appended(int partition, int epoch, long writtenTo, long durableTo) implements LogMessage {}

  /** What lies below may be published; sent alone when no {@link Append} carries it. */
  record Settled(int partition, int epoch, long settledTo) implements LogMessage {
    @Override
    public Fabric.Lane lane() {
      return Fabric.Lane.BULK;
    }
  }

  /** The owner's log does without a chunk. */
  record ReleaseChunk(int partition, int epoch, int sequence) implements LogMessage {
    @Override
    public Fabric.Lane lane() {
      return Fabric.Lane.BULK;
    }
  }

  /**
   * The chunks that the owner's log consists of, told once in each session: of those below the
   * newest of them the receiver does without all others. It may have been away when they were
   * released (13.3).
   */
  record HeldChunks(int partition, int epoch, List<Integer> sequences) implements LogMessage {
    @Override
    public Fabric.Lane lane() {
      return Fabric.Lane.BULK;
    }
  }

  /** The sender owns the partition from this epoch on (10.2); the answer is {@link Tail}. */
  record NewEpoch(int partition, int epoch) implements LogMessage {}

  /**
   * The end of the sender's copy.
   *
   * @param settledTo up to there it is known to be settled
   * @param batches the ends of its batches from there on, each with its checksum
   */
  record Tail(int partition, int epoch, long settledTo, List<BatchEnd> batches)
      implements LogMessage {}

  /** The receiver cuts its copy there; appends from there on follow. */
  record Reconcile(int partition, int epoch, long address, int checksum) implements LogMessage {}

  /** A learner says what it holds (11.1); nothing of it is believed as it is. */
  record CatchUp(int partition, int epoch, List<ChunkEnd> chunks) implements LogMessage {}

  /**
   * The owner's chunks; appends from {@code streamBegin} on follow.
   *
   * @param streamBegin where the stream of appends begins
   * @param previousChecksum of the batch that ends there
   */
  record Manifest(
      int partition, int epoch, List<ChunkEnd> chunks, long streamBegin, int previousChecksum)
      implements LogMessage {}

  record ReadChunk(int partition, int epoch, int sequence, int offset, int length)
      implements LogMessage {}

  /** What {@link ReadChunk} asked for; no bytes: the chunk is gone. */
  record ChunkBytes(int partition, int epoch, int sequence, int offset, byte[] bytes)
      implements LogMessage {
    @Override
    public Fabric.Lane lane() {
      return Fabric.Lane.BULK;
    }
  }

  /**
   * A member of the in-sync set has damage there and asks another one for what stood in its place
   * (13.5); the answer is {@link BatchBytes}.
   *
   * @param request told back in the answer
   */
  record ReadBatches(int partition, int epoch, long request, int sequence, int offset, int length)
      implements LogMessage {}

  /** What {@link ReadBatches} asked for, unverified; no bytes: the sender does not have them. */
  record BatchBytes(int partition, int epoch, long request, byte[] bytes) implements LogMessage {
    @Override
    public Fabric.Lane lane() {
      return Fabric.Lane.BULK;
    }
  }

  /** The learner has everything up to the stream, durable and without a hole. */
  record InStep(int partition, int epoch, long durableTo) implements LogMessage {}

  /** The owner stops serving and offers the partition to an in-sync node (12.3). */
  record HandOver(int partition, int epoch, long tail, int checksum) implements LogMessage {}

  record HandedOver(int partition, int epoch, boolean accepted) implements LogMessage {}

  /** The receiver of a message about a partition knows a higher epoch. */
  record NotOwner(int partition, int epoch, int owner) implements LogMessage {}
}
