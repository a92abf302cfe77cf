package io.hotpot.replication;

import org.jspecify.annotations.Nullable;

/** Takes apart what was read in another node's memory. */
public interface RecordParser {

  /**
   * The payload of a record that was copied out of a chunk.
   *
   * @param record the caller's own
   * @return null: it is not sound, or not that version of the object
   */
  byte @Nullable [] payload(byte[] record, long objectId, long stamp);
}
