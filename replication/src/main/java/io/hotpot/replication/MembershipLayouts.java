package io.hotpot.replication;

import io.hotpot.replication.MembershipMessage.AskConfiguration;
import io.hotpot.replication.MembershipMessage.ChangeReplicas;
import io.hotpot.replication.MembershipMessage.EpochSeen;
import io.hotpot.replication.MembershipMessage.Excluded;
import io.hotpot.replication.MembershipMessage.Held;
import io.hotpot.replication.MembershipMessage.Join;
import io.hotpot.replication.MembershipMessage.Joined;
import io.hotpot.replication.MembershipMessage.Leave;
import io.hotpot.replication.MembershipMessage.NewConfiguration;
import io.hotpot.replication.MembershipMessage.NotLeader;
import io.hotpot.replication.MembershipMessage.Refused;
import io.hotpot.replication.MembershipMessage.Renew;
import io.hotpot.replication.MembershipMessage.Renewed;
import io.hotpot.replication.MembershipMessage.Serving;
import io.hotpot.replication.MembershipMessage.Setting;
import java.util.List;

/** Joining, leases, configurations: kinds from 0x01. */
final class MembershipLayouts {

  static final List<Layout<? extends MembershipMessage>> ALL =
      List.of(
          new Layout<>(
              0x01,
              Join.class,
              (m, to) ->
                  to.i32(m.nodeId())
                      .i64(m.clusterId())
                      .address(m.address())
                      .i64(m.capacityBytes())
                      .list(m.settings(), Bounds.LIST, MembershipLayouts::writeSetting)
                      .list(m.held(), Bounds.PARTITIONS, MembershipLayouts::writeHeld),
              in ->
                  new Join(
                      in.i32(),
                      in.i64(),
                      in.address(),
                      in.i64(),
                      in.list(8, Bounds.LIST, MembershipLayouts::readSetting),
                      in.list(22, Bounds.PARTITIONS, MembershipLayouts::readHeld))),
          new Layout<>(
              0x02,
              Joined.class,
              (m, to) -> to.i32(m.nodeId()).i32(m.incarnation()).i64(m.clusterId()),
              in -> new Joined(in.i32(), in.i32(), in.i64())),
          new Layout<>(
              0x03,
              Refused.class,
              (m, to) -> to.i64(m.request()).sentence(m.reason()),
              in -> new Refused(in.i64(), in.sentence())),
          new Layout<>(
              0x04,
              Renew.class,
              (m, to) ->
                  to.i64(m.sentNs())
                      .i64(m.version())
                      .i64(m.freeBytes())
                      .ints(m.unreachable(), Bounds.LIST),
              in -> new Renew(in.i64(), in.i64(), in.i64(), in.ints(Bounds.LIST))),
          new Layout<>(
              0x05, Renewed.class, (m, to) -> to.i64(m.echoNs()), in -> new Renewed(in.i64())),
          new Layout<>(0x0d, Leave.class, (m, to) -> {}, in -> new Leave()),
          new Layout<>(
              0x06,
              Excluded.class,
              (m, to) -> to.sentence(m.reason()),
              in -> new Excluded(in.sentence())),
          new Layout<>(
              0x07, NotLeader.class, (m, to) -> to.i32(m.leader()), in -> new NotLeader(in.i32())),
          new Layout<>(
              0x08,
              NewConfiguration.class,
              (m, to) -> ConfigurationLayout.write(m.configuration(), to),
              in -> new NewConfiguration(ConfigurationLayout.read(in))),
          new Layout<>(
              0x09,
              AskConfiguration.class,
              (m, to) -> to.i64(m.version()),
              in -> new AskConfiguration(in.i64())),
          new Layout<>(
              0x0a,
              ChangeReplicas.class,
              (m, to) ->
                  to.i64(m.request())
                      .i32(m.partition())
                      .i32(m.epoch())
                      .i32(m.revision())
                      .ints(m.inSync(), Bounds.LIST)
                      .ints(m.learners(), Bounds.LIST),
              in ->
                  new ChangeReplicas(
                      in.i64(),
                      in.i32(),
                      in.i32(),
                      in.i32(),
                      in.ints(Bounds.LIST),
                      in.ints(Bounds.LIST))),
          new Layout<>(
              0x0b,
              Serving.class,
              (m, to) -> to.i32(m.partition()).i32(m.epoch()),
              in -> new Serving(in.i32(), in.i32())),
          new Layout<>(
              0x0c,
              EpochSeen.class,
              (m, to) -> to.i32(m.partition()).i32(m.epoch()),
              in -> new EpochSeen(in.i32(), in.i32())));

  private MembershipLayouts() {}

  private static void writeSetting(Setting setting, WireWriter to) {
    to.text(setting.name()).text(setting.value());
  }

  private static Setting readSetting(WireReader in) {
    return new Setting(in.text(), in.text());
  }

  private static void writeHeld(Held held, WireWriter to) {
    to.i32(held.partition())
        .i32(held.promised())
        .i32(held.lastEpoch())
        .i64(held.tail())
        .bool(held.damaged())
        .bool(held.complete());
  }

  private static Held readHeld(WireReader in) {
    return new Held(in.i32(), in.i32(), in.i32(), in.i64(), in.bool(), in.bool());
  }
}
