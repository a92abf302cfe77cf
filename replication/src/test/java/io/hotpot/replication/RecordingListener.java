package io.hotpot.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Keeps what a fabric tells, and checks that no call breaks the contract. */
class RecordingListener implements Fabric.Listener {

  sealed interface Event {}

  record Began(Peer peer, long session) implements Event {}

  record Received(Peer peer, long session, Message message) implements Event {}

  record Ended(Peer peer, long session, String reason) implements Event {}

  private static final int HANGS_AFTER_SECONDS = 60;

  private final LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final java.util.Map<Integer, Long> open = new java.util.HashMap<>();
  private final java.util.Map<Integer, Long> last = new java.util.HashMap<>();
  private volatile AssertionError broken;

  @Override
  public void sessionBegan(Peer peer, long session) {
    check(open.put(peer.nodeId(), session) == null, "two sessions with " + peer);
    Long before = last.put(peer.nodeId(), session);
    check(before == null || before < session, "session numbers do not rise");
    events.add(new Began(peer, session));
  }

  @Override
  public void received(Peer peer, long session, Message message) {
    check(Long.valueOf(session).equals(open.get(peer.nodeId())), "a message without a session");
    events.add(new Received(peer, session, message));
  }

  @Override
  public void sessionEnded(Peer peer, long session, String reason) {
    check(open.remove(peer.nodeId(), session), "no session ended");
    events.add(new Ended(peer, session, reason));
  }

  private void check(boolean condition, String what) {
    if (!condition) {
      broken = new AssertionError(what);
    }
  }

  /** The next event, which must be of that kind. */
  <E extends Event> E next(Class<E> kind) throws InterruptedException {
    Event event = events.poll(HANGS_AFTER_SECONDS, TimeUnit.SECONDS);
    if (broken != null) {
      throw broken;
    }
    assertThat(event).isInstanceOf(kind);
    return kind.cast(event);
  }

  /** Passes over other events. */
  <E extends Event> E await(Class<E> kind) throws InterruptedException {
    while (true) {
      Event event = events.poll(HANGS_AFTER_SECONDS, TimeUnit.SECONDS);
      assertThat(event).as("an event before the test hangs").isNotNull();
      if (kind.isInstance(event)) {
        return kind.cast(event);
      }
    }
  }
}
