package io.hotpot.store;

/**
 * Thrown before anything is written, where fewer nodes hold a partition in step than its dataset's
 * minimum or the commit's own wish. Nothing happened; it may succeed when nodes have returned.
 */
public final class NotEnoughReplicas extends HotpotException {

  private static final long serialVersionUID = 1L;

  public NotEnoughReplicas(String message) {
    super(message);
  }
}
