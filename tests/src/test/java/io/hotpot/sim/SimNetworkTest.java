package io.hotpot.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is sent in a session arrives as the fabric promises it, whatever goes wrong. */
@Timeout(120)
class SimNetworkTest {

  private static final long SEED = Long.getLong("hotpot.seed", System.nanoTime());
  private static final int SEEDS = Integer.getInteger("hotpot.sim.seeds", 100);
  private static final List<String> NAMES = List.of("a", "b", "c");

  /** A run of three nodes with every kind of fault, and then without. */
  private static final class Run {
    final Simulation simulation;
    final SimNetwork network;
    final List<SimNode> nodes = new ArrayList<>();
    final List<SessionLog> logs = new ArrayList<>();
    final Map<String, SessionLog> living = new TreeMap<>();
    final SimNode world;
    long ended;
    boolean heardOfAll;

    Run(long seed) {
      simulation = new Simulation(seed, 1_000_000);
      network = new SimNetwork(simulation);
      world = simulation.node("world");
      world.start("faults", this::faults);
      simulation.run();
    }

    private SimNode join(SimNode node) {
      SessionLog log = new SessionLog(simulation, network, node);
      logs.add(log);
      living.put(node.name(), log);
      network.join(node, log);
      return node;
    }

    private void pass(long maxNs) {
      world.seams().threads().park(this, simulation.between(1, maxNs));
    }

    private void faults() {
      NAMES.forEach(name -> nodes.add(join(simulation.node(name))));
      pass(10_000_000);
      network.loseLinkOneIn(200);
      for (int i = 0; i < 8; i++) {
        fault();
      }
      network.loseLinkOneIn(0);
      ended = logs.stream().mapToLong(log -> log.ended).sum();
      living.values().forEach(log -> log.heardOf.clear());
      // Not by the clock: if sessions do not come again, the limit of steps is what ends this.
      while (!living.values().stream().allMatch(log -> log.heardOf.size() == NAMES.size() - 1)) {
        pass(1_000_000);
      }
      heardOfAll = true;
    }

    private void fault() {
      int victim = (int) simulation.between(0, NAMES.size());
      String from = NAMES.get(victim);
      String to = NAMES.get((victim + 1 + (int) simulation.between(0, 2)) % NAMES.size());
      switch ((int) simulation.between(0, 4)) {
        case 0 -> {
          network.cut(from, to);
          pass(15_000_000);
          network.heal(from, to);
        }
        case 1 -> {
          network.cut(from, to);
          network.cut(to, from);
          pass(15_000_000);
          network.heal(from, to);
          network.heal(to, from);
        }
        case 2 -> {
          nodes.get(victim).pause();
          pass(10_000_000);
          nodes.get(victim).resume();
        }
        default -> {
          nodes.get(victim).kill();
          pass(5_000_000);
          nodes.set(victim, join(nodes.get(victim).restart()));
        }
      }
      pass(5_000_000);
    }

    long received() {
      return logs.stream().mapToLong(log -> log.received).sum();
    }
  }

  @Test
  void sessionsKeepTheirRulesUnderFaults() {
    long ended = 0;
    for (long seed = SEED; seed < SEED + SEEDS; seed++) {
      Run run = new Run(seed);
      assertThat(run.heardOfAll).isTrue();
      assertThat(run.received()).as("frames received, seed %d", seed).isGreaterThan(50);
      ended += run.ended;
    }
    assertThat(ended).as("sessions that were lost").isGreaterThan(SEEDS);
  }

  @Test
  void aSeedRepeatsARun() {
    for (long seed = SEED; seed < SEED + 20; seed++) {
      assertThat(new Run(seed).simulation.trace())
          .as("seed %d", seed)
          .isEqualTo(new Run(seed).simulation.trace())
          .isNotEqualTo(new Run(seed + 1).simulation.trace());
    }
  }

  @Test
  void whatOvertakesWithinALaneIsFound() {
    Simulation simulation = new Simulation(SEED, 1_000);
    SimNetwork network = new SimNetwork(simulation);
    SimNode a = simulation.node("a");
    SimNode b = simulation.node("b");
    SessionLog log = new SessionLog(simulation, network, a);
    log.sessionBegan(b, 7);
    byte[] second = java.nio.ByteBuffer.allocate(20).putLong(7).putInt(0).putLong(1).array();
    assertThatThrownBy(() -> log.received(b, second)).hasMessageContaining("not frame 0");
    log.sessionEnded(b);
    assertThatThrownBy(() -> log.received(b, second)).hasMessageContaining("without a session");
    assertThatThrownBy(() -> log.sessionEnded(b)).hasMessageContaining("not begun");
    assertThatThrownBy(() -> log.sessionBegan(b, 7)).hasMessageContaining("old number");
    assertThat(Set.of(log.ended)).containsExactly(1L);
  }
}
