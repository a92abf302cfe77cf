package io.hotpot.replication;

/** What a node is for a partition. {@link HeldPartition} is the one place that assigns it. */
public enum PartitionRole {
  /** It takes no part in the log; it may hold copies of objects. */
  STRANGER,
  /** It is being brought in step: it gets the log and is not in the in-sync set. */
  LEARNER,
  /** It is in the in-sync set, holds the same log as the owner, and may become owner. */
  REPLICA,
  /** The dispatcher has made it the owner; it serves nothing until section 10 is done. */
  PROMOTING,
  /** It orders the commits, knows the sharers and answers fetches. */
  OWNER,
  /** It has stopped serving in favour of another node, and waits for the dispatcher's word. */
  HANDING_OVER,
  /** It has held the partition and does not know yet what it is now: it does nothing with it. */
  DEPOSED
}
