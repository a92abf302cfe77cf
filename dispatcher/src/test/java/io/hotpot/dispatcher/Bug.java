package io.hotpot.dispatcher;

/** Bugs that are planted to see that the checks find them. */
enum Bug {
  NONE,
  /** A home commits although it has recorded an abort. */
  DECIDE_TWICE,
  /** A promoted owner does not lock again what was prepared. */
  FORGET_PREPARED,
  /** A home that knows nothing of a transaction says abort, and records nothing. */
  RESOLVE_WITHOUT_FENCE,
  /** A sharer acknowledges an invalidation and keeps the copy. */
  SKIP_INVALIDATION,
  /** A sharer installs what a fetch brings that was invalidated on its way. */
  INSTALL_POISONED,
  /** An owner does not list a committer that keeps copies of what it has written. */
  COMMITTER_NOT_LISTED,
  /** A committer takes a lost answer for an abort. */
  RETRY_WITHOUT_RESOLVING,
  /** A home forgets a commit before all participants have recorded it. */
  FORGET_DECISION,
  /** An owner gives objects to a transaction that another one has acquired. */
  GRANT_WHILE_HELD,
  /** A holder that has not begun to commit does not give way to an older transaction. */
  IGNORE_WOUND,
  /** An owner keeps objects for a node that has died. */
  KEEP_LOCKS_OF_THE_DEAD,
  /** A new owner commits for who acquired of the old one. */
  COMMIT_WITHOUT_LOCK
}
