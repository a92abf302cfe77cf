package io.hotpot.store.spi;

/**
 * Something that a transaction writes.
 *
 * @param payload the encoded value, empty for a deletion; nobody changes it any more
 */
public record ObjectWrite(long objectId, Kind kind, byte[] payload) {

  /** What is done to the object. */
  public enum Kind {
    INSERT,
    UPDATE,
    DELETE
  }
}
