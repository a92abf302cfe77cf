package io.hotpot.store;

/**
 * Thrown when fewer nodes hold a dataset's log in step than its minimum, or than the commit asked
 * for. Nothing was written. It passes when another node has been brought in step.
 */
public final class NotEnoughReplicas extends HotpotException {

  private static final long serialVersionUID = 1L;

  public NotEnoughReplicas(String message) {
    super(message);
  }
}
