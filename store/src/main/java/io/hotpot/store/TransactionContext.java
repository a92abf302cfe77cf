package io.hotpot.store;

import io.hotpot.store.spi.Threads;

/**
 * What a transaction needs of its store; shared by all transactions of one.
 *
 * <p>Owns nothing. Thread-safety: immutable, and so is every part or safe from any thread.
 */
record TransactionContext(
    StoreState state,
    PartitionDirectory directory,
    ClusterLink cluster,
    StoreCodec codec,
    RoomMakingCommitter committer,
    GroupCommit groupCommit,
    ExclusiveLocks locks,
    Events events,
    HotpotOptions options,
    Threads threads) {

  /** A round of waiting for a commit in flight; ends if that will never be published. */
  void awaitOthers(int round) {
    groupCommit.throwIfFailed();
    threads.pause(round);
  }
}
