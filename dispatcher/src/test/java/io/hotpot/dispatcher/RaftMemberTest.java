package io.hotpot.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.replication.Fabric;
import io.hotpot.replication.NodeLoop;
import io.hotpot.store.TransactionMode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three members in one process, on the loopback address, with Ratis' real threads and files. */
class RaftMemberTest {

  /** Long, so that a busy machine does not change leaders by itself. */
  private static final LeaseTimes TIMES = new LeaseTimes(6_000_000_000L);

  private static final long LIMIT_S = 60;

  @TempDir Path directory;

  private final List<Fabric.Address> addresses = new ArrayList<>();
  private final List<Running> members = new ArrayList<>();

  /** Who leads, as the members tell. */
  private final LinkedBlockingQueue<Running> leaders = new LinkedBlockingQueue<>();

  @AfterEach
  void closeAll() throws Exception {
    for (Running member : List.copyOf(members)) {
      member.close();
    }
  }

  @Test
  void aChangeOfTheLeaderLosesNothing() throws Exception {
    startThree();
    Running first = nextLeader();
    for (int i = 0; i < 20; i++) {
      assertThat(first.propose(dataset("before " + i))).isInstanceOf(Result.Accepted.class);
    }
    long firstTerm = first.term();
    first.close();
    Running second = nextLeader();

    assertThat(second.term()).isGreaterThan(firstTerm);
    assertThat(second.propose(dataset("after"))).isInstanceOf(Result.Accepted.class);
    assertThat(second.state().configuration().datasets()).hasSize(21);
    assertThat(second.propose(dataset("before 7"))).isInstanceOf(Result.Refused.class);
  }

  @Test
  void aDeposedLeaderCannotConfirm() throws Exception {
    startThree();
    Running first = nextLeader();
    assertThat(first.confirm()).isTrue();
    int other = first.number % 3 + 1;
    first.handOver(other);
    Running second = nextLeader();

    assertThat(second).isNotSameAs(first);
    assertThat(second.confirm()).isTrue();
    assertThat(first.confirm()).isFalse();
  }

  @Test
  void aLeaderWithoutAMajorityCannotConfirm() throws Exception {
    startThree();
    Running leader = nextLeader();
    assertThat(leader.confirm()).isTrue();
    for (Running member : List.copyOf(members)) {
      if (member != leader) {
        member.close();
      }
    }

    assertThat(leader.confirm()).isFalse();
  }

  @Test
  void aMemberRecoversFromItsSnapshotAndWhatFollowed() throws Exception {
    addresses.add(freeAddress());
    Running member = start(1);
    nextLeader();
    for (int i = 0; i < 50; i++) {
      member.propose(dataset("dataset " + i));
    }
    ClusterState before = member.state();
    long term = member.term();
    member.close();
    Running again = start(1);
    nextLeader();

    assertThat(again.state()).isEqualTo(before);
    assertThat(again.term()).isGreaterThan(term);
    assertThat(directory.resolve("1").toFile())
        .isDirectoryRecursivelyContaining("glob:**/sm/snapshot.*");
  }

  private static Command dataset(String name) {
    return new Command.CreateDataset(name, TransactionMode.MRMW, 1, 1);
  }

  private void startThree() throws IOException {
    for (int i = 0; i < 3; i++) {
      addresses.add(freeAddress());
    }
    for (int i = 1; i <= 3; i++) {
      start(i);
    }
  }

  private static Fabric.Address freeAddress() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return new Fabric.Address("127.0.0.1", socket.getLocalPort());
    }
  }

  private Running start(int number) {
    Running member = new Running(number);
    members.add(member);
    return member;
  }

  private Running nextLeader() throws InterruptedException {
    Running leader = leaders.poll(LIMIT_S, TimeUnit.SECONDS);
    assertThat(leader).as("a leader within %d s", LIMIT_S).isNotNull();
    return leader;
  }

  /** A member with its loop. */
  private final class Running implements Consensus.Listener {
    private final int number;
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final RaftMember member;

    Running(int number) {
      this.number = number;
      member =
          new RaftMember(
              new ThreadLoop(thread),
              TIMES,
              number,
              addresses,
              directory.resolve(Integer.toString(number)),
              10);
      thread.execute(() -> member.start(this));
    }

    @Override
    public void applied(ClusterState before, ClusterState after) {
      after.checkInvariants();
    }

    @Override
    public void leading(long term) {
      leaders.add(this);
    }

    @Override
    public void following(int leader) {}

    Result propose(Command command) throws Exception {
      CompletableFuture<Result> done = new CompletableFuture<>();
      thread.execute(() -> member.propose(command, done::complete));
      return done.get(LIMIT_S, TimeUnit.SECONDS);
    }

    boolean confirm() throws Exception {
      CompletableFuture<Boolean> done = new CompletableFuture<>();
      thread.execute(() -> member.confirmLeadership(done::complete));
      return done.get(LIMIT_S, TimeUnit.SECONDS);
    }

    void handOver(int to) {
      member.handOver(to);
    }

    ClusterState state() throws Exception {
      return thread.submit(member::state).get(LIMIT_S, TimeUnit.SECONDS);
    }

    long term() throws Exception {
      return thread.submit(member::term).get(LIMIT_S, TimeUnit.SECONDS);
    }

    void close() throws InterruptedException, TimeoutException {
      members.remove(this);
      thread.execute(member::close);
      thread.shutdown();
      if (!thread.awaitTermination(LIMIT_S, TimeUnit.SECONDS)) {
        throw new TimeoutException("member " + number + " does not close");
      }
    }
  }

  /** Runs tasks on one thread; a {@link RaftMember} sets no timers. */
  private record ThreadLoop(ExecutorService thread) implements NodeLoop {
    @Override
    public void execute(Runnable task) {
      if (!thread.isShutdown()) {
        thread.execute(task);
      }
    }

    @Override
    public Timer after(long delayNs, Runnable task) {
      throw new AssertionError("a Raft member sets a timer");
    }

    @Override
    public long bootNs() {
      throw new AssertionError("a Raft member reads the clock");
    }

    @Override
    public long wallMs() {
      throw new AssertionError("a Raft member reads the clock");
    }

    @Override
    public boolean isCurrent() {
      return false;
    }
  }
}
