package io.hotpot.store;

/** Turns application objects into bytes and back. Thread-safe. */
interface ValueCodec {

  /**
   * @throws TypeMismatch if the object's class cannot be stored
   * @throws ObjectTooLarge if the encoded form exceeds {@link BatchFormat#MAX_PAYLOAD_BYTES}
   */
  byte[] encode(Object value);

  /**
   * @throws CorruptException if the bytes are not an encoded value
   */
  Object decode(byte[] bytes, int offset, int length);

  /** Whether a value can be shared between transactions: nothing reachable from it can change. */
  boolean immutable(Object value);
}
