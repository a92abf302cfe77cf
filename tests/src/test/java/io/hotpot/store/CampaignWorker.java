package io.hotpot.store;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongFunction;

/**
 * A process of a {@link Campaign}: reads {@code FIRST COUNT} from its standard input, runs that
 * many seeds of a story, and says what became of each in one line. It ends with its input.
 */
final class CampaignWorker {

  /** What can be told again and again. */
  static final Map<String, LongFunction<SimStory>> STORIES =
      new TreeMap<>(
          Map.of(
              "cluster", SimulatedCluster::new,
              "acquiring", AcquiringCluster::new,
              "paused-reader", PausedReader::new,
              "late-prepare", LatePrepare::new,
              "late-decision", LateDecision::new,
              "late-learner", LateLearner::new));

  /** Of so many seeds one is run twice, and must have the same trace. */
  private static final int TWICE_ONE_IN = 100;

  private CampaignWorker() {}

  public static void main(String[] args) throws IOException {
    LongFunction<SimStory> story = STORIES.get(args[0]);
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ");
      long first = Long.parseLong(words[0]);
      for (long seed = first; seed < first + Long.parseLong(words[1]); seed++) {
        out.println(run(story, seed));
      }
    }
  }

  private static String run(LongFunction<SimStory> story, long seed) {
    try {
      SimStory run = story.apply(seed);
      long trace = run.run();
      if (seed % TWICE_ONE_IN == 0) {
        long again = story.apply(seed).run();
        if (again != trace) {
          throw new AssertionError("seed " + seed + " has two traces, " + trace + " and " + again);
        }
      }
      return CampaignLog.passed(seed, trace, run.simulatedNs());
    } catch (AssertionError e) {
      return CampaignLog.failed(seed, e.getMessage());
    }
  }
}
