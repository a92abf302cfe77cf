package io.hotpot.tools.bench;

import java.io.IOException;
import java.nio.file.Path;

/** The process in which one measure runs. */
final class BenchChild {

  private BenchChild() {}

  /** Arguments: measure, directory, scale, and {@code prepare} or {@code run}. */
  public static void main(String[] args) throws IOException, InterruptedException {
    Measure measure = Measure.valueOf(args[0]);
    Path directory = Path.of(args[1]);
    int scale = Integer.parseInt(args[2]);
    if (args[3].equals("prepare")) {
      measure.prepare(directory, scale);
    } else {
      System.out.println("result " + measure.run(directory, scale));
    }
  }
}
