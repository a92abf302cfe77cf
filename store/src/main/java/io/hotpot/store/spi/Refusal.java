package io.hotpot.store.spi;

/**
 * Why a transaction was refused; nothing of it happened.
 *
 * @param objectId the object it is about; 0: none
 * @param floor where its stamp was too low: what it must exceed
 */
public record Refusal(Reason reason, long objectId, long floor, String message) {

  /** The kinds of refusal. */
  public enum Reason {
    /** Something that it read or writes was changed or is locked. */
    CONFLICT,
    NOT_ENOUGH_REPLICAS,
    HEAP_FULL,
    LOCK_LOST,
    /** For the moment: the same may be asked again a little later. */
    BUSY,
    /** An object that it writes does not exist. */
    NOT_FOUND,
    /** The node does not own the partition, or not in that epoch. */
    NOT_OWNER,
    /** Its stamp is not above the last one of the partition. */
    STAMP_TOO_LOW,
    /** The id was fenced, or lies below what its committer said it would not use. */
    FENCED,
    /** Anything else: the message says it. */
    REFUSED,
    /** What a snapshot saw is gone. */
    SNAPSHOT_TOO_OLD,
    /** An object is damaged. */
    UNREADABLE
  }
}
