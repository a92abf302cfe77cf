package io.hotpot.replication.rdma;

import java.util.ArrayList;
import java.util.List;

/**
 * What gives back things of the device, last taken first; one that fails does not stop the rest.
 */
final class Undo {

  /** Gives something back. */
  interface Step {
    void run() throws Exception;
  }

  private static final System.Logger LOG = System.getLogger(Undo.class.getName());

  private final List<Step> steps = new ArrayList<>();

  void add(Step step) {
    steps.add(step);
  }

  /** What was taken is kept. */
  void forget() {
    steps.clear();
  }

  void run() {
    for (Step step : steps.reversed()) {
      try {
        step.run();
      } catch (Exception e) {
        LOG.log(System.Logger.Level.DEBUG, "something of the RDMA device was not given back", e);
      }
    }
    steps.clear();
  }
}
