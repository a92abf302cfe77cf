package io.hotpot.tools.bench;

import java.nio.ByteBuffer;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * Another store, open: values of bytes by number. What the values mean is the caller's business, so
 * that all peers are measured with the same encoding.
 *
 * <p>Thread-safety: all methods but {@link #close} from any platform thread; a peer that takes one
 * writer at a time makes the others wait. Errors are the peer's own exceptions.
 */
public interface Peer extends AutoCloseable {

  /**
   * Puts values under keys, all or none; returns when that is as durable as was asked for when the
   * peer was opened.
   *
   * @param keys from 0 up
   * @param values as many as keys; not changed afterwards
   */
  void put(long[] keys, byte[][] values);

  /**
   * Reads a committed value where it lies.
   *
   * @param decoder gets the value's bytes, valid only during the call
   * @throws Missing if there is no such key
   */
  <T> T read(long key, Function<ByteBuffer, T> decoder);

  /** What the values take on the medium, if the files of its directory do not tell. */
  default OptionalLong usedBytes() {
    return OptionalLong.empty();
  }

  @Override
  void close();

  /** There is no value under a key. */
  final class Missing extends IllegalStateException {
    private static final long serialVersionUID = 1;

    Missing(String message) {
      super(message);
    }
  }

  /** The error of a read that finds nothing. */
  static Missing missing(long key) {
    return new Missing("the store holds no value under the key " + key);
  }
}
