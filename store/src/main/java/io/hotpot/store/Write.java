package io.hotpot.store;

import org.jspecify.annotations.Nullable;

/** What a transaction will do to one object when it commits. */
final class Write {

  enum Kind {
    INSERT,
    UPDATE,
    DELETE
  }

  private final @Nullable Partition partition;
  final long objectId;
  Kind kind;
  byte[] payload;
  @Nullable Object value;

  /** Set at commit: the version that is replaced (0: none) and its size in the log. */
  long oldAddress;

  int oldBytes;

  /** Set at commit: the object's place in the cache, if it has one. */
  ObjectCache.@Nullable Entry cached;

  /**
   * Of a deletion that was prepared before a recovery: so many generations of its slot may have
   * been given out since by who knew it decided.
   */
  int lostGenerations;

  /** Set at commit: where the new version lies. */
  long newAddress;

  /**
   * @param partition null: it may lie on another node
   */
  Write(
      @Nullable Partition partition,
      long objectId,
      Kind kind,
      byte[] payload,
      @Nullable Object value) {
    this.partition = partition;
    this.objectId = objectId;
    this.kind = kind;
    this.payload = payload;
    this.value = value;
  }

  /** Of an object of this node. */
  Partition partition() {
    Partition here = partition;
    if (here == null) {
      throw new IllegalStateException(Ref.text(objectId) + " is committed by the cluster");
    }
    return here;
  }

  int slot() {
    return ObjectId.slot(objectId);
  }

  /**
   * Locks the object's handle word for a commit in flight, under the commit lock.
   *
   * @param tag {@link HandleWord#PENDING} or {@link HandleWord#PREPARED}
   */
  void lock(int tag) {
    partition()
        .table
        .set(
            slot(),
            kind == Kind.INSERT
                ? HandleWord.creating(ObjectId.generation(objectId), tag)
                : HandleWord.of(tag, oldAddress));
  }

  /** Takes the lock of a commit that will not be published off again. */
  void unlock() {
    partition()
        .table
        .set(
            slot(),
            kind == Kind.INSERT
                ? HandleWord.reserved(ObjectId.generation(objectId))
                : HandleWord.of(HandleWord.LIVE, oldAddress));
  }

  int recordBytes() {
    return RecordFormat.HEADER_BYTES + payload.length;
  }
}
