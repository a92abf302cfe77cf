package io.hotpot.store;

/** How a commit ended whose answer was lost; it does not change any more. */
public sealed interface CommitOutcome {

  /**
   * All of it happened, and it is durable.
   *
   * @param stamp as {@link Snapshot#stamp} counts
   */
  record Committed(long stamp) implements CommitOutcome {}

  /** Nothing of it happened, and nothing will: the work may be run again. */
  record Aborted() implements CommitOutcome {}

  /**
   * The record of it is gone: it lies too many commits back, or its dataset was dropped. Whether it
   * happened only its effect can tell.
   */
  record Expired() implements CommitOutcome {}
}
