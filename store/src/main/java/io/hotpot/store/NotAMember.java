package io.hotpot.store;

/**
 * Thrown where this node may not say what is current, because the cluster does not count it as a
 * member (any more): its lease has run out, or it is only joining. Nothing happened. The node joins
 * again by itself; then the work may be run again.
 */
public final class NotAMember extends HotpotException {

  private static final long serialVersionUID = 1L;

  public NotAMember(String message) {
    super(message);
  }
}
