package io.hotpot.store.spi;

import org.jspecify.annotations.Nullable;

/**
 * A version of an object that another node owns, kept here for as long as its owner does not
 * invalidate it.
 *
 * <p>Thread-safety: all methods from any thread. It becomes valid when it is installed, and invalid
 * once and for all.
 */
public final class RemoteCopy {

  private final long objectId;
  private final long stamp;
  private final byte @Nullable [] payload;
  private final long installed;
  private volatile boolean valid = true;

  /** What the store has decoded the payload to; any thread may do it, all come to the same. */
  private @Nullable Object decoded;

  /**
   * @param stamp of the version; 0 and no payload: there is no object
   * @param installed the count of installations of this node when this one was made
   */
  public RemoteCopy(long objectId, long stamp, byte @Nullable [] payload, long installed) {
    this.objectId = objectId;
    this.stamp = stamp;
    this.payload = payload;
    this.installed = installed;
  }

  public long objectId() {
    return objectId;
  }

  public long stamp() {
    return stamp;
  }

  public byte @Nullable [] payload() {
    return payload;
  }

  public long installed() {
    return installed;
  }

  public boolean isValid() {
    return valid;
  }

  /** Whoever has read it and has not finished must start again. */
  public void invalidate() {
    valid = false;
  }

  /** What was given to {@link #decoded(Object)}; null: nothing yet. */
  public @Nullable Object decoded() {
    return decoded;
  }

  /**
   * @param value safely published by itself: immutable, or with final fields only
   */
  public void decoded(Object value) {
    decoded = value;
  }
}
