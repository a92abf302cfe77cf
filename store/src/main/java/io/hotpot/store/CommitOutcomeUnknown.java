package io.hotpot.store;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Thrown by a commit that had been written when the medium refused to make it durable: whether it
 * happened is known only after the store has been closed and opened again. If it is there then, it
 * is there whole. Until then nobody sees it, and the store takes no more writes.
 *
 * <p>In a cluster also by a commit whose answer was lost with its owner and could not be found out
 * in time; {@link #commit} names it, and {@link Hotpot#outcome(CommitId)} finds it out later, also
 * from another node or after a restart.
 *
 * <p>Do not simply run the work again: find the outcome out first, or read whether its effect is
 * there.
 */
public final class CommitOutcomeUnknown extends HotpotException {

  private static final long serialVersionUID = 1L;

  /** Not part of the serial form: the message names it. */
  private final transient @Nullable CommitId commit;

  public CommitOutcomeUnknown(String message, Throwable cause) {
    super(message, cause);
    this.commit = null;
  }

  public CommitOutcomeUnknown(String message, Throwable cause, CommitId commit) {
    super(message, cause);
    this.commit = commit;
  }

  /** The commit, to ask for its outcome; empty where the store stands alone. */
  public Optional<CommitId> commit() {
    return Optional.ofNullable(commit);
  }
}
