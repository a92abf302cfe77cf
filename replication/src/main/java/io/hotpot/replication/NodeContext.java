package io.hotpot.replication;

import io.hotpot.store.spi.OwnedPartition;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the protocol classes of one node have in common: its loop, its messages, what it knows of
 * the cluster.
 *
 * <p>Thread-safety: on the loop only, except where a method says otherwise.
 */
public interface NodeContext {

  NodeLoop loop();

  /** Who this node is; {@link Peer#STRANGER} while it is no member. From any thread. */
  Peer self();

  /** The newest configuration known. From any thread. */
  Configuration configuration();

  /**
   * Until when this node may say that what it serves is current, on the boot clock of the loop; a
   * time that has passed while it is no member. From any thread.
   */
  long leaseEndNs();

  /**
   * Sends to a member, from any thread; false, and the message is dropped, where there is no
   * session with it.
   */
  boolean send(int nodeId, Message message);

  /**
   * Asks the dispatcher, again and again until the one that leads has answered; the number of the
   * request is put in by {@code message}.
   *
   * @param message makes the message for a number
   * @param answer {@link MembershipMessage.Done}, {@link MembershipMessage.SchemaIs} or {@link
   *     MembershipMessage.Refused}
   */
  void ask(
      java.util.function.LongFunction<MembershipMessage> message,
      Consumer<MembershipMessage> answer);

  /** A request to the dispatcher is not asked any more, and not answered. */
  void forget(long request);

  /**
   * Runs something when the configuration known here is at least as new as the dispatcher's was at
   * the call. Never, if this incarnation ends before.
   */
  void refresh(Runnable then);

  /** A partition that this node owns and serves; null: it does not. From any thread. */
  @Nullable OwnedPartition owned(int partition);

  /** What this node counts. From any thread. */
  ClusterCounters counters();

  /** The role of this node in a partition has changed or the configuration has: look again. */
  void whenChanged(Runnable listener);
}
