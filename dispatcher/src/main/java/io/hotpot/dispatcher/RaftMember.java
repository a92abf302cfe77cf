package io.hotpot.dispatcher;

import io.hotpot.replication.Fabric;
import io.hotpot.replication.FabricOptions;
import io.hotpot.replication.NodeLoop;
import io.hotpot.store.ClusterSecurity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.rpc.SupportedRpcType;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.TimeDuration;
import org.jspecify.annotations.Nullable;

/**
 * One of one or three members that keep the log by Raft (Apache Ratis). Members speak with one
 * another over gRPC, at addresses of their own beside the fabric's, with mutual TLS if there are
 * certificates.
 *
 * <p>Confined to its loop; what Ratis tells on its threads is handed to the loop, in order.
 */
public final class RaftMember implements Consensus {

  /** All dispatchers of one installation; members of another one have other addresses. */
  private static final RaftGroupId GROUP =
      RaftGroupId.valueOf(
          UUID.nameUUIDFromBytes("hotpot dispatcher".getBytes(StandardCharsets.UTF_8)));

  private static final int ENTRIES_BETWEEN_SNAPSHOTS = 16_384;
  private static final int SNAPSHOTS_KEPT = 2;

  /** gRPC's own log, which would go to the console; held, since loggers are held weakly. */
  private static final Logger GRPC_LOG = Logger.getLogger("org.apache.ratis.thirdparty");

  static {
    GRPC_LOG.setLevel(Level.OFF);
  }

  private final NodeLoop loop;
  private final int number;
  private final RaftServer server;
  private final RaftLogMachine machine;
  private final ClientId client = ClientId.randomId();
  private final AtomicLong calls = new AtomicLong();
  private @Nullable Listener listener;
  private ClusterState state = ClusterState.empty();
  private long ledTerm;

  /**
   * @param number of this member, from 1
   * @param members where all of them listen for one another, by number
   * @param directory of this member alone
   * @param security certificates for mutual TLS among the members. A secret does not protect them:
   *     then, and without any proof unless it is allowed by name, they must all be on loopback
   * @throws IllegalArgumentException if others than the members could take part, or the number and
   *     the members do not fit
   */
  public RaftMember(
      NodeLoop loop,
      LeaseTimes times,
      int number,
      List<Fabric.Address> members,
      Path directory,
      ClusterSecurity security) {
    this(loop, times, number, members, directory, security, ENTRIES_BETWEEN_SNAPSHOTS);
  }

  RaftMember(
      NodeLoop loop,
      LeaseTimes times,
      int number,
      List<Fabric.Address> members,
      Path directory,
      ClusterSecurity security,
      int entriesBetweenSnapshots) {
    if (number < 1 || number > members.size() || (members.size() != 1 && members.size() != 3)) {
      throw new IllegalArgumentException(
          "member " + number + " of " + members + "; a dispatcher has one or three members");
    }
    this.loop = loop;
    this.number = number;
    this.machine = new RaftLogMachine(new Watcher());
    try {
      server =
          RaftServer.newBuilder()
              .setServerId(id(number))
              .setGroup(RaftGroup.valueOf(GROUP, peers(members)))
              .setStateMachine(machine)
              .setOption(RaftStorage.StartupOption.RECOVER)
              .setParameters(parameters(security, members))
              .setProperties(
                  properties(times, members.get(number - 1), directory, entriesBetweenSnapshots))
              .build();
    } catch (IOException e) {
      throw new UncheckedIOException("the dispatcher's log in " + directory + " cannot be used", e);
    }
  }

  private static Parameters parameters(ClusterSecurity security, List<Fabric.Address> members) {
    Parameters parameters = new Parameters();
    if (security instanceof ClusterSecurity.Tls(Path certificate, Path key, Path trusted)) {
      parameters.put(
          GrpcConfigKeys.TLS.CONF_PARAMETER,
          new GrpcTlsConfig(key.toFile(), certificate.toFile(), trusted.toFile(), true),
          GrpcConfigKeys.TLS.CONF_CLASS);
    } else if (!(security instanceof ClusterSecurity.Plain(boolean beyondLoopback)
        && beyondLoopback)) {
      for (Fabric.Address member : members) {
        if (!FabricOptions.isLoopback(member.host())) {
          throw new IllegalArgumentException(
              "anyone who reaches "
                  + member
                  + " could decide for the dispatcher: a secret does not protect what its members"
                  + " say to one another; give them certificates");
        }
      }
    }
    return parameters;
  }

  private static RaftPeerId id(int number) {
    return RaftPeerId.valueOf(Integer.toString(number));
  }

  private static List<RaftPeer> peers(List<Fabric.Address> members) {
    List<RaftPeer> peers = new ArrayList<>();
    for (Fabric.Address address : members) {
      peers.add(
          RaftPeer.newBuilder().setId(id(peers.size() + 1)).setAddress(address.toString()).build());
    }
    return peers;
  }

