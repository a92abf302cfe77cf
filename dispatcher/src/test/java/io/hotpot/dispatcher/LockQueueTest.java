package io.hotpot.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.dispatcher.LockQueue.Holder;
import io.hotpot.dispatcher.LockQueue.Request;
import io.hotpot.replication.Peer;
import io.hotpot.store.spi.LockId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
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
    return new Holder(new LockId(1, 1, number), new Peer(1, 1), 0, number, false);
  }

  /** One that only reads. */
  private static Holder reader(long number) {
    return new Holder(new LockId(1, 1, number), new Peer(1, 1), 0, number, true);
  }

  private Request ask(Holder holder, long... objects) {
    Request request = new Request(holder, ++lastRequest, objects, answer -> {});
    queue.add(request);
    queue.checkInvariants();
    queue.advance();
    queue.checkInvariants();
    return request;
  }

  private void end(Holder holder) {
    queue.remove(holder);
    queue.checkInvariants();
    queue.advance();
    queue.checkInvariants();
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

  @Test
  void whatIsAskedForTwiceIsWaitedForOnce() {
    Holder first = holder(1);
    ask(first, 11);
    Holder waiter = holder(2);
    ask(waiter, 10, 11);
    Request second = ask(waiter, 10);
    assertThat(queue.isWaiting(second)).isTrue();

    end(first);

    assertThat(events).containsExactly("take 1", "back 1", "take 2", "take 2");
  }

  @Test
  void readersHoldTogether() {
    ask(reader(1), 10, 11);
    ask(reader(2), 11);

    assertThat(events).containsExactly("take 1", "take 2");
  }

  @Test
  void whoIsYoungerWaitsForAllReaders() {
    Holder one = reader(1);
    Holder two = reader(2);
    ask(one, 10);
    ask(two, 10);
    ask(holder(3), 10);

    end(one);
    assertThat(events).containsExactly("take 1", "take 2", "back 1");
    end(two);
    assertThat(events).endsWith("back 2", "take 3");
  }

  @Test
  void whoIsOlderWoundsTheYoungerReadersOnly() {
    ask(reader(1), 10);
    ask(reader(3), 10);
    ask(reader(4), 10);
    ask(holder(2), 10);

    assertThat(events).containsExactly("take 1", "take 3", "take 4", "wound 3", "wound 4");
  }

  @Test
  void anOlderReaderWoundsWhoHoldsAlone() {
    Holder alone = holder(2);
    ask(alone, 10);
    ask(reader(1), 10);
    end(alone);

    assertThat(events).containsExactly("take 2", "wound 2", "back 2", "take 1");
  }

  @Test
  void noReaderOvertakesAnOlderOneThatWants() {
    Holder one = reader(1);
    ask(one, 10);
    Holder two = holder(2);
    ask(two, 10);
    ask(reader(3), 10);
    ask(reader(4), 10);
    assertThat(events).containsExactly("take 1");

    end(one);
    assertThat(events).containsExactly("take 1", "back 1", "take 2");
    end(two);
    assertThat(events).endsWith("back 2", "take 3", "take 4");
  }

  @Test
  void whoWaitsElsewhereKeepsYoungerOnesBehindIt() {
    Holder first = holder(1);
    ask(first, 10);
    Holder second = holder(2);
    ask(second, 10, 11);
    ask(reader(4), 11);
    Request third = ask(reader(3), 11, 12);
    assertThat(queue.isWaiting(third)).isTrue();

    queue.remove(second);
    queue.checkInvariants();
    queue.advance();

    assertThat(events).containsExactly("take 1", "take 3", "take 4");
  }

  /** What is given is nobody else's, and nobody waits without a reason. */
  @Test
  void whateverIsAskedForAndGivenUpTheCountsAreRight() {
    int taken = 0;
    for (int run = 0; run < 200; run++) {
      SplittableRandom random = new SplittableRandom(run);
      events.clear();
      List<Holder> open = new ArrayList<>();
      long number = 0;
      for (int step = 0; step < 60; step++) {
        if (random.nextInt(3) > 0 || open.isEmpty()) {
          // Ages are drawn: who comes later may be older.
          long age = random.nextLong(1000);
          Holder holder =
              new Holder(
                  new LockId(1, 1, ++number), new Peer(1, 1), 0, age, random.nextInt(3) == 0);
          open.add(holder);
          ask(holder, random.longs(random.nextInt(1, 5), 0, 6).toArray());
        } else if (random.nextInt(3) == 0) {
          Holder holder = open.get(random.nextInt(open.size()));
          ask(holder, random.longs(random.nextInt(1, 5), 0, 6).toArray());
        } else {
          end(open.remove(random.nextInt(open.size())));
        }
      }
      open.sort(Holder.OLDEST_FIRST);
      open.forEach(this::end);
      assertThat(queue.isEmpty()).isTrue();
      assertThat(queue.objects()).isZero();
      taken += (int) events.stream().filter(event -> event.startsWith("take")).count();
    }
    assertThat(taken).isGreaterThan(200 * 15);
  }

  /** Work for the loop of a node, which has its lease to renew besides. */
  @Test
  void aCallCostsWhatIsAskedForOrGivenHoweverManyWait() {
    int waiters = 5_000;
    int objects = 50;
    Holder first = holder(1);
    queue.add(new Request(first, ++lastRequest, LongStream.range(0, objects).toArray(), a -> {}));
    queue.advance();
    for (int i = 0; i < waiters; i++) {
      // All of them want what the first one has, and something of their own.
      long own = 1_000L + (long) objects * i;
      long[] wanted =
          LongStream.concat(LongStream.range(0, objects), LongStream.range(own, own + objects))
              .toArray();
      long before = queue.steps();
      queue.add(new Request(holder(2 + i), ++lastRequest, wanted, answer -> {}));
      queue.advance();
      assertThat(queue.steps() - before).as("steps of waiter %d", i).isLessThan(10L * objects);
    }

    long before = queue.steps();
    queue.remove(first);
    queue.advance();
    assertThat(queue.steps() - before).as("steps of a release").isLessThan(10L * objects);
    assertThat(events).endsWith("take 1", "back 1", "take 2");

    before = queue.steps();
    queue.add(new Request(holder(1_000_000), ++lastRequest, new long[] {-1}, answer -> {}));
    queue.advance();
    assertThat(queue.steps() - before).as("steps of one nobody minds").isLessThan(5);
    assertThat(events).endsWith("take 1000000");
    queue.checkInvariants();
  }

  @Test
  void readersThatAreLetInTogetherCostAStepEach() {
    int readers = 5_000;
    Holder first = holder(1);
    queue.add(new Request(first, ++lastRequest, new long[] {10}, answer -> {}));
    queue.advance();
    for (int i = 0; i < readers; i++) {
      queue.add(new Request(reader(2 + i), ++lastRequest, new long[] {10, 11}, answer -> {}));
      queue.advance();
    }
    assertThat(events).containsExactly("take 1");

    long before = queue.steps();
    queue.remove(first);
    queue.advance();

    assertThat(queue.steps() - before).isLessThan(5L * readers);
    assertThat(events).hasSize(2 + readers);
    queue.checkInvariants();
  }
}
