package io.hotpot.dispatcher;

import io.hotpot.replication.Owners.Route;
import io.hotpot.replication.TransactionMessage;
import io.hotpot.replication.TransactionMessage.RequestRefused;
import io.hotpot.store.ConflictException;
import io.hotpot.store.CorruptException;
import io.hotpot.store.HeapFull;
import io.hotpot.store.HotpotException;
import io.hotpot.store.MisuseException;
import io.hotpot.store.NotAMember;
import io.hotpot.store.NotEnoughReplicas;
import io.hotpot.store.ObjectNotFound;
import io.hotpot.store.SnapshotTooOld;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What this node asks owners of partitions and may ask twice: of whoever owns the partition, until
 * there is an answer.
 *
 * <p>Thread-safety: on the node's loop only.
 */
final class PartitionRequests {

  /** Something that an owner is asked. */
  interface Question {
    /** The request, for the owner in an epoch. */
    TransactionMessage request(long number, int epoch);

    /** The first answer that is not a refusal. */
    void answered(TransactionMessage answer);

    /** There will be no answer. */
    void failed(HotpotException reason);
  }

  private static final class Asked {
    final int partition;
    final Question question;

    /** Where it was sent to; null: nowhere yet. */
    @Nullable Route route;

    Asked(int partition, Question question) {
      this.partition = partition;
      this.question = question;
    }
  }

  private final CommitDispatcher desk;
  private final TreeMap<Long, Asked> open = new TreeMap<>();

  PartitionRequests(CommitDispatcher desk) {
    this.desk = desk;
  }

  /** Returns the request's number. */
  long ask(int partition, Question question) {
    long number = desk.nextRequest();
    Asked asked = new Asked(partition, question);
    open.put(number, asked);
    send(number, asked);
    return number;
  }

  /** Nobody wants to know any more. */
  void forget(long number) {
    open.remove(number);
  }

  private void send(long number, Asked asked) {
    if (desk.fates().isDropped(asked.partition)) {
      open.remove(number);
      asked.question.failed(
          new ObjectNotFound("the dataset of partition " + asked.partition + " was dropped"));
      return;
    }
    Route route = desk.owners().route(asked.partition);
    if (route != null) {
      asked.route = route;
      if (!desk.deliver(route, asked.question.request(number, route.epoch()))) {
        asked.route = null;
      }
    }
  }

  /** False: it is not about a request of these. */
  boolean answered(long number, TransactionMessage answer) {
    Asked asked = open.get(number);
    if (asked == null) {
      return false;
    }
    if (answer instanceof RequestRefused refused && Refusals.passes(refused.reason())) {
      desk.context().loop().after(CommitDispatcher.LATER_NS, () -> again(number));
    } else if (answer instanceof RequestRefused refused) {
      open.remove(number);
      asked.question.failed(reason(refused));
    } else {
      open.remove(number);
      asked.question.answered(answer);
    }
    return true;
  }

  private static HotpotException reason(RequestRefused refused) {
    return switch (refused.reason()) {
      case CONFLICT -> new ConflictException(refused.message());
      case SNAPSHOT_TOO_OLD -> new SnapshotTooOld(refused.message());
      case NOT_ENOUGH_REPLICAS -> new NotEnoughReplicas(refused.message());
      case HEAP_FULL -> new HeapFull(refused.message());
      case UNREADABLE -> new CorruptException(refused.message());
      default -> new MisuseException(refused.message());
    };
  }

  private void again(long number) {
    Asked asked = open.get(number);
    if (asked != null) {
      send(number, asked);
    }
  }

  /** A session has begun or ended, or the configuration has changed. */
  void lookAgain() {
    for (long number : List.copyOf(open.keySet())) {
      Asked asked = open.get(number);
      if (asked != null
          && (asked.route == null || !desk.owners().stands(asked.partition, asked.route))) {
        asked.route = null;
        send(number, asked);
      }
    }
  }

  /** The incarnation is over, and what its requests were for. */
  void membershipEnded() {
    List<Asked> all = new ArrayList<>(open.values());
    open.clear();
    all.forEach(
        asked ->
            asked.question.failed(
                new NotAMember("the node lost its membership while it waited for another node")));
  }
}
