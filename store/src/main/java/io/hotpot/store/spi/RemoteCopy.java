package io.hotpot.store.spi;

import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * A version of an object that another node owns, kept here until it is dropped: its owner has
 * invalidated it, or this node's copy of the log has a newer one.
 *
 * <pre>
 *   UNCONFIRMED -- confirm --> VALID -- invalidate --> DROPPED
 *        `---------------- invalidate -------------------^
 * </pre>
 *
 * <p>Thread-safety: all methods from any thread.
 */
public final class RemoteCopy {

  private enum State {
    /** Whoever drops the object's copies finds it; nobody else does yet. */
    UNCONFIRMED,
    VALID,
    DROPPED
  }

  private static final AtomicReferenceFieldUpdater<RemoteCopy, State> STATE =
      AtomicReferenceFieldUpdater.newUpdater(RemoteCopy.class, State.class, "state");

  private final long objectId;
  private final long stamp;
  private final byte @Nullable [] payload;
  private final long installed;

  /** Whether its owner has granted it, and lists this node; else this node has read it itself. */
  private final boolean granted;

  private volatile State state;

  /** What the store has decoded the payload to; any thread may do it, all come to the same. */
  private @Nullable Object decoded;

  /**
   * One that its owner has granted.
   *
   * @param stamp of the version; 0 and no payload: there is no object
   * @param installed the count of installations of this node when this one was made
   */
  public RemoteCopy(long objectId, long stamp, byte @Nullable [] payload, long installed) {
    this(objectId, stamp, payload, installed, true);
  }

  private RemoteCopy(
      long objectId, long stamp, byte @Nullable [] payload, long installed, boolean granted) {
    this.objectId = objectId;
    this.stamp = stamp;
    this.payload = payload;
    this.installed = installed;
    this.granted = granted;
    this.state = granted ? State.VALID : State.UNCONFIRMED;
  }

  /**
   * One that this node has read in its own copy of the log; not valid before {@link #confirm}.
   *
   * @param installed taken after it was read
   */
  public static RemoteCopy unconfirmed(long objectId, SettledVersion version, long installed) {
    return new RemoteCopy(objectId, version.stamp(), version.payload(), installed, false);
  }

  /**
   * It is known to be the newest, and whoever replaces it will find it.
   *
   * @return false: it was dropped already
   */
  public boolean confirm() {
    return STATE.compareAndSet(this, State.UNCONFIRMED, State.VALID);
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

  public boolean isGranted() {
    return granted;
  }

  public boolean isValid() {
    return state == State.VALID;
  }

  /** Whether it never will be valid any more. */
  public boolean isDropped() {
    return state == State.DROPPED;
  }

  /** Whoever has read it and has not finished must start again. */
  public void invalidate() {
    state = State.DROPPED;
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
