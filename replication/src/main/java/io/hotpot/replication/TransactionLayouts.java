package io.hotpot.replication;

import io.hotpot.replication.TransactionMessage.Acquire;
import io.hotpot.replication.TransactionMessage.Acquired;
import io.hotpot.replication.TransactionMessage.Commit;
import io.hotpot.replication.TransactionMessage.Committed;
import io.hotpot.replication.TransactionMessage.Decide;
import io.hotpot.replication.TransactionMessage.Decided;
import io.hotpot.replication.TransactionMessage.Learned;
import io.hotpot.replication.TransactionMessage.NotCommitted;
import io.hotpot.replication.TransactionMessage.Prepare;
import io.hotpot.replication.TransactionMessage.Release;
import io.hotpot.replication.TransactionMessage.ReserveSlots;
import io.hotpot.replication.TransactionMessage.Resolve;
import io.hotpot.replication.TransactionMessage.Resolved;
import io.hotpot.replication.TransactionMessage.ReturnSlots;
import io.hotpot.replication.TransactionMessage.Slots;
import io.hotpot.replication.TransactionMessage.Wound;
import io.hotpot.replication.TransactionMessage.Yes;
import io.hotpot.store.spi.ObjectRead;
import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.Outcome;
import io.hotpot.store.spi.Refusal;
import java.util.List;

/** Transactions: kinds from 0x80. */
final class TransactionLayouts {

