package io.hotpot.replication;

import io.hotpot.replication.TransactionMessage.CloseSnapshot;
import io.hotpot.replication.TransactionMessage.Floor;
import io.hotpot.replication.TransactionMessage.Floored;
import io.hotpot.replication.TransactionMessage.LastStamp;
import io.hotpot.replication.TransactionMessage.OpenSnapshot;
import io.hotpot.replication.TransactionMessage.ReadAt;
import io.hotpot.replication.TransactionMessage.RequestRefused;
import io.hotpot.replication.TransactionMessage.SnapshotsOpen;
import io.hotpot.replication.TransactionMessage.VersionAt;
import io.hotpot.store.spi.Refusal;
import java.util.List;

/** Snapshots over several partitions: kinds from 0xa0. */
final class SnapshotLayouts {

  static final List<Layout<? extends TransactionMessage>> ALL =
      List.of(
          new Layout<>(
              0xa0,
              OpenSnapshot.class,
              (m, to) -> to.i64(m.request()).i32(m.partition()).i32(m.epoch()).i64(m.snapshot()),
              in -> new OpenSnapshot(in.i64(), in.i32(), in.i32(), in.i64())),
          new Layout<>(
              0xa1,
              LastStamp.class,
              (m, to) -> to.i64(m.request()).i32(m.partition()).i64(m.stamp()),
              in -> new LastStamp(in.i64(), in.i32(), in.i64())),
          new Layout<>(
              0xa2,
              Floor.class,
              (m, to) ->
                  to.i64(m.request())
                      .i32(m.partition())
                      .i32(m.epoch())
                      .i64(m.snapshot())
                      .i64(m.stamp()),
              in -> new Floor(in.i64(), in.i32(), in.i32(), in.i64(), in.i64())),
          new Layout<>(
              0xa3,
              Floored.class,
              (m, to) -> to.i64(m.request()).i32(m.partition()),
              in -> new Floored(in.i64(), in.i32())),
          new Layout<>(
              0xa4,
              ReadAt.class,
              (m, to) ->
                  to.i64(m.request())
                      .i32(m.partition())
                      .i32(m.epoch())
                      .i64(m.snapshot())
                      .i64(m.objectId())
                      .i64(m.stamp()),
              in -> new ReadAt(in.i64(), in.i32(), in.i32(), in.i64(), in.i64(), in.i64())),
          new Layout<>(
              0xa5,
              VersionAt.class,
              (m, to) -> to.i64(m.request()).i32(m.partition()).i64(m.stamp()).bytes(m.payload()),
              in -> new VersionAt(in.i64(), in.i32(), in.i64(), in.bytes())),
          new Layout<>(
              0xa6,
              RequestRefused.class,
              (m, to) ->
                  to.i64(m.request()).i32(m.partition()).constant(m.reason()).sentence(m.message()),
              in ->
                  new RequestRefused(
                      in.i64(), in.i32(), in.constant(Refusal.Reason.values()), in.sentence())),
          new Layout<>(
              0xa7,
              CloseSnapshot.class,
              (m, to) -> to.i32(m.partition()).i64(m.snapshot()),
              in -> new CloseSnapshot(in.i32(), in.i64())),
          new Layout<>(
              0xa8,
              SnapshotsOpen.class,
              (m, to) -> to.longs(m.snapshots(), Bounds.LIST),
              in -> new SnapshotsOpen(in.longs(Bounds.LIST))));

  private SnapshotLayouts() {}
}
