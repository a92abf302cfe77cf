package io.hotpot.replication;

import io.hotpot.replication.CopyMessage.Absent;
import io.hotpot.replication.CopyMessage.Copy;
import io.hotpot.replication.CopyMessage.CopyAt;
import io.hotpot.replication.CopyMessage.Evicted;
import io.hotpot.replication.CopyMessage.Fetch;
import io.hotpot.replication.CopyMessage.ForgetPlaces;
import io.hotpot.replication.CopyMessage.Invalidate;
import io.hotpot.replication.CopyMessage.Invalidated;
import io.hotpot.replication.CopyMessage.NotServed;
import io.hotpot.replication.CopyMessage.Unreadable;
import java.util.List;

/** Cached copies: kinds from 0x60. */
final class CopyLayouts {

  static final List<Layout<? extends CopyMessage>> ALL =
      List.of(
          new Layout<>(
              0x60,
              Fetch.class,
              (m, to) -> to.i64(m.fetch()).i32(m.partition()).i32(m.epoch()).i64(m.objectId()),
              in -> new Fetch(in.i64(), in.i32(), in.i32(), in.i64())),
          new Layout<>(
              0x61,
              Copy.class,
              (m, to) ->
                  to.i64(m.fetch())
                      .i32(m.epoch())
                      .i64(m.objectId())
                      .i64(m.stamp())
                      .bytes(m.payload()),
              in -> new Copy(in.i64(), in.i32(), in.i64(), in.i64(), in.bytes())),
          new Layout<>(
              0x68,
              CopyAt.class,
              (m, to) ->
                  LogLayouts.writeKey(
                      m.memory(),
                      to.i64(m.fetch())
                          .i32(m.epoch())
                          .i64(m.objectId())
                          .i64(m.stamp())
                          .bytes(m.payload())
                          .i64(m.address())
                          .i32(m.lengthBytes())),
              in ->
                  new CopyAt(
                      in.i64(),
                      in.i32(),
                      in.i64(),
                      in.i64(),
                      in.bytes(),
                      in.i64(),
                      in.i32(),
                      LogLayouts.readKey(in))),
          new Layout<>(
              0x69,
              ForgetPlaces.class,
              (m, to) -> to.i32(m.partition()).i32(m.epoch()).i64(m.round()).i32(m.sequence()),
              in -> new ForgetPlaces(in.i32(), in.i32(), in.i64(), in.i32())),
          new Layout<>(
              0x62,
              Absent.class,
              (m, to) -> to.i64(m.fetch()).i32(m.epoch()).i64(m.objectId()),
              in -> new Absent(in.i64(), in.i32(), in.i64())),
          new Layout<>(
              0x63,
              Unreadable.class,
              (m, to) -> to.i64(m.fetch()).i32(m.epoch()).i64(m.objectId()).sentence(m.reason()),
              in -> new Unreadable(in.i64(), in.i32(), in.i64(), in.sentence())),
          new Layout<>(
              0x64,
              NotServed.class,
              (m, to) -> to.i64(m.fetch()).i32(m.partition()).i32(m.epoch()),
              in -> new NotServed(in.i64(), in.i32(), in.i32())),
          new Layout<>(
              0x65,
              Invalidate.class,
              (m, to) ->
                  to.i32(m.partition())
                      .i32(m.epoch())
                      .i64(m.round())
                      .longs(m.objectIds(), Bounds.LIST),
              in -> new Invalidate(in.i32(), in.i32(), in.i64(), in.longs(Bounds.LIST))),
          new Layout<>(
              0x66,
              Invalidated.class,
              (m, to) -> to.i32(m.partition()).i32(m.epoch()).i64(m.round()),
              in -> new Invalidated(in.i32(), in.i32(), in.i64())),
          new Layout<>(
              0x67,
              Evicted.class,
              (m, to) ->
                  to.i32(m.partition())
                      .i32(m.epoch())
                      .i64(m.fetch())
                      .longs(m.objectIds(), Bounds.LIST),
              in -> new Evicted(in.i32(), in.i32(), in.i64(), in.longs(Bounds.LIST))));

  private CopyLayouts() {}
}
