package io.hotpot.store;

/**
 * Thrown by the simulated heap at and after a simulated power loss: the machine is off, nothing
 * works any more.
 */
final class PowerLoss extends RuntimeException {

  private static final long serialVersionUID = 1L;

  PowerLoss() {
    super("simulated power loss", null, false, false);
  }
}
