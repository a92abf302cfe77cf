package io.hotpot.replication;

import io.hotpot.replication.OperatorAnswer.Acted;
import io.hotpot.replication.OperatorAnswer.CheckIs;
import io.hotpot.replication.OperatorAnswer.Checked;
import io.hotpot.replication.OperatorAnswer.Count;
import io.hotpot.replication.OperatorAnswer.CountersAre;
import io.hotpot.replication.OperatorAnswer.DamageFound;
import io.hotpot.replication.OperatorAnswer.Follower;
import io.hotpot.replication.OperatorAnswer.GivenAway;
import io.hotpot.replication.OperatorAnswer.Holding;
import io.hotpot.replication.OperatorAnswer.HoldingsAre;
import io.hotpot.replication.OperatorAnswer.LeasesAre;
import io.hotpot.replication.OperatorAnswer.NotDone;
import io.hotpot.replication.OperatorAnswer.Renewal;
import io.hotpot.replication.OperatorAnswer.SessionWith;
import io.hotpot.replication.OperatorQuestion.AskCheck;
import io.hotpot.replication.OperatorQuestion.AskCounters;
import io.hotpot.replication.OperatorQuestion.AskHoldings;
import io.hotpot.replication.OperatorQuestion.AskLeases;
import io.hotpot.replication.OperatorQuestion.BeginCheck;
import io.hotpot.replication.OperatorQuestion.GiveAway;
import io.hotpot.replication.OperatorQuestion.SetLogLevel;
import io.hotpot.replication.OperatorQuestion.SetPolicy;
import java.util.List;

/** What an operator asks and is told: kinds from 0xd0. */
final class OperatorLayouts {

  static final List<Layout<? extends Message>> ALL =
      List.of(
          new Layout<>(
              0xd0,
              AskCounters.class,
              (m, to) -> to.i64(m.request()).i32(m.node()),
              in -> new AskCounters(in.i64(), in.i32())),
          new Layout<>(
              0xd1,
              AskHoldings.class,
              (m, to) -> to.i64(m.request()).i32(m.node()),
              in -> new AskHoldings(in.i64(), in.i32())),
          new Layout<>(
              0xd2, AskLeases.class, (m, to) -> to.i64(m.request()), in -> new AskLeases(in.i64())),
          new Layout<>(
              0xd3,
              GiveAway.class,
              (m, to) -> to.i64(m.request()).i32(m.node()).i32(m.partition()).i32(m.target()),
              in -> new GiveAway(in.i64(), in.i32(), in.i32(), in.i32())),
          new Layout<>(
              0xd4,
              SetLogLevel.class,
              (m, to) -> to.i64(m.request()).i32(m.node()).text(m.level()),
              in -> new SetLogLevel(in.i64(), in.i32(), in.text())),
          new Layout<>(
              0xd5,
              SetPolicy.class,
              (m, to) -> to.i64(m.request()).i32(m.node()).bool(m.isOn()),
              in -> new SetPolicy(in.i64(), in.i32(), in.bool())),
          new Layout<>(
              0xd6,
              BeginCheck.class,
              (m, to) -> to.i64(m.request()).i32(m.node()),
              in -> new BeginCheck(in.i64(), in.i32())),
          new Layout<>(
              0xd7,
              AskCheck.class,
              (m, to) -> to.i64(m.request()).i32(m.node()),
              in -> new AskCheck(in.i64(), in.i32())),
          new Layout<>(
              0xde, CheckIs.class, OperatorLayouts::writeCheck, OperatorLayouts::readCheck),
          new Layout<>(
              0xd8,
              CountersAre.class,
              (m, to) ->
                  to.i64(m.request())
                      .list(m.counts(), Bounds.LIST, (c, w) -> w.text(c.name()).i64(c.value())),
              in ->
                  new CountersAre(
                      in.i64(), in.list(12, Bounds.LIST, r -> new Count(r.text(), r.i64())))),
          new Layout<>(
              0xd9,
              HoldingsAre.class,
              (m, to) ->
                  to.i64(m.request())
                      .list(m.holdings(), Bounds.PARTITIONS, OperatorLayouts::writeHolding)
                      .list(
                          m.sessions(),
                          Bounds.LIST,
                          (s, w) -> w.i32(s.node()).constant(s.carriage()).sentence(s.reason())),
              in ->
                  new HoldingsAre(
                      in.i64(),
                      in.list(37, Bounds.PARTITIONS, OperatorLayouts::readHolding),
                      in.list(9, Bounds.LIST, OperatorLayouts::readSession))),
          new Layout<>(
              0xda,
              LeasesAre.class,
              (m, to) ->
                  to.i64(m.request())
                      .i64(m.leaseNs())
                      .list(
                          m.renewals(),
                          Bounds.LIST,
                          (r, w) -> w.i32(r.node()).i32(r.incarnation()).i64(r.agoNs())),
              in ->
                  new LeasesAre(
                      in.i64(),
                      in.i64(),
                      in.list(16, Bounds.LIST, r -> new Renewal(r.i32(), r.i32(), r.i64())))),
          new Layout<>(
              0xdb,
              GivenAway.class,
              (m, to) ->
                  to.i64(m.request()).bool(m.hasMoved()).i64(m.pauseNs()).sentence(m.reason()),
              in -> new GivenAway(in.i64(), in.bool(), in.i64(), in.sentence())),
          new Layout<>(
              0xdc,
              Acted.class,
              (m, to) -> to.i64(m.request()).sentence(m.sentence()),
              in -> new Acted(in.i64(), in.sentence())),
          new Layout<>(
              0xdd,
              NotDone.class,
              (m, to) -> to.i64(m.request()).sentence(m.reason()),
              in -> new NotDone(in.i64(), in.sentence())));

