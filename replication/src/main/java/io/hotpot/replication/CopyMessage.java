package io.hotpot.replication;

/** About cached copies: between a partition's owner and the nodes that read its objects. */
public sealed interface CopyMessage extends Message {

  /**
   * Asks for an object's newest version, to be kept as a copy.
   *
   * @param fetch numbers rise within a session
   */
  record Fetch(long fetch, int partition, int epoch, long objectId) implements CopyMessage {}

  /** What a fetch found: the answer may be kept until it is invalidated. */
  record Copy(long fetch, int epoch, long objectId, long stamp, byte[] payload)
      implements CopyMessage {}

  /**
   * As {@link Copy}, and where the record stands: it may be read there as long as the copy's
   * permission lasts, also when the copy is gone.
   *
   * @param address of the record in the owner's log
   * @param lengthBytes of the record
   * @param memory of the chunk of that address
   */
  record CopyAt(
      long fetch,
      int epoch,
      long objectId,
      long stamp,
      byte[] payload,
      long address,
      int lengthBytes,
      RemoteMemory.Key memory)
      implements CopyMessage {}

  /** There is no such object now; that is a copy as well, and is invalidated like one. */
  record Absent(long fetch, int epoch, long objectId) implements CopyMessage {}

  /** The object cannot be served: it is damaged, or its dataset was dropped. */
  record Unreadable(long fetch, int epoch, long objectId, String reason) implements CopyMessage {}

  /**
   * The receiver of the fetch does not own the partition, or not in that epoch.
   *
   * @param epoch the one that it knows
   */
  record NotServed(long fetch, int partition, int epoch) implements CopyMessage {}

  /**
   * The receiver drops its copies of these objects before it answers.
   *
   * @param round the owner's number for the answer
   */
  record Invalidate(int partition, int epoch, long round, long[] objectIds)
      implements CopyMessage {}

  /**
   * The receiver reads nothing in a chunk any more, of which the sender has told places; the answer
   * is {@link Invalidated}, when no such read is under way.
   */
  record ForgetPlaces(int partition, int epoch, long round, int sequence) implements CopyMessage {}

  record Invalidated(int partition, int epoch, long round) implements CopyMessage {}

  /**
   * The sender holds these copies no more, of its own accord.
   *
   * @param fetch the last fetch that it had sent in this session: a later one counts
   */
  record Evicted(int partition, int epoch, long fetch, long[] objectIds) implements CopyMessage {}
}
