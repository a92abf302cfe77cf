package io.hotpot.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.dispatcher.LockQueue.Holder;
import io.hotpot.dispatcher.LockQueue.Request;
import io.hotpot.replication.Peer;
import io.hotpot.store.spi.LockId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who comes next, and who must give way. */
class LockQueueTest {

  /** In the order in which it happened: "take 1", "wound 2", "back 1", by lock. */
  private final List<String> events = new ArrayList<>();

  private final List<Long> givenBack = new ArrayList<>();

  private final LockQueue queue =
      new LockQueue(
          new LockQueue.Effects() {
            @Override
            public void take(Request request) {
              events.add("take " + request.holder.id.number());
            }

            @Override
            public void giveBack(Holder holder, long[] objectIds) {
              events.add("back " + holder.id.number());
              givenBack.addAll(Arrays.stream(objectIds).boxed().toList());
            }

            @Override
            public void wound(Holder holder) {
              events.add("wound " + holder.id.number());
            }
          });
  private long lastRequest;

  /** A transaction whose age is its number. */
  private static Holder holder(long number) {
    return new Holder(new LockId(1, 1, number), new Peer(1, 1), 0, number);
  }

  private Request ask(Holder holder, long... objects) {
    Request request = new Request(holder, ++lastRequest, objects, answer -> {});
    queue.add(request);
    queue.advance();
    return request;
  }

  private void end(Holder holder) {
    queue.remove(holder);
    queue.advance();
  }

  @Test
  void whatIsFreeIsTakenAtOnce() {
    ask(holder(1), 10, 11);
    ask(holder(2), 12);

    assertThat(events).containsExactly("take 1", "take 2");
  }

  @Test
  void aYoungerOneWaits() {
    Holder older = holder(1);
    Holder younger = holder(2);
    ask(older, 10);
    Request waits = ask(younger, 10);
    assertThat(queue.isWaiting(waits)).isTrue();

    end(older);

    assertThat(events).containsExactly("take 1", "back 1", "take 2");
  }

  @Test
  void anOlderOneIsWaitedForAndWoundsOnce() {
    Holder younger = holder(5);
    Holder older = holder(2);
    ask(younger, 10, 11);
    ask(older, 10, 11);
    ask(holder(1), 11);
    assertThat(events).containsExactly("take 5", "wound 5");

    end(younger);

    assertThat(events).containsExactly("take 5", "wound 5", "back 5", "take 1");
  }

  @Test
  void nobodyOvertakesAnOlderWaiter() {
    Holder first = holder(1);
    ask(first, 10);
    ask(holder(2), 10, 11);
    Request overtaking = ask(holder(3), 11);
    assertThat(queue.isWaiting(overtaking)).isTrue();

    end(first);

    assertThat(events).containsExactly("take 1", "back 1", "take 2");
  }

  @Test
  void anOlderOneOvertakesAYoungerWaiter() {
    Holder first = holder(2);
    ask(first, 10);
    ask(holder(4), 10);
    ask(holder(3), 10);

    end(first);

    assertThat(events).containsExactly("take 2", "back 2", "take 3");
  }

  @Test
  void whoIsGoneIsNotWaitedFor() {
    Holder first = holder(1);
    ask(first, 10);
    Request second = ask(holder(2), 10, 11);
    ask(holder(3), 11);
    queue.remove(second);
    queue.advance();

    assertThat(events).containsExactly("take 1", "take 3");
    assertThat(queue.objects()).isEqualTo(2);
    assertThat(queue.removeIf(holder -> true)).isTrue();
    assertThat(queue.isEmpty()).isTrue();
    assertThat(queue.objects()).isZero();
  }

  @Test
  void whatIsAskedForTwiceIsGivenBackOnce() {
    Holder holder = holder(1);
    Request first = ask(holder, 10, 10);
    queue.remove(ask(holder, 10, 11));
    assertThat(givenBack).containsExactly(11L);

    Request waits = ask(holder(2), 10);
    assertThat(queue.isWaiting(waits)).isTrue();
    queue.remove(first);
    queue.advance();

    assertThat(givenBack).containsExactly(11L, 10L);
    assertThat(queue.isWaiting(waits)).isFalse();
  }

  @Test
  void oneRequestOfATransactionIsGivenUpWithoutTheOther() {
    Holder holder = holder(1);
    ask(holder, 10);
    Request second = ask(holder, 11);
    Request waits = ask(holder(2), 10);
    queue.remove(second);
    queue.advance();
    ask(holder(3), 11);

    assertThat(queue.isWaiting(waits)).isTrue();
    assertThat(events).containsExactly("take 1", "take 1", "back 1", "take 3");
  }
}
