package io.hotpot.store;

/**
 * Whether a store is open, and whether it may be written: what every entry into the store asks
 * first.
 *
 * <p>Owns the flag that the store is closed; no lock. Thread-safety: all methods from any thread.
 * An answer is out of date as soon as it is given: what must not outlive the store is refused where
 * it is appended (see {@link GroupCommit#checkTakesCommits}).
 */
final class StoreState {

  private final String location;
  private final boolean readOnly;
  private volatile boolean closed;

  StoreState(String location, boolean readOnly) {
    this.location = location;
    this.readOnly = readOnly;
  }

  /**
   * @throws StoreClosed if the store was closed
   */
  void checkOpen() {
    if (closed) {
      throw new StoreClosed("the store " + location + " is closed");
    }
  }

  /**
   * @throws StoreClosed if the store was closed
   * @throws MisuseException if it was opened read-only
   */
  void checkWritable() {
    checkOpen();
    if (readOnly) {
      throw new MisuseException("the store was opened read-only");
    }
  }

  boolean isClosed() {
    return closed;
  }

  void close() {
    closed = true;
  }
}