  static final List<Layout<? extends TransactionMessage>> ALL =
      List.of(
          new Layout<>(
              0x80,
              ReserveSlots.class,
              (m, to) -> to.i64(m.request()).i32(m.partition()).i32(m.epoch()).i32(m.count()),
              in -> new ReserveSlots(in.i64(), in.i32(), in.i32(), in.i32())),
          new Layout<>(
              0x81,
              Slots.class,
              (m, to) ->
                  to.i64(m.request())
                      .i32(m.partition())
                      .i32(m.epoch())
                      .longs(m.objectIds(), Bounds.LIST),
              in -> new Slots(in.i64(), in.i32(), in.i32(), in.longs(Bounds.LIST))),
          new Layout<>(
              0x82,
              ReturnSlots.class,
              (m, to) -> to.i32(m.partition()).i32(m.epoch()).longs(m.objectIds(), Bounds.LIST),
              in -> new ReturnSlots(in.i32(), in.i32(), in.longs(Bounds.LIST))),
          new Layout<>(
              0x83,
              Commit.class,
              (m, to) ->
                  to.id(m.id())
                      .i32(m.partition())
                      .i32(m.epoch())
                      .i64(m.settledBelow())
                      .i32(m.copiesWanted())
                      .bool(m.power())
                      .i64(m.keptAs())
                      .i64(m.lock())
                      .list(m.reads(), Bounds.OBJECTS, TransactionLayouts::writeRead)
                      .list(m.writes(), Bounds.OBJECTS, TransactionLayouts::writeWrite),
              in ->
                  new Commit(
                      in.id(),
                      in.i32(),
                      in.i32(),
                      in.i64(),
                      in.i32(),
                      in.bool(),
                      in.i64(),
                      in.i64(),
                      in.list(16, Bounds.OBJECTS, TransactionLayouts::readRead),
                      in.list(13, Bounds.OBJECTS, TransactionLayouts::readWrite))),
          new Layout<>(
              0x84,
              Committed.class,
              (m, to) -> to.id(m.id()).i32(m.partition()).i64(m.stamp()),
              in -> new Committed(in.id(), in.i32(), in.i64())),
          new Layout<>(
              0x85,
              NotCommitted.class,
              (m, to) ->
                  to.id(m.id())
                      .i32(m.partition())
                      .constant(m.reason())
                      .i64(m.objectId())
                      .i64(m.floor())
                      .sentence(m.message()),
              in ->
                  new NotCommitted(
                      in.id(),
                      in.i32(),
                      in.constant(Refusal.Reason.values()),
                      in.i64(),
                      in.i64(),
                      in.sentence())),
          new Layout<>(
              0x86,
              Prepare.class,
              (m, to) ->
                  to.id(m.id())
                      .i32(m.partition())
                      .i32(m.epoch())
                      .i32(m.home())
                      .i64(m.stamp())
                      .i64(m.settledBelow())
                      .i32(m.copiesWanted())
                      .bool(m.power())
                      .i64(m.keptAs())
                      .i64(m.lock())
                      .list(m.reads(), Bounds.OBJECTS, TransactionLayouts::writeRead)
                      .list(m.writes(), Bounds.OBJECTS, TransactionLayouts::writeWrite),
              in ->
                  new Prepare(
                      in.id(),
                      in.i32(),
                      in.i32(),
                      in.i32(),
                      in.i64(),
                      in.i64(),
                      in.i32(),
                      in.bool(),
                      in.i64(),
                      in.i64(),
                      in.list(16, Bounds.OBJECTS, TransactionLayouts::readRead),
                      in.list(13, Bounds.OBJECTS, TransactionLayouts::readWrite))),
          new Layout<>(
              0x87,
              Yes.class,
              (m, to) -> to.id(m.id()).i32(m.partition()),
              in -> new Yes(in.id(), in.i32())),
          new Layout<>(
              0x88,
              Decide.class,
              (m, to) ->
                  to.id(m.id())
                      .i32(m.home())
                      .i32(m.epoch())
                      .ints(m.participants(), Bounds.PARTICIPANTS),
              in -> new Decide(in.id(), in.i32(), in.i32(), in.ints(Bounds.PARTICIPANTS))),
          new Layout<>(
              0x89,
              Decided.class,
              (m, to) -> to.id(m.id()).i32(m.partition()).i32(m.home()).constant(m.outcome()),
              in -> new Decided(in.id(), in.i32(), in.i32(), in.constant(Outcome.values()))),
          new Layout<>(
              0x8a,
              Learned.class,
              (m, to) -> to.id(m.id()).i32(m.home()).i32(m.participant()),
              in -> new Learned(in.id(), in.i32(), in.i32())),
          new Layout<>(
              0x8b,
              Resolve.class,
              (m, to) -> to.id(m.id()).i32(m.partition()).i32(m.epoch()),
              in -> new Resolve(in.id(), in.i32(), in.i32())),
          new Layout<>(
              0x8c,
              Resolved.class,
              (m, to) -> to.id(m.id()).i32(m.partition()).constant(m.outcome()).i64(m.stamp()),
              in -> new Resolved(in.id(), in.i32(), in.constant(Outcome.values()), in.i64())),
          new Layout<>(
              0x8d,
              Acquire.class,
              (m, to) ->
                  to.i64(m.request())
                      .i32(m.partition())
                      .i32(m.epoch())
                      .i64(m.lock())
                      .i64(m.age())
                      .bool(m.isShared())
                      .longs(m.objectIds(), Bounds.OBJECTS),
              in ->
                  new Acquire(
                      in.i64(),
                      in.i32(),
                      in.i32(),
                      in.i64(),
                      in.i64(),
                      in.bool(),
                      in.longs(Bounds.OBJECTS))),
          new Layout<>(
              0x8e,
              Acquired.class,
              (m, to) -> to.i64(m.request()).i32(m.partition()).i32(m.epoch()),
              in -> new Acquired(in.i64(), in.i32(), in.i32())),
          new Layout<>(
              0x8f,
              Release.class,
              (m, to) -> to.i32(m.partition()).i64(m.lock()).i64(m.request()),
              in -> new Release(in.i32(), in.i64(), in.i64())),
          new Layout<>(
              0x90,
              Wound.class,
              (m, to) -> to.i32(m.partition()).i64(m.lock()),
              in -> new Wound(in.i32(), in.i64())));

  private TransactionLayouts() {}

  private static void writeRead(ObjectRead read, WireWriter to) {
    to.i64(read.objectId()).i64(read.stamp());
  }

  private static ObjectRead readRead(WireReader in) {
    return new ObjectRead(in.i64(), in.i64());
  }

  private static void writeWrite(ObjectWrite write, WireWriter to) {
    to.i64(write.objectId()).constant(write.kind()).bytes(write.payload());
  }

  private static ObjectWrite readWrite(WireReader in) {
    return new ObjectWrite(in.i64(), in.constant(ObjectWrite.Kind.values()), in.bytes());
  }
}
