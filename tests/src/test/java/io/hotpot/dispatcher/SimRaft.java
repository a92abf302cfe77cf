package io.hotpot.dispatcher;

import io.hotpot.cluster.SimLoop;
import io.hotpot.sim.Simulation;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What Raft promises of a log that outlives its members, with everything else as bad as it may be:
 * leaders that do not know that they are deposed, entries of deposed leaders that survive, members
 * that apply late. Who leads is said from outside.
 *
 * <p>On the simulation's own thread and on the members' loops.
 */
public final class SimRaft {

  private record Entry(Command command, long term) {}

  private final Simulation simulation;
  private final LeaseTimes times;
  private final int size;
  private final List<Member> members = new ArrayList<>();
  private final List<Entry> log = new ArrayList<>();
  private final List<Entry> proposed = new ArrayList<>();
  private ClusterState decided = ClusterState.empty();
  private long term;
  private int leader;
  private boolean isPrompt;
  private long confirmationNs;

  /**
   * @param size how many members there are, if all of them live
   */
  public SimRaft(Simulation simulation, LeaseTimes times, int size) {
    this.simulation = simulation;
    this.times = times;
    this.size = size;
  }

  /** What is decided, whoever knows it. */
  public ClusterState decided() {
    return decided;
  }

  /** The number of the member that leads; 0: none yet. */
  public int leader() {
    return leader;
  }

  /** From now on nothing takes longer now and then, or something does again. */
  public void isPrompt(boolean now) {
    isPrompt = now;
  }

  /** From now on it takes so long at least to ask a majority who leads. */
  public void confirmationsTake(long ns) {
    confirmationNs = ns;
  }

  /** A member, in one life of its node. */
  public Consensus member(SimLoop loop, int number) {
    return new Member(loop, number);
  }

  /** A life of a member is over; if it led, nobody does. */
  public void gone(int number) {
    members.removeIf(member -> member.number == number);
    if (leader == number) {
      leader = 0;
    }
  }

  private boolean isMajorityThere() {
    return 2 * members.size() > size;
  }

  /** Up to a hundredth of a lease, and now and then far longer where several must agree. */
  private long delayNs() {
    return size > 1 && !isPrompt && simulation.oneIn(50)
        ? simulation.between(0, times.leaseNs() / 2)
        : simulation.between(0, times.leaseNs() / 100);
  }

  /**
   * Another member leads from now on; whoever led learns of it some time later. Entries of the term
   * that ends may survive. Older ones cannot: the leader of that term had an entry of its own
   * decided before it did anything.
   */
  public void elect(int number) {
    long ending = term++;
    leader = number;
    for (Entry entry : List.copyOf(proposed)) {
      if (entry.term() == ending && simulation.oneIn(2)) {
        decide(entry);
      }
    }
    proposed.clear();
    long elected = term;
    int entries = log.size();
    for (Member member : members) {
      long delay = member.number == number ? delayNs() : simulation.between(0, times.leaseNs());
      member.later(delay, () -> member.hears(elected, number, entries));
    }
  }

  private void decide(Entry entry) {
    log.add(entry);
    decided = decided.apply(entry.command(), entry.term()).state();
    int entries = log.size();
    members.forEach(member -> member.later(delayNs(), () -> member.apply(entries)));
  }

  private final class Member implements Consensus {
    private final SimLoop loop;
    private final int number;
    private Listener listener;
    private ClusterState state = ClusterState.empty();
    private int applied;
    private long knownTerm;
    private int knownLeader;

    Member(SimLoop loop, int number) {
      this.loop = loop;
      this.number = number;
    }

    void later(long delayNs, Runnable task) {
      simulation.after(delayNs, () -> loop.execute(task));
    }

    @Override
    public void start(Listener by) {
      listener = by;
      members.add(this);
      later(
          delayNs(),
          () -> {
            apply(log.size());
            hears(term, leader, log.size());
          });
    }

    private void hears(long elected, int now, int entries) {
      if (elected <= knownTerm) {
        return;
      }
      boolean led = isLeader();
      knownTerm = elected;
      knownLeader = now;
      if (led && now != number) {
        listener.following(now);
      }
      if (now == number) {
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
      simulation.after(delayNs(), () -> decideIfStillLeads(entry, done));
    }

    private void decideIfStillLeads(Entry entry, Consumer<Result> done) {
      if (!isMajorityThere()) {
        simulation.after(times.leaseNs() / 10, () -> decideIfStillLeads(entry, done));
        return;
      }
      boolean pending = proposed.removeIf(each -> each == entry);
      if (!pending || entry.term() != term) {
        later(delayNs(), () -> done.accept(new Result.Lost("deposed")));
        return;
      }
      Result result = decided.apply(entry.command(), entry.term()).result();
      decide(entry);
      int entries = log.size();
      later(
          delayNs(),
          () -> {
            apply(entries);
            done.accept(result);
          });
    }

    /** A majority is asked at one moment after the call; the answer takes its time. */
    @Override
    public void confirmLeadership(Consumer<Boolean> done) {
      long asked = knownTerm;
      simulation.after(
          confirmationNs + delayNs(),
          () -> {
            boolean leads = asked == term && isMajorityThere();
            later(delayNs(), () -> done.accept(leads));
          });
    }

    @Override
    public void close() {
      members.remove(this);
    }
  }
}