  private OperatorLayouts() {}

  private static void writeCheck(CheckIs check, WireWriter to) {
    to.i64(check.request())
        .i64(check.check())
        .bool(check.isOver())
        .sentence(check.failure())
        .i64(check.done())
        .i64(check.total())
        .i64(check.healed())
        .i64(check.lasting())
        .list(
            check.partitions(),
            Bounds.PARTITIONS,
            (c, w) -> w.i32(c.partition()).i64(c.soundBytes()))
        .list(
            check.damages(),
            Bounds.LIST,
            (d, w) ->
                w.i32(d.partition())
                    .i32(d.sequence())
                    .i32(d.offset())
                    .i32(d.lengthBytes())
                    .bool(d.isHealed()));
  }

  private static CheckIs readCheck(WireReader in) {
    return new CheckIs(
        in.i64(),
        in.i64(),
        in.bool(),
        in.sentence(),
        in.i64(),
        in.i64(),
        in.i64(),
        in.i64(),
        in.list(12, Bounds.PARTITIONS, r -> new Checked(r.i32(), r.i64())),
        in.list(
            17, Bounds.LIST, r -> new DamageFound(r.i32(), r.i32(), r.i32(), r.i32(), r.bool())));
  }

  private static SessionWith readSession(WireReader in) {
    return new SessionWith(in.i32(), in.constant(Fabric.Carriage.values()), in.sentence());
  }

  private static void writeHolding(Holding holding, WireWriter to) {
    to.i32(holding.partition())
        .i32(holding.epoch())
        .constant(holding.role())
        .i64(holding.tail())
        .i64(holding.settledTo())
        .i64(holding.takeoverNs())
        .list(
            holding.followers(),
            Bounds.LIST,
            (f, w) -> w.i32(f.node()).bool(f.inStep()).i64(f.lagBytes()));
  }

  private static Holding readHolding(WireReader in) {
    return new Holding(
        in.i32(),
        in.i32(),
        in.constant(PartitionRole.values()),
        in.i64(),
        in.i64(),
        in.i64(),
        in.list(13, Bounds.LIST, r -> new Follower(r.i32(), r.bool(), r.i64())));
  }
}
