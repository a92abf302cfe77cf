package io.hotpot.dispatcher;

import io.hotpot.replication.Configuration;
import io.hotpot.replication.Fabric;
import io.hotpot.replication.HeldCopies;
import io.hotpot.replication.MediumThreads;
import io.hotpot.replication.MigrationPolicy;
import io.hotpot.replication.NodeLog;
import io.hotpot.replication.NodeLoop;
import io.hotpot.replication.NodeProtocol;
import io.hotpot.replication.NodeSettings;
import io.hotpot.replication.OperatorAnswer;
import io.hotpot.replication.OperatorControls;
import io.hotpot.replication.Peer;
import io.hotpot.replication.SharerSide;
import io.hotpot.store.ClusterMember;
import io.hotpot.store.MembershipListener;
import io.hotpot.store.NotAMember;
import io.hotpot.store.spi.ClusterProvider;
import io.hotpot.store.spi.Elsewhere;
import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.HeldParts;
import io.hotpot.store.spi.Names;
import io.hotpot.store.spi.Repair;
import io.hotpot.store.spi.Threads;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A node of a cluster: wires its store, its fabric, the protocol and the commit dispatcher, and
 * does nothing else.
 *
 * <p>Thread-safety: {@link #start} once; all else from any thread but the loop's.
 */
public final class ClusterNode implements ClusterProvider.Joined {

  private final NodeProtocol protocol;
  private final SharerSide copies;
  private final CommitDispatcher commits;
  private final ClusterElsewhere elsewhere;
  private final ClusterNames names;
  private final ClusterRepair repair;
  private final MembershipNews news;
  private final NodeCheck check;
  private final NodeLoop loop;
  private final Threads threads;
  private final HeldParts parts;
  private final MigrationPolicy policy;

  /**
   * @param cacheBytes of all copies of other nodes' objects together
   * @param events is told in a sentence each of what an operator should know
   */
  public ClusterNode(
      NodeSettings settings,
      NodeLoop loop,
      Fabric fabric,
      HeldParts parts,
      Threads threads,
      long cacheBytes,
      MediumThreads medium,
      Consumer<String> events) {
    this.loop = loop;
    this.threads = threads;
    this.parts = parts;
    protocol = new NodeProtocol(settings, loop, fabric, parts, new Copies(), medium, events);
    copies = new SharerSide(protocol, cacheBytes, fabric.remoteMemory(), parts::payloadOf);
    commits = new CommitDispatcher(protocol, copies);
    elsewhere = new ClusterElsewhere(protocol, copies, commits, threads);
    names = new ClusterNames(protocol, threads);
    repair = new ClusterRepair(protocol, threads);
    news = new MembershipNews(protocol, threads, events);
    check = new NodeCheck(parts, threads);
    policy = new MigrationPolicy(protocol, settings.leaseNs(), protocol::migrate);
    commits.tellOfCommits(policy::committed);
    protocol.addHandler(copies);
    protocol.addHandler(commits);
    protocol.addControls(new Controls(level -> "this node's log has no level"));
  }

  /**
   * Takes what is told besides events, before the start.
   *
   * @param setLevel changes how much that is; null, or why it cannot be
   */
  void tellTo(NodeLog log, Function<String, @Nullable String> setLevel) {
    protocol.tellTo(log);
    protocol.addControls(new Controls(setLevel));
  }

  /** Its copies of what others own. */
  SharerSide copies() {
    return copies;
  }

  /** Lets it give partitions to who uses them most, or not. */
  public void migratesToUsers(boolean isOn) {
    loop.execute(() -> policy.set(isOn));
  }

  /** What an operator may change. */
  private final class Controls implements OperatorControls {
    private final Function<String, @Nullable String> setLevel;

    Controls(Function<String, @Nullable String> setLevel) {
      this.setLevel = setLevel;
    }

    @Override
    public @Nullable String logLevel(String level) {
      return setLevel.apply(level);
    }

    @Override
    public @Nullable String migrationByPolicy(boolean isOn) {
      policy.set(isOn);
      return null;
    }

    @Override
    public OperatorAnswer beginCheck(long request) {
      return check.begin(request);
    }

    @Override
    public OperatorAnswer check(long request) {
      return check.answer(request);
    }
  }

  /** What membership says must be dropped. */
  private final class Copies implements HeldCopies {

    @Override
    public void dropPartition(int partition, int epoch) {
      copies.dropPartition(partition, epoch);
    }

    @Override
    public void dropOwner(int nodeId) {
      copies.dropOwner(nodeId);
    }

    @Override
    public void dropAll() {
      copies.dropAll(new NotAMember("this node is no member of the cluster at the moment"));
    }

    @Override
    public void readable(int partition, int epoch, HeldLog log) {
      copies.readable(partition, epoch, log);
    }

    @Override
    public void unreadable(int partition) {
      copies.unreadable(partition);
    }

    @Override
    public void changed(long objectId) {
      copies.changed(objectId);
    }
  }

  /** Begins to join. */
  public void start() {
    loop.execute(
        () -> {
          protocol.start();
          commits.begin();
        });
  }

  /** Whether the node is a member and holds its lease, as far as it knows. */
  public boolean isMember() {
    return !self().equals(Peer.STRANGER) && loop.bootNs() < protocol.leaseEndNs();
  }

  public Peer self() {
    return protocol.self();
  }

  /** What this node knows of the cluster. */
  public Configuration configuration() {
    return protocol.configuration();
  }

  @Override
  public Elsewhere elsewhere() {
    return elsewhere;
  }

  @Override
  public Names names() {
    return names;
  }

  @Override
  public Repair repair() {
    return repair;
  }

  @Override
  public Optional<ClusterMember> member() {
    return MembershipView.of(protocol).self();
  }

  @Override
  public void addListener(MembershipListener listener) {
    news.add(listener);
  }

  @Override
  public boolean removeListener(MembershipListener listener) {
    return news.remove(listener);
  }

  @Override
  public Map<String, Long> counters() {
    return protocol.clusterCounters();
  }

  NodeProtocol protocol() {
    return protocol;
  }

  HeldParts parts() {
    return parts;
  }

  /** Leaves: what this node owns is given to others at once, not only when its lease is over. */
  @Override
  public void close() {
    elsewhere.close();
    names.close();
    repair.close();
    news.close();
    check.close();
    OnLoop.run(
        threads,
        loop,
        () -> {
          commits.stop();
          protocol.close();
        });
  }
}
