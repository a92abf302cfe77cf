package io.hotpot.replication;

import io.hotpot.replication.LogMessage.BatchBytes;
import io.hotpot.replication.LogMessage.ReadBatches;
import java.util.List;

/** Healing of damaged batches: kinds from 0xe0. */
final class HealingLayouts {

  static final List<Layout<? extends LogMessage>> ALL =
      List.of(
          new Layout<>(
              0xe0,
              ReadBatches.class,
              (m, to) ->
                  to.i32(m.partition())
                      .i32(m.epoch())
                      .i64(m.request())
                      .i32(m.sequence())
                      .i32(m.offset())
                      .i32(m.length()),
              in -> new ReadBatches(in.i32(), in.i32(), in.i64(), in.i32(), in.i32(), in.i32())),
          new Layout<>(
              0xe1,
              BatchBytes.class,
              (m, to) -> to.i32(m.partition()).i32(m.epoch()).i64(m.request()).bytes(m.bytes()),
              in -> new BatchBytes(in.i32(), in.i32(), in.i64(), in.bytes())));

  private HealingLayouts() {}
}
