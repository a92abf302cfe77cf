package io.hotpot.dispatcher;

import io.hotpot.replication.NodeContext;
import io.hotpot.store.MembershipEvent;
import io.hotpot.store.MembershipListener;
import io.hotpot.store.MisuseException;
import io.hotpot.store.spi.Threads;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells listeners of the application what this node hears of its cluster. The loop leaves each new
 * view; a thread for each listener tells what differs from the one before. Of the views that wait a
 * bounded number is kept: without one in between the differences still add up.
 *
 * <p>Thread-safety: all methods from any thread.
 */
final class MembershipNews {

  static final int MOST_LISTENERS = 64;

  /** Views that wait for one listener. */
  static final int MOST_WAITING = 64;

  private final NodeContext context;
  private final Threads threads;
  private final Consumer<String> events;
  private final List<Subscriber> subscribers = new CopyOnWriteArrayList<>();

  /**
   * @param events is told in a sentence of a listener that throws
   */
  MembershipNews(NodeContext context, Threads threads, Consumer<String> events) {
    this.context = context;
    this.threads = threads;
    this.events = events;
    context.whenChanged(this::look);
  }

  void add(MembershipListener listener) {
    if (subscribers.size() >= MOST_LISTENERS) {
      throw new MisuseException(
          "there are " + MOST_LISTENERS + " membership listeners, and not more");
    }
    Subscriber subscriber = new Subscriber(listener);
    subscribers.add(subscriber);
    threads.start("hotpot-membership-listener", subscriber::run);
    context.loop().execute(this::look);
  }

  boolean remove(MembershipListener listener) {
    Optional<Subscriber> found =
        subscribers.stream().filter(each -> each.listener.equals(listener)).findFirst();
    found.ifPresent(Subscriber::end);
    return found.isPresent() && subscribers.remove(found.get());
  }

  /** Nobody is told anything any more; nobody is waited for. */
  void close() {
    subscribers.forEach(Subscriber::end);
    subscribers.clear();
  }

  /** On the loop: so that all views come in their order. */
  private void look() {
    MembershipView view = MembershipView.of(context);
    subscribers.forEach(each -> each.leave(view));
  }

  /** A listener, and what waits for it. */
  private final class Subscriber {
    final MembershipListener listener;
    private final ReentrantLock lock = new ReentrantLock();

    /** Under the lock, as are the two that follow. */
    private final ArrayDeque<MembershipView> waiting = new ArrayDeque<>();

    private MembershipView newest = MembershipView.NOTHING;
    private long skipped;

    private volatile @Nullable Thread thread;
    private volatile boolean isOver;

    Subscriber(MembershipListener listener) {
      this.listener = listener;
    }

    void leave(MembershipView view) {
      lock.lock();
      try {
        if (view.isSameAs(newest)) {
          return;
        }
        newest = view;
        if (waiting.size() == MOST_WAITING) {
          waiting.removeFirst();
          skipped++;
        }
        waiting.addLast(view);
      } finally {
        lock.unlock();
      }
      wake();
    }

    void end() {
      isOver = true;
      wake();
    }

    private void wake() {
      Thread sleeping = thread;
      if (sleeping != null) {
        threads.unpark(sleeping);
      }
    }

    void run() {
      thread = Thread.currentThread();
      MembershipView told = MembershipView.NOTHING;
      while (!isOver) {
        long missed;
        MembershipView next;
        lock.lock();
        try {
          next = waiting.pollFirst();
          missed = skipped;
          skipped = 0;
        } finally {
          lock.unlock();
        }
        if (next == null) {
          threads.park(this);
          continue;
        }
        if (missed > 0) {
          tell(new MembershipEvent.Skipped(missed));
        }
        Iterator<MembershipEvent> changes = next.since(told).iterator();
        while (changes.hasNext() && !isOver) {
          tell(changes.next());
        }
        told = next;
      }
    }

    private void tell(MembershipEvent event) {
      try {
        listener.changed(event);
      } catch (RuntimeException | Error e) {
        events.accept("a membership listener has thrown " + e + " when it was told of " + event);
      }
      // An interrupt that the listener has left behind would keep this thread from sleeping.
      Thread.interrupted();
    }
  }
}
