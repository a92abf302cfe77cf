package io.hotpot.dispatcher;

import io.hotpot.replication.OperatorAnswer;
import io.hotpot.replication.OperatorAnswer.CheckIs;
import io.hotpot.replication.OperatorAnswer.Checked;
import io.hotpot.replication.OperatorAnswer.DamageFound;
import io.hotpot.replication.OperatorAnswer.NotDone;
import io.hotpot.store.HotpotException;
import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.HeldParts;
import io.hotpot.store.spi.Threads;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The check that an operator has asked for of all that this node holds: one at a time, in a thread
 * of its own.
 *
 * <p>Thread-safety: all methods from any thread; {@link #close} waits for the thread, the others
 * for nobody.
 */
final class NodeCheck {

  private final HeldParts parts;
  private final Threads threads;
  private final ReentrantLock lock = new ReentrantLock();

  // Under the lock.
  private @Nullable Run last;
  private long begun;
  private boolean isClosed;

  NodeCheck(HeldParts parts, Threads threads) {
    this.parts = parts;
    this.threads = threads;
  }

  /** Begins one, unless one is under way. */
  OperatorAnswer begin(long request) {
    lock.lock();
    try {
      if (isClosed) {
        return new NotDone(request, "the node is about to end");
      }
      Run run = last;
      if (run == null || run.isOver) {
        run = new Run(++begun);
        last = run;
        run.thread = threads.start("hotpot-check", run::go);
      }
      return run.answer(request);
    } finally {
      lock.unlock();
    }
  }

  OperatorAnswer answer(long request) {
    lock.lock();
    try {
      Run run = last;
      return run == null
          ? new NotDone(request, "this node has begun anew, and has checked nothing since")
          : run.answer(request);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Ends it between two chunks. Whoever heals for it is to be ended before. Waits for the reading
   * of one chunk, however long that takes and whoever interrupts: the heap is closed next, and must
   * not be taken away from who reads it.
   */
  void close() {
    Thread thread;
    lock.lock();
    try {
      isClosed = true;
      thread = last == null ? null : last.thread;
    } finally {
      lock.unlock();
    }
    if (thread != null) {
      join(thread);
    }
  }

  private static void join(Thread thread) {
    boolean isInterrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        isInterrupted = true;
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** One check. Its fields are under the lock. */
  private final class Run implements HeldParts.Check {
    private final long number;
    private final List<Checked> partitions = new ArrayList<>();
    private final List<DamageFound> damages = new ArrayList<>();
    private @Nullable Thread thread;
    private long done;
    private long total;
    private long healed;
    private long lasting;
    private String failure = "";
    private boolean isOver;

    Run(long number) {
      this.number = number;
    }

    void go() {
      String reason = "";
      try {
        parts.check(this);
      } catch (HotpotException e) {
        reason = String.valueOf(e.getMessage());
      } catch (RuntimeException | Error e) {
        reason = e.toString();
      }
      lock.lock();
      try {
        failure = reason.isEmpty() && isClosed ? "the node ended" : reason;
        isOver = true;
      } finally {
        lock.unlock();
      }
    }

    CheckIs answer(long request) {
      return new CheckIs(
          request,
          number,
          isOver,
          failure,
          done,
          total,
          healed,
          lasting,
          List.copyOf(partitions),
          List.copyOf(damages));
    }

    @Override
    public void damaged(int partition, HeldLog.Damaged where, boolean isHealed) {
      lock.lock();
      try {
        if (isHealed) {
          healed++;
        } else {
          lasting++;
        }
        if (damages.size() < OperatorAnswer.MOST_DAMAGES) {
          damages.add(
              new DamageFound(
                  partition, where.sequence(), where.offset(), where.lengthBytes(), isHealed));
        }
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void checked(int partition, long soundBytes) {
      lock.lock();
      try {
        partitions.add(new Checked(partition, soundBytes));
      } finally {
        lock.unlock();
      }
    }

    @Override
    public boolean progressed(long doneNow, long totalNow) {
      lock.lock();
      try {
        done = doneNow;
        total = totalNow;
        return !isClosed;
      } finally {
        lock.unlock();
      }
    }
  }
}
