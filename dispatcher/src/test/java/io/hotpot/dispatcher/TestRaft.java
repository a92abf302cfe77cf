package io.hotpot.dispatcher;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What Raft promises, with everything else as bad as it may be: leaders that do not know that they
 * are deposed, entries of deposed leaders that survive, members that apply late.
 */
final class TestRaft {

  private record Entry(Command command, long term) {}

  private final TestWorld world;
  private final LeaseTimes times;
  private final Consumer<ClusterState> onCommitted;
  final List<Member> members = new ArrayList<>();
  private final List<Entry> log = new ArrayList<>();
  private final List<Entry> proposed = new ArrayList<>();
  private ClusterState committed = ClusterState.empty();
  private long term;
  boolean calm;

  /** So long at least it takes to ask the majority who leads. */
  long confirmationNs;

  /** How often the majority was asked. */
  long confirmations;

  /**
   * @param onCommitted told of the state after each entry, the moment it is decided
   */
  TestRaft(TestWorld world, LeaseTimes times, Consumer<ClusterState> onCommitted) {
    this.world = world;
    this.times = times;
    this.onCommitted = onCommitted;
  }

  Member add(TestWorld.Loop loop) {
    Member member = new Member(loop, members.size() + 1);
    members.add(member);
    return member;
  }

  ClusterState committed() {
    return committed;
  }

  private long delayNs() {
    return !calm && world.random.nextInt(20) == 0
        ? world.between(0, times.leaseNs() / 2)
        : world.between(0, times.leaseNs() / 100);
  }

  /**
   * Another member leads from now on; whoever led learns of it some time later. Entries of the term
   * that ends may survive. Older ones cannot: the leader of that term had an entry of its own
   * committed before it did anything.
   */
  void elect(Member leader) {
    term++;
    for (Entry entry : List.copyOf(proposed)) {
      if (entry.term() == term - 1 && world.random.nextBoolean()) {
        commit(entry);
      }
    }
    proposed.clear();
    long elected = term;
    int entries = log.size();
    for (Member member : members) {
      long delay = member == leader ? delayNs() : world.between(0, times.leaseNs());
      world.at(world.nowNs() + delay, () -> member.hears(elected, leader, entries));
    }
  }

  private void commit(Entry entry) {
    log.add(entry);
    committed = committed.apply(entry.command(), entry.term()).state();
    onCommitted.accept(committed);
    int entries = log.size();
    for (Member member : members) {
      world.at(world.nowNs() + delayNs(), () -> member.loop.execute(() -> member.apply(entries)));
    }
  }

  final class Member implements Consensus {
    private final TestWorld.Loop loop;
    private final int number;
    private Listener listener;
    private ClusterState state = ClusterState.empty();
    private int applied;
    private long knownTerm;
    private int knownLeader;

    private Member(TestWorld.Loop loop, int number) {
      this.loop = loop;
      this.number = number;
    }

    private void hears(long elected, Member leader, int entries) {
      if (elected <= knownTerm) {
        return;
      }
      boolean led = isLeader();
      knownTerm = elected;
      knownLeader = leader.number;
      if (led && leader != this) {
        listener.following(knownLeader);
      }
      if (leader == this) {
        apply(entries);
        listener.leading(elected);
      }
    }

    private void apply(int entries) {
      while (applied < entries) {
        Entry entry = log.get(applied++);
        ClusterState before = state;
        state = before.apply(entry.command(), entry.term()).state();
        listener.applied(before, state);
      }
    }

    @Override
    public void start(Listener listener) {
      this.listener = listener;
    }

    @Override
    public boolean isLeader() {
      return knownLeader == number;
    }

    @Override
    public long term() {
      return knownTerm;
    }

    @Override
    public int leader() {
      return knownLeader;
    }

    @Override
    public ClusterState state() {
      return state;
    }

    @Override
    public void propose(Command command, Consumer<Result> done) {
      Entry entry = new Entry(command, knownTerm);
      proposed.add(entry);
      world.at(world.nowNs() + delayNs(), () -> decide(entry, done));
    }

    private void decide(Entry entry, Consumer<Result> done) {
      boolean pending = proposed.removeIf(each -> each == entry);
      if (!pending || entry.term() != term) {
        world.at(
            world.nowNs() + delayNs(),
            () -> loop.execute(() -> done.accept(new Result.Lost("deposed"))));
        return;
      }
      Result result = committed.apply(entry.command(), entry.term()).result();
      commit(entry);
      int entries = log.size();
      world.at(
          world.nowNs() + delayNs(),
          () ->
              loop.execute(
                  () -> {
                    apply(entries);
                    done.accept(result);
                  }));
    }

    /** A majority is asked at one moment after the call; the answer takes its time. */
    @Override
    public void confirmLeadership(Consumer<Boolean> done) {
      long asked = knownTerm;
      confirmations++;
      world.at(
          world.nowNs() + confirmationNs + delayNs(),
          () -> {
            boolean leads = asked == term;
            world.at(world.nowNs() + delayNs(), () -> loop.execute(() -> done.accept(leads)));
          });
    }

    @Override
    public void close() {}
  }
}
