package io.hotpot.store;

import io.hotpot.store.spi.HeldLog.Lending;
import io.hotpot.store.spi.HeldLog.Loan;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which devices of the network may reach a chunk's memory. Before the memory is used for anything
 * else, it is taken back from all of them.
 *
 * <p>Who lends checks under the lock that the chunk is still what it is lent as; who takes it out
 * of its log does so first and then takes the memory back. So nothing is lent for longer.
 *
 * <p>Thread-safety: all methods from any thread; they wait for the devices.
 */
final class MemoryLoans {

  private static final class Lent {
    final boolean isWritable;
    final Runnable takeBack;

    Lent(boolean isWritable, Runnable takeBack) {
      this.isWritable = isWritable;
      this.takeBack = takeBack;
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final List<Lent> lent = new ArrayList<>();
  private boolean isOver;

  /**
   * Lends the memory.
   *
   * @param isThere whether it may be lent; asked under the lock
   * @return null: it may not, or the device does not take it
   */
  @Nullable Loan lend(
      MemorySegment memory, boolean writable, BooleanSupplier isThere, Lending lending) {
    lock.lock();
    try {
      if (isOver || !isThere.getAsBoolean()) {
        return null;
      }
      Runnable takeBack = lending.lend(writable ? memory : memory.asReadOnly());
      if (takeBack == null) {
        return null;
      }
      Lent made = new Lent(writable, takeBack);
      lent.add(made);
      return () -> close(made);
    } finally {
      lock.unlock();
    }
  }

  private void close(Lent which) {
    lock.lock();
    try {
      if (lent.remove(which)) {
        which.takeBack.run();
      }
    } finally {
      lock.unlock();
    }
  }

  /** When this returns, no device writes to the memory any more. */
  void takeBackWritable() {
    lock.lock();
    try {
      lent.stream().filter(each -> each.isWritable).forEach(each -> each.takeBack.run());
      lent.removeIf(each -> each.isWritable);
    } finally {
      lock.unlock();
    }
  }

  /** When this returns, no device reaches the memory any more. */
  void takeBack() {
    lock.lock();
    try {
      lent.forEach(each -> each.takeBack.run());
      lent.clear();
    } finally {
      lock.unlock();
    }
  }

  /** The same for good: the memory is about to go. */
  void end() {
    lock.lock();
    try {
      isOver = true;
      takeBack();
    } finally {
      lock.unlock();
    }
  }
}
