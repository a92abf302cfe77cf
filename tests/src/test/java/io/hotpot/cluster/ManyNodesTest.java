package io.hotpot.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.store.ManyNodes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Simulated clusters of up to a hundred nodes: a commit does not cost more messages in a larger
 * one, copies are spread, and a tenth of the nodes can be lost at once.
 */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ManyNodesTest {

  private static final Pattern FOUND =
      Pattern.compile(
          "(\\d+) nodes: ([\\d.]+) messages a commit, ([\\d.]+) of another's object; (\\d+) to (\\d+) copies on a node.*");

  @Test
  void aCommitCostsTheSameInAClusterOfAnySize() throws IOException, InterruptedException {
    // In a process of its own: a hundred heaps are more than the tests' memory.
    List<Matcher> curve = new ArrayList<>();
    try (ChildProcess process =
        ChildProcess.start(
            List.of(), "6g", ManyNodes.class, List.of("1", "4", "10", "30", "100"))) {
      for (String line : process.toEnd()) {
        System.out.println(line);
        Matcher found = FOUND.matcher(line);
        if (found.matches()) {
          curve.add(found);
        }
      }
      assertThat(process.exitValue()).isZero();
    }
    assertThat(curve).hasSize(4);
    for (Matcher found : curve) {
      for (int cost = 2; cost <= 3; cost++) {
        assertThat(Double.parseDouble(found.group(cost)))
            .as(found.group())
            .isPositive()
            .isLessThan(1.1 * Double.parseDouble(curve.getFirst().group(cost)));
      }
      assertThat(Integer.parseInt(found.group(4))).as(found.group()).isPositive();
      assertThat(Integer.parseInt(found.group(5))).as(found.group()).isLessThanOrEqualTo(6);
    }
  }
}
