package io.hotpot.tools.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** The process in which one measure runs. */
final class BenchChild {

  private BenchChild() {}

  /** Arguments: subject, measure, directory, scale, and {@code prepare} or {@code run}. */
  public static void main(String[] args) throws IOException, InterruptedException {
    Measure measure = Measure.valueOf(args[1]);
    if (!args[0].equals(Subject.HOTPOT)) {
      Optional<String> obstacle = PeerKind.of(args[0]).obstacle();
      if (obstacle.isPresent()) {
        System.out.println(ChildJvm.SKIP + obstacle.get().replace('\n', ' '));
        return;
      }
    }
    Subject subject = Subject.of(args[0]);
    Path directory = Path.of(args[2]);
    int scale = Integer.parseInt(args[3]);
    if (args[4].equals("run")) {
      System.out.println(ChildJvm.RESULT + measure.run(subject, directory, scale));
      return;
    }
    Measure.Preparation preparation = measure.preparation();
    if (preparation != null) {
      preparation.run(subject, directory, scale);
    }
  }
}
