package io.hotpot.dispatcher;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.replication.Fabric;
import io.hotpot.replication.NodeLoop;
import io.hotpot.store.ClusterSecurity;
import io.hotpot.store.TransactionMode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
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

  private ClusterSecurity security = new ClusterSecurity.Plain(false);

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

  @Test
  void withCertificatesTheMembersAgreeAndNobodyElseGetsIn() throws Exception {
    security = TestCertificate.make(directory);
    startThree();
    Running leader = nextLeader();
    assertThat(leader.propose(dataset("protected"))).isInstanceOf(Result.Accepted.class);

    Fabric.Address address = addresses.getFirst();
    try (Socket plain = new Socket(address.host(), address.port())) {
      plain.getOutputStream().write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII));
      // An alert at most, and the end.
      assertThat(plain.getInputStream().readAllBytes()).hasSizeLessThan(16);
    }
    SSLContext stranger = TestCertificate.stranger(directory);
    try (Socket tls = stranger.getSocketFactory().createSocket(address.host(), address.port())) {
      assertThatThrownBy(
              () -> {
                tls.getOutputStream().write(1);
                tls.getInputStream().readAllBytes();
              })
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void whatASecretDoesNotProtectStaysOnLoopback() {
    List<Fabric.Address> beyond =
        List.of(
            new Fabric.Address("127.0.0.1", 1),
            new Fabric.Address("127.0.0.1", 2),
            new Fabric.Address("192.0.2.1", 3));
    try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
      ThreadLoop loop = new ThreadLoop(thread);
      ClusterSecurity secret = new ClusterSecurity.Secret("a secret that nobody guesses");
      assertThatThrownBy(() -> new RaftMember(loop, TIMES, 1, beyond, directory, secret))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("192.0.2.1:3")
          .hasMessageContaining("certificates");
    }
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
              security,
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
