package io.hotpot.store;

/**
 * Thrown by a node that cannot say any more that what it serves is current: the dispatcher has not
 * renewed its lease. It joins again by itself; then the work may be run again. Nothing happened.
 */
public final class NotAMember extends HotpotException {

  private static final long serialVersionUID = 1L;

  public NotAMember(String message) {
    super(message);
  }
}
