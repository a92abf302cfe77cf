package io.hotpot.replication;

import io.hotpot.replication.MembershipMessage.ArriveAtBarrier;
import io.hotpot.replication.MembershipMessage.AskSchema;
import io.hotpot.replication.MembershipMessage.CreateDataset;
import io.hotpot.replication.MembershipMessage.CreatePartition;
import io.hotpot.replication.MembershipMessage.Done;
import io.hotpot.replication.MembershipMessage.DropDataset;
import io.hotpot.replication.MembershipMessage.LeaveBarrier;
import io.hotpot.replication.MembershipMessage.Migrate;
import io.hotpot.replication.MembershipMessage.PartitionReleased;
import io.hotpot.replication.MembershipMessage.RegisterSchema;
import io.hotpot.replication.MembershipMessage.RenameDataset;
import io.hotpot.replication.MembershipMessage.SchemaIs;
import io.hotpot.store.TransactionMode;
import java.util.List;

/** Datasets, types, barriers and what else nodes ask of the dispatcher: kinds from 0x20. */
final class AdministrationLayouts {

  static final List<Layout<? extends MembershipMessage>> ALL =
      List.of(
          new Layout<>(
              0x20,
              CreateDataset.class,
              (m, to) ->
                  to.i64(m.request())
                      .text(m.name())
                      .constant(m.mode())
                      .i32(m.degree())
                      .i32(m.minimum()),
              in ->
                  new CreateDataset(
                      in.i64(),
                      in.text(),
                      in.constant(TransactionMode.values()),
                      in.i32(),
                      in.i32())),
          new Layout<>(
              0x21,
              RenameDataset.class,
              (m, to) -> to.i64(m.request()).i32(m.dataset()).text(m.newName()),
              in -> new RenameDataset(in.i64(), in.i32(), in.text())),
          new Layout<>(
              0x22,
              DropDataset.class,
              (m, to) -> to.i64(m.request()).i32(m.dataset()),
              in -> new DropDataset(in.i64(), in.i32())),
          new Layout<>(
              0x23,
              CreatePartition.class,
              (m, to) -> to.i64(m.request()).i32(m.dataset()),
              in -> new CreatePartition(in.i64(), in.i32())),
          new Layout<>(
              0x24,
              Done.class,
              (m, to) -> to.i64(m.request()).i32(m.id()).i64(m.version()),
              in -> new Done(in.i64(), in.i32(), in.i64())),
          new Layout<>(
              0x25,
              RegisterSchema.class,
              (m, to) -> to.i64(m.request()).bytes(m.schema()),
              in -> new RegisterSchema(in.i64(), in.bytes())),
          new Layout<>(
              0x26,
              AskSchema.class,
              (m, to) -> to.i64(m.request()).i32(m.id()),
              in -> new AskSchema(in.i64(), in.i32())),
          new Layout<>(
              0x27,
              SchemaIs.class,
              (m, to) -> to.i64(m.request()).i32(m.id()).bytes(m.schema()),
              in -> new SchemaIs(in.i64(), in.i32(), in.bytes())),
          new Layout<>(
              0x28,
              Migrate.class,
              (m, to) ->
                  to.i64(m.request())
                      .i32(m.partition())
                      .i32(m.epoch())
                      .i32(m.revision())
                      .i32(m.target()),
              in -> new Migrate(in.i64(), in.i32(), in.i32(), in.i32(), in.i32())),
          new Layout<>(
              0x29,
              ArriveAtBarrier.class,
              (m, to) -> to.i64(m.request()).text(m.name()).i32(m.parties()),
              in -> new ArriveAtBarrier(in.i64(), in.text(), in.i32())),
          new Layout<>(
              0x2b,
              LeaveBarrier.class,
              (m, to) -> to.i64(m.request()).text(m.name()).i64(m.arrival()),
              in -> new LeaveBarrier(in.i64(), in.text(), in.i64())),
          new Layout<>(
              0x2a,
              PartitionReleased.class,
              (m, to) -> to.i32(m.partition()),
              in -> new PartitionReleased(in.i32())));

  private AdministrationLayouts() {}
}
