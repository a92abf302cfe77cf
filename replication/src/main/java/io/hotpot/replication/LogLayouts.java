package io.hotpot.replication;

import io.hotpot.replication.LogMessage.Append;
import io.hotpot.replication.LogMessage.Appended;
import io.hotpot.replication.LogMessage.AppendedAt;
import io.hotpot.replication.LogMessage.CatchUp;
import io.hotpot.replication.LogMessage.ChunkAt;
import io.hotpot.replication.LogMessage.ChunkBytes;
import io.hotpot.replication.LogMessage.HandOver;
import io.hotpot.replication.LogMessage.HandedOver;
import io.hotpot.replication.LogMessage.HeldChunks;
import io.hotpot.replication.LogMessage.InStep;
import io.hotpot.replication.LogMessage.Manifest;
import io.hotpot.replication.LogMessage.NewEpoch;
import io.hotpot.replication.LogMessage.NotOwner;
import io.hotpot.replication.LogMessage.ReadChunk;
import io.hotpot.replication.LogMessage.Reconcile;
import io.hotpot.replication.LogMessage.ReleaseChunk;
import io.hotpot.replication.LogMessage.Settled;
import io.hotpot.replication.LogMessage.Tail;
import io.hotpot.store.spi.HeldLog.BatchEnd;
import io.hotpot.store.spi.HeldLog.ChunkEnd;
import java.util.List;

/** The log of a partition: kinds from 0x40. */
final class LogLayouts {

