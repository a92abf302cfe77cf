package io.hotpot.replication;

import io.hotpot.replication.RemoteMemory.Registration;
import io.hotpot.store.spi.HeldLog.Loan;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A chunk of a log that other nodes may reach by themselves, until it is closed or the log has
 * taken it back.
 *
 * <p>Thread-safety: all methods from any thread; {@link #close} may block for the device.
 */
final class LentChunk implements AutoCloseable {

  private final int sequence;
  private final Registration registration;
  private final Loan loan;
  private final AtomicBoolean isGone;

  /**
   * @param isGone becomes true when it is taken back
   */
  LentChunk(int sequence, Registration registration, Loan loan, AtomicBoolean isGone) {
    this.sequence = sequence;
    this.registration = registration;
    this.loan = loan;
    this.isGone = isGone;
  }

  int sequence() {
    return sequence;
  }

  Registration registration() {
    return registration;
  }

  /** Whether it was taken back, or is just being. */
  boolean isGone() {
    return isGone.get();
  }

  /** When this returns, nobody reaches it any more. */
  @Override
  public void close() {
    loan.close();
  }
}
