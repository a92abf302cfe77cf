package io.hotpot.store;

/**
 * Thrown when objects that a transaction had acquired in a cluster were not kept for it until its
 * commit: the node that owns them, or the connection with it, was lost, or the partition has moved.
 * Nothing of the transaction happened; run it again. {@link Dataset#transact} has done so already,
 * as often as its options say.
 */
public final class LockLost extends HotpotException {

  private static final long serialVersionUID = 1L;

  public LockLost(String message) {
    super(message);
  }
}