  private static RaftProperties properties(
      LeaseTimes times, Fabric.Address own, Path directory, int entriesBetweenSnapshots) {
    RaftProperties properties = new RaftProperties();
    properties.set("raft.server.rpc.type", SupportedRpcType.GRPC.name());
    GrpcConfigKeys.Server.setPort(properties, own.port());
    RaftServerConfigKeys.setStorageDir(properties, List.of(directory.toFile()));
    // A new leader must be there within 3L/4, or nodes lose their leases (5, crashes).
    RaftServerConfigKeys.Rpc.setTimeoutMin(properties, share(times, 6));
    RaftServerConfigKeys.Rpc.setTimeoutMax(properties, share(times, 3));
    RaftServerConfigKeys.Rpc.setRequestTimeout(properties, share(times, 4));
    RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(properties, true);
    RaftServerConfigKeys.Snapshot.setAutoTriggerThreshold(properties, entriesBetweenSnapshots);
    RaftServerConfigKeys.Snapshot.setCreationGap(properties, 1);
    RaftServerConfigKeys.Snapshot.setRetentionFileNum(properties, SNAPSHOTS_KEPT);
    RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(properties, true);
    return properties;
  }

  private static TimeDuration share(LeaseTimes times, int of) {
    return TimeDuration.valueOf(times.leaseNs() / of / 1_000_000, TimeUnit.MILLISECONDS);
  }

  /** On Ratis' threads. */
  private final class Watcher implements RaftLogMachine.Watcher {
    @Override
    public void applied(ClusterState before, ClusterState after) {
      loop.execute(() -> RaftMember.this.applied(before, after));
    }

    @Override
    public void ready() {
      loop.execute(RaftMember.this::lookWhoLeads);
    }

    @Override
    public void leaderChanged() {
      loop.execute(RaftMember.this::lookWhoLeads);
    }
  }

  private void applied(ClusterState before, ClusterState after) {
    state = after;
    if (listener != null) {
      listener.applied(before, after);
    }
  }

  /** Compares what was told last with how things are: the calls of Ratis are only hints. */
  private void lookWhoLeads() {
    if (listener == null) {
      return;
    }
    DivisionInfo info = info();
    long term = info.getCurrentTerm();
    if (info.isLeader() && info.isLeaderReady()) {
      if (term != ledTerm) {
        ledTerm = term;
        listener.leading(term);
      }
    } else if (ledTerm != 0) {
      ledTerm = 0;
      listener.following(leader());
    }
  }

  private DivisionInfo info() {
    try {
      return server.getDivision(GROUP).getInfo();
    } catch (IOException e) {
      throw new UncheckedIOException("the dispatcher's member " + number + " is not there", e);
    }
  }

  @Override
  public void start(Listener listener) {
    this.listener = listener;
    try {
      server.start();
    } catch (IOException e) {
      throw new UncheckedIOException("the dispatcher's member " + number + " does not start", e);
    }
  }

  /** Only of the term in which {@link Listener#leading} was called. */
  @Override
  public boolean isLeader() {
    return ledTerm != 0 && info().isLeader() && info().getCurrentTerm() == ledTerm;
  }

  @Override
  public long term() {
    return ledTerm != 0 ? ledTerm : info().getCurrentTerm();
  }

  @Override
  public int leader() {
    RaftPeerId leader = info().getLeaderId();
    return leader == null ? 0 : Integer.parseInt(leader.toString());
  }

  @Override
  public ClusterState state() {
    return state;
  }

  @Override
  public void propose(Command command, Consumer<Result> done) {
    ByteString bytes = UnsafeByteOperations.unsafeWrap(CommandFormat.write(command));
    ask(
        Message.valueOf(bytes),
        (reply, error) -> loop.execute(() -> done.accept(result(reply, error))));
  }

  private static Result result(@Nullable RaftClientReply reply, @Nullable Throwable error) {
    if (reply != null
        && reply.isSuccess()
        && reply.getMessage() instanceof RaftLogMachine.ResultMessage(Result result)) {
      return result;
    }
    Throwable cause = error != null || reply == null ? error : reply.getException();
    return new Result.Lost("no decision: " + cause);
  }

  /**
   * Has an entry without content decided: a majority has taken it, in the term in which this member
   * wrote it, after this call. Ratis' linearizable reads would be cheaper, and are not enough: they
   * are answered without asking anybody while nothing new was decided since the last one.
   */
  @Override
  public void confirmLeadership(Consumer<Boolean> done) {
    long term = ledTerm;
    if (!isLeader()) {
      loop.execute(() -> done.accept(false));
      return;
    }
    ask(
        Message.EMPTY,
        (reply, error) -> {
          boolean confirmed =
              reply != null
                  && reply.isSuccess()
                  && reply.getMessage() instanceof RaftLogMachine.LedMessage(long written)
                  && written == term;
          loop.execute(() -> done.accept(confirmed && isLeader() && ledTerm == term));
        });
  }

  /** Asks this member itself; what comes of it is told on a thread of Ratis. */
  private void ask(
      Message message, BiConsumer<@Nullable RaftClientReply, @Nullable Throwable> then) {
    RaftClientRequest request =
        RaftClientRequest.newBuilder()
            .setClientId(client)
            .setServerId(id(number))
            .setGroupId(GROUP)
            .setCallId(calls.incrementAndGet())
            .setMessage(message)
            .setType(RaftClientRequest.writeRequestType())
            .build();
    try {
      var _ = server.submitClientRequestAsync(request).whenComplete(then);
    } catch (IOException e) {
      then.accept(null, e);
    }
  }

  /** Hands leadership over; for an orderly end, and for tests. */
  CompletableFuture<RaftClientReply> handOver(int to) {
    try {
      return server.transferLeadershipAsync(
          new TransferLeadershipRequest(
              client, id(number), GROUP, calls.incrementAndGet(), id(to), 10_000));
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Waits for Ratis' threads to end. */
  @Override
  public void close() {
    listener = null;
    ledTerm = 0;
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException("the dispatcher's member " + number + " does not close", e);
    }
  }
}