  static final List<Layout<? extends LogMessage>> ALL =
      List.of(
          new Layout<>(
              0x40,
              Append.class,
              (m, to) ->
                  to.i32(m.partition())
                      .i32(m.epoch())
                      .i64(m.address())
                      .i64(m.settledTo())
                      .bool(m.power())
                      .bytes(m.bytes()),
              in -> new Append(in.i32(), in.i32(), in.i64(), in.i64(), in.bool(), in.bytes())),
          new Layout<>(
              0x50,
              AppendedAt.class,
              (m, to) ->
                  to.i32(m.partition())
                      .i32(m.epoch())
                      .i64(m.address())
                      .i64(m.settledTo())
                      .bool(m.power())
                      .i32(m.length()),
              in -> new AppendedAt(in.i32(), in.i32(), in.i64(), in.i64(), in.bool(), in.i32())),
          new Layout<>(
              0x51,
              ChunkAt.class,
              (m, to) ->
                  writeKey(m.memory(), to.i32(m.partition()).i32(m.epoch()).i32(m.sequence())),
              in -> new ChunkAt(in.i32(), in.i32(), in.i32(), readKey(in))),
          new Layout<>(
              0x41,
              Appended.class,
              (m, to) -> to.i32(m.partition()).i32(m.epoch()).i64(m.writtenTo()).i64(m.durableTo()),
              in -> new Appended(in.i32(), in.i32(), in.i64(), in.i64())),
          new Layout<>(
              0x42,
              Settled.class,
              (m, to) -> to.i32(m.partition()).i32(m.epoch()).i64(m.settledTo()),
              in -> new Settled(in.i32(), in.i32(), in.i64())),
          new Layout<>(
              0x43,
              ReleaseChunk.class,
              (m, to) -> to.i32(m.partition()).i32(m.epoch()).i32(m.sequence()),
              in -> new ReleaseChunk(in.i32(), in.i32(), in.i32())),
          new Layout<>(
              0x4f,
              HeldChunks.class,
              (m, to) -> to.i32(m.partition()).i32(m.epoch()).ints(m.sequences(), Bounds.LOG_PARTS),
              in -> new HeldChunks(in.i32(), in.i32(), in.ints(Bounds.LOG_PARTS))),
          new Layout<>(
              0x44,
              NewEpoch.class,
              (m, to) -> to.i32(m.partition()).i32(m.epoch()),
              in -> new NewEpoch(in.i32(), in.i32())),
          new Layout<>(
              0x45,
              Tail.class,
              (m, to) ->
                  to.i32(m.partition())
                      .i32(m.epoch())
                      .i64(m.settledTo())
                      .list(m.batches(), Bounds.LOG_PARTS, LogLayouts::writeBatchEnd),
              in ->
                  new Tail(
                      in.i32(),
                      in.i32(),
                      in.i64(),
                      in.list(12, Bounds.LOG_PARTS, LogLayouts::readBatchEnd))),
          new Layout<>(
              0x46,
              Reconcile.class,
              (m, to) -> to.i32(m.partition()).i32(m.epoch()).i64(m.address()).i32(m.checksum()),
              in -> new Reconcile(in.i32(), in.i32(), in.i64(), in.i32())),
          new Layout<>(
              0x47,
              CatchUp.class,
              (m, to) ->
                  to.i32(m.partition())
                      .i32(m.epoch())
                      .list(m.chunks(), Bounds.LOG_PARTS, LogLayouts::writeChunkEnd),
              in ->
                  new CatchUp(
                      in.i32(), in.i32(), in.list(12, Bounds.LOG_PARTS, LogLayouts::readChunkEnd))),
          new Layout<>(
              0x48,
              Manifest.class,
              (m, to) ->
                  to.i32(m.partition())
                      .i32(m.epoch())
                      .list(m.chunks(), Bounds.LOG_PARTS, LogLayouts::writeChunkEnd)
                      .i64(m.streamBegin())
                      .i32(m.previousChecksum()),
              in ->
                  new Manifest(
                      in.i32(),
                      in.i32(),
                      in.list(12, Bounds.LOG_PARTS, LogLayouts::readChunkEnd),
                      in.i64(),
                      in.i32())),
          new Layout<>(
              0x49,
              ReadChunk.class,
              (m, to) ->
                  to.i32(m.partition())
                      .i32(m.epoch())
                      .i32(m.sequence())
                      .i32(m.offset())
                      .i32(m.length()),
              in -> new ReadChunk(in.i32(), in.i32(), in.i32(), in.i32(), in.i32())),
          new Layout<>(
              0x4a,
              ChunkBytes.class,
              (m, to) ->
                  to.i32(m.partition())
                      .i32(m.epoch())
                      .i32(m.sequence())
                      .i32(m.offset())
                      .bytes(m.bytes()),
              in -> new ChunkBytes(in.i32(), in.i32(), in.i32(), in.i32(), in.bytes())),
          new Layout<>(
              0x4b,
              InStep.class,
              (m, to) -> to.i32(m.partition()).i32(m.epoch()).i64(m.durableTo()),
              in -> new InStep(in.i32(), in.i32(), in.i64())),
          new Layout<>(
              0x4c,
              HandOver.class,
              (m, to) -> to.i32(m.partition()).i32(m.epoch()).i64(m.tail()).i32(m.checksum()),
              in -> new HandOver(in.i32(), in.i32(), in.i64(), in.i32())),
          new Layout<>(
              0x4d,
              HandedOver.class,
              (m, to) -> to.i32(m.partition()).i32(m.epoch()).bool(m.accepted()),
              in -> new HandedOver(in.i32(), in.i32(), in.bool())),
          new Layout<>(
              0x4e,
              NotOwner.class,
              (m, to) -> to.i32(m.partition()).i32(m.epoch()).i32(m.owner()),
              in -> new NotOwner(in.i32(), in.i32(), in.i32())));

  private LogLayouts() {}

  static void writeKey(RemoteMemory.Key key, WireWriter to) {
    to.i64(key.address()).i32(key.lengthBytes()).i32(key.key());
  }

  static RemoteMemory.Key readKey(WireReader in) {
    return new RemoteMemory.Key(in.i64(), in.i32(), in.i32());
  }

  private static void writeBatchEnd(BatchEnd batch, WireWriter to) {
    to.i64(batch.end()).i32(batch.checksum());
  }

  private static BatchEnd readBatchEnd(WireReader in) {
    return new BatchEnd(in.i64(), in.i32());
  }

  private static void writeChunkEnd(ChunkEnd chunk, WireWriter to) {
    to.i32(chunk.sequence()).i32(chunk.end()).i32(chunk.checksum());
  }

  private static ChunkEnd readChunkEnd(WireReader in) {
    return new ChunkEnd(in.i32(), in.i32(), in.i32());
  }
}
