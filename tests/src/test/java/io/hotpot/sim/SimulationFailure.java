package io.hotpot.sim;

/** A simulated run went wrong; the message tells the seed that repeats it. */
public final class SimulationFailure extends AssertionError {
  private static final long serialVersionUID = 1L;

  SimulationFailure(String message, Throwable cause) {
    super(message, cause);
  }
}
