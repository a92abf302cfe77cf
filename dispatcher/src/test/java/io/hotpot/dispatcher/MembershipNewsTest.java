package io.hotpot.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.replication.Peer;
import io.hotpot.store.ClusterMember;
import io.hotpot.store.MembershipEvent;
import io.hotpot.store.MembershipEvent.Joined;
import io.hotpot.store.MembershipEvent.LeaseHeld;
import io.hotpot.store.MembershipEvent.LeaseLost;
import io.hotpot.store.MembershipEvent.Left;
import io.hotpot.store.MembershipEvent.OwnerChanged;
import io.hotpot.store.MembershipEvent.Skipped;
import io.hotpot.store.MembershipListener;
import io.hotpot.store.MisuseException;
import io.hotpot.store.spi.Threads;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Node 4 tells of what it hears: its loop is the test's thread, the listeners' threads are real.
 */
@Timeout(60)
class MembershipNewsTest {

  /** Threads of the Java runtime. */
  private static final class RealThreads implements Threads {
    @Override
    public Thread start(String name, Runnable task) {
      return Thread.ofPlatform().daemon().name(name).start(task);
    }

    @Override
    public void park(Object blocker) {
      LockSupport.park(blocker);
    }

    @Override
    public void park(Object blocker, long ns) {
      LockSupport.parkNanos(blocker, ns);
    }

    @Override
    public void unpark(Thread thread) {
      LockSupport.unpark(thread);
    }

    @Override
    public void pause(int round) {
      Thread.yield();
    }

    @Override
    public void forAll(List<? extends Runnable> tasks) {
      tasks.forEach(Runnable::run);
    }
  }

  private final World world = new World(1, Bug.NONE, 4, 2, 2);
  private final Bank bank = new Bank(world, 2, 1);
  private final SimNode node = world.nodes.get(4);
  private final List<String> sentences = Collections.synchronizedList(new ArrayList<>());
  private final MembershipNews news = new MembershipNews(node, new RealThreads(), sentences::add);
  private final BlockingQueue<MembershipEvent> told = new LinkedBlockingQueue<>();

  @AfterEach
  void close() {
    assertThat(bank.unknown).isZero();
    news.close();
  }

  private static ClusterMember member(int id, int incarnation) {
    return new ClusterMember(id, incarnation, "node" + id + ":1");
  }

  private void pass() {
    world.runUntil(world.nowNs + 200_000_000);
  }

  private List<MembershipEvent> next(int count) throws InterruptedException {
    List<MembershipEvent> events = new ArrayList<>();
    while (events.size() < count) {
      events.add(told.take());
    }
    return events;
  }

  private static final MembershipEvent[] AT_FIRST = {
    new Joined(member(1, 1)),
    new Joined(member(2, 1)),
    new Joined(member(3, 1)),
    new Joined(member(4, 1)),
    new LeaseHeld(member(4, 1)),
    new OwnerChanged(1, "accounts", 1, 1),
    new OwnerChanged(2, "accounts", 1, 2)
  };

  @Test
  void firstItTellsWhatIsAndThenWhatChanges() throws InterruptedException {
    news.add(told::add);
    pass();
    assertThat(next(7)).containsExactly(AT_FIRST);

    world.migrate(2, 3);
    pass();
    assertThat(next(1)).containsExactly(new OwnerChanged(2, "accounts", 2, 3));
    world.crash(3);
    world.runUntil(world.nowNs + 5_000_000_000L);
    List<MembershipEvent> afterCrash = next(3);
    assertThat(afterCrash.getFirst()).isEqualTo(new Left(member(3, 1)));
    assertThat(afterCrash.get(1))
        .isInstanceOfSatisfying(
            OwnerChanged.class,
            changed -> {
              assertThat(changed.partition()).isEqualTo(2);
              assertThat(changed.epoch()).isEqualTo(3);
              assertThat(changed.nodeId()).isNotEqualTo(3);
            });
    assertThat(afterCrash.getLast()).isEqualTo(new Joined(member(3, 2)));

    Peer before = node.self;
    node.self = Peer.STRANGER;
    node.changed();
    node.self = before;
    node.changed();
    assertThat(next(2)).containsExactly(new LeaseLost(member(4, 1)), new LeaseHeld(member(4, 1)));
    assertThat(told).isEmpty();
    assertThat(sentences).isEmpty();
  }

  @Test
  void aListenerThatThrowsOrInterruptsItselfGoesOn() throws InterruptedException {
    MembershipListener throwing =
        event -> {
          told.add(event);
          Thread.currentThread().interrupt();
          throw new IllegalStateException("not today");
        };
    news.add(throwing);
    pass();

    assertThat(next(7)).containsExactly(AT_FIRST);
    assertThat(news.remove(throwing)).isTrue();
    assertThat(news.remove(throwing)).isFalse();
    assertThat(sentences).hasSizeGreaterThanOrEqualTo(6);
    assertThat(sentences.getFirst()).contains("not today", "Joined");
  }

  @Test
  void aListenerThatBlocksDisturbsNobodyAndIsToldTheSum() throws InterruptedException {
    CountDownLatch isIn = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    BlockingQueue<MembershipEvent> slow = new LinkedBlockingQueue<>();
    MembershipListener blocking =
        event -> {
          slow.add(event);
          isIn.countDown();
          try {
            goOn.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        };
    news.add(blocking);
    news.add(told::add);
    pass();
    isIn.await();
    int changes = MembershipNews.MOST_WAITING + 11;
    next(7);
    for (int i = 0; i < changes; i++) {
      world.migrate(1, 2 + i % 2);
      pass();
      assertThat(next(1)).containsExactly(new OwnerChanged(1, "accounts", i + 2, 2 + i % 2));
    }

    goOn.countDown();
    List<MembershipEvent> seen = new ArrayList<>();
    while (seen.size() < 7 + 1 + MembershipNews.MOST_WAITING) {
      seen.add(slow.take());
    }
    assertThat(seen.subList(0, 7)).containsExactly(AT_FIRST);
    assertThat(seen.get(7)).isEqualTo(new Skipped(11));
    assertThat(seen.get(8)).isEqualTo(new OwnerChanged(1, "accounts", 13, 3));
    assertThat(seen.getLast())
        .isEqualTo(new OwnerChanged(1, "accounts", changes + 1, 2 + (changes - 1) % 2));
  }

  @Test
  void afterItsEndNobodyIsToldAnything() throws InterruptedException {
    news.add(told::add);
    pass();
    next(7);
    news.close();
    world.migrate(1, 3);
    pass();
    assertThat(told).isEmpty();

    for (int i = 0; i < MembershipNews.MOST_LISTENERS; i++) {
      news.add(event -> {});
    }
    assertThatThrownBy(() -> news.add(event -> {})).isInstanceOf(MisuseException.class);
  }
}
