package io.hotpot.store;

/**
 * Thrown by a commit that had been written when the medium refused to make it durable: whether it
 * happened is known only after the store has been closed and opened again. If it is there then, it
 * is there whole. Until then nobody sees it, and the store takes no more writes.
 *
 * <p>In a cluster also by a commit whose answer was lost with its owner and could not be found out
 * in time; the message names the transaction.
 *
 * <p>Do not simply run the work again: read first whether its effect is there.
 */
public final class CommitOutcomeUnknown extends HotpotException {

  private static final long serialVersionUID = 1L;

  public CommitOutcomeUnknown(String message, Throwable cause) {
    super(message, cause);
  }
}
