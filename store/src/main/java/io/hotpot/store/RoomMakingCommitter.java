package io.hotpot.store;

/**
 * Commits, and where the heap is full, cleans before giving up: it may hold dead versions.
 *
 * <p>No lock and no state of its own. Thread-safety: any thread that holds no commit lock and is
 * not cleaning; the catalog's change lock may be held, the cleaner never takes it.
 */
final class RoomMakingCommitter {

  private final Committer committer;
  private final Cleaner cleaner;

  RoomMakingCommitter(Committer committer, Cleaner cleaner) {
    this.committer = committer;
    this.cleaner = cleaner;
  }

  /**
   * As {@link Committer#commit}.
   *
   * @throws HeapFull if cleaning could not make the room that is needed; nothing was published
   */
  void commit(Object owner, ReadSet reads, WriteSet writes) {
    while (true) {
      try {
        committer.commit(owner, reads, writes);
        return;
      } catch (HeapFull full) {
        if (!cleaner.makeRoom(full.chunksNeeded())) {
          throw full;
        }
      }
    }
  }
}
