package io.hotpot.replication;

import io.hotpot.replication.MembershipMessage.Done;
import io.hotpot.replication.MembershipMessage.Refused;
import io.hotpot.replication.MembershipMessage.SchemaIs;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongFunction;

/**
 * The way to the dispatcher: knows which member of it leads, as far as one can, and asks each
 * request again until it is answered. The dispatcher sees to it that what comes twice is done once.
 *
 * <p>Confined to the loop.
 */
final class DispatcherLink {

  private record Request(MembershipMessage message, Consumer<MembershipMessage> answer) {}

  private final Fabric fabric;
  private final List<Integer> dispatchers;
  private final Map<Long, Request> open = new TreeMap<>();
  private long lastRequest;
  private int present;

  /**
   * @param dispatchers ids, below 0
   */
  DispatcherLink(Fabric fabric, List<Integer> dispatchers) {
    this.fabric = fabric;
    this.dispatchers = List.copyOf(dispatchers);
    this.present = dispatchers.getFirst();
  }

  /** The member that is asked now. */
  int present() {
    return present;
  }

  boolean send(MembershipMessage message) {
    return fabric.send(present, message);
  }

  /**
   * Asks until there is an answer.
   *
   * @param message makes the message for the number of the request
   */
  void ask(LongFunction<MembershipMessage> message, Consumer<MembershipMessage> answer) {
    long number = ++lastRequest;
    Request request = new Request(message.apply(number), answer);
    open.put(number, request);
    send(request.message());
  }

  /** Asks no more; an answer is nothing. */
  void forget(long number) {
    open.remove(number);
  }

  /** A session with the member that is asked: whatever has no answer is asked again. */
  void resend() {
    for (Request request : new ArrayList<>(open.values())) {
      send(request.message());
    }
  }

  /**
   * The one that was asked does not lead.
   *
   * @param leader the number of the member that does, from 1; 0: not known
   * @return whether another one is asked now
   */
  boolean notLeader(int from, int leader) {
    if (from != present || leader == 0 || -leader == present || !dispatchers.contains(-leader)) {
      return false;
    }
    present = -leader;
    return true;
  }

  /** The one that was asked does not answer. */
  void tryNext() {
    int index = dispatchers.indexOf(present);
    present = dispatchers.get((index + 1) % dispatchers.size());
  }

  /** An answer has come; one that comes twice, or that nobody waits for, is nothing. */
  void answered(MembershipMessage message) {
    long number =
        switch (message) {
          case Done done -> done.request();
          case SchemaIs schema -> schema.request();
          case Refused refused -> refused.request();
          default -> throw new IllegalArgumentException("no answer: " + message);
        };
    Request request = open.remove(number);
    if (request != null) {
      request.answer().accept(message);
    }
  }
}
