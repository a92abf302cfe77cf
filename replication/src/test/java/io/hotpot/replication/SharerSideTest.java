package io.hotpot.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.replication.CopyMessage.Absent;
import io.hotpot.replication.CopyMessage.Copy;
import io.hotpot.replication.CopyMessage.Evicted;
import io.hotpot.replication.CopyMessage.Fetch;
import io.hotpot.replication.CopyMessage.Invalidate;
import io.hotpot.replication.CopyMessage.Invalidated;
import io.hotpot.replication.CopyMessage.NotServed;
import io.hotpot.replication.CopyMessage.Unreadable;
import io.hotpot.replication.Owners.Route;
import io.hotpot.store.CorruptException;
import io.hotpot.store.HotpotException;
import io.hotpot.store.NotAMember;
import io.hotpot.store.spi.ObjectWrite;
import io.hotpot.store.spi.RemoteCopy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Copies under the rules of PROTOCOL 7.3, 7.4, 7.5, 7.10 and 7.12, message by message. */
class SharerSideTest {

  private static final Peer TWO = new Peer(2, 1);
  private static final Peer THREE = new Peer(3, 1);
  private static final long OBJECT = id(2, 5);

  private final LonelyNode node = new LonelyNode();
  private SharerSide sharer = new SharerSide(node, 1 << 20);
  private final List<RemoteCopy> found = new ArrayList<>();
  private final List<HotpotException> failed = new ArrayList<>();
  private final CopyReader reader =
      new CopyReader() {
        @Override
        public void found(RemoteCopy copy) {
          found.add(copy);
        }

        @Override
        public void failed(HotpotException reason) {
          failed.add(reason);
        }
      };

  private static long id(int partition, int slot) {
    return (long) partition << 46 | 1L << 30 | slot;
  }

  @BeforeEach
  void connect() {
    sharer.sessionBegan(TWO, 1);
    sharer.sessionBegan(THREE, 1);
  }

  @AfterEach
  void invariantsHold() {
    sharer.checkInvariants();
  }

  private Fetch takeFetch() {
    List<Message> messages = node.takeSent(2);
    assertThat(messages).singleElement().isInstanceOf(Fetch.class);
    return (Fetch) messages.get(0);
  }

  private void answer(Fetch fetch, long stamp) {
    sharer.handle(
        TWO, 1, new Copy(fetch.fetch(), fetch.epoch(), fetch.objectId(), stamp, new byte[100]));
  }

  private RemoteCopy install(long stamp) {
    sharer.read(OBJECT, reader);
    answer(takeFetch(), stamp);
    return found.getLast();
  }

  private void invalidate(long objectId) {
    sharer.handle(TWO, 1, new Invalidate(2, 1, 44, new long[] {objectId}));
  }

  @Test
  void severalReadersShareOneFetch() {
    sharer.read(OBJECT, reader);
    sharer.read(OBJECT, reader);

    answer(takeFetch(), 7);

    assertThat(found).hasSize(2);
    assertThat(found.get(0)).isSameAs(found.get(1)).isSameAs(sharer.find(OBJECT));
    assertThat(found.get(0).installed()).isEqualTo(1).isEqualTo(sharer.installations());
  }

  @Test
  void nothingIsACopyToo() {
    sharer.read(OBJECT, reader);
    sharer.handle(TWO, 1, new Absent(takeFetch().fetch(), 1, OBJECT));

    assertThat(sharer.find(OBJECT).stamp()).isZero();
    assertThat(sharer.find(OBJECT).payload()).isNull();
  }

  @Test
  void anInvalidationDropsAndDoomsBeforeItIsAcknowledged() {
    RemoteCopy copy = install(7);

    invalidate(OBJECT);

    assertThat(copy.isValid()).isFalse();
    assertThat(sharer.find(OBJECT)).isNull();
    assertThat(node.takeSent(2)).containsExactly(new Invalidated(2, 1, 44));
  }

  @Test
  void anInvalidationThatOvertakesTheReplyPoisonsIt() {
    sharer.read(OBJECT, reader);
    Fetch fetch = takeFetch();
    invalidate(OBJECT);
    node.takeSent(2);

    answer(fetch, 7);

    assertThat(found).isEmpty();
    assertThat(sharer.find(OBJECT)).isNull();
    answer(takeFetch(), 8);
    assertThat(found).singleElement().extracting(RemoteCopy::stamp).isEqualTo(8L);
  }

  @Test
  void aReplyOfAnEarlierSessionIsNotInstalled() {
    sharer.read(OBJECT, reader);
    Fetch fetch = takeFetch();
    sharer.sessionEnded(TWO, 1);
    sharer.sessionBegan(TWO, 2);
    Fetch again = takeFetch();

    answer(fetch, 7);
    assertThat(found).isEmpty();

    sharer.handle(TWO, 2, new Copy(again.fetch(), 1, OBJECT, 8, new byte[1]));
    assertThat(found).hasSize(1);
  }

  @Test
  void aReplyOfAnEarlierEpochIsNotInstalled() {
    sharer.read(OBJECT, reader);
    Fetch fetch = takeFetch();
    node.configured(LonelyNode.configuration(2, 2));
    assertThat(takeFetch().epoch()).isEqualTo(2);

    answer(fetch, 7);

    assertThat(found).isEmpty();
    assertThat(sharer.find(OBJECT)).isNull();
  }

  @Test
  void aReplyAfterTheLeaseIsNotInstalled() {
    sharer.read(OBJECT, reader);
    node.leaseEndNs = node.nowNs;
    answer(takeFetch(), 7);

    assertThat(failed).singleElement().isInstanceOf(NotAMember.class);
    assertThat(sharer.find(OBJECT)).isNull();
  }

  @Test
  void aReplyToAnotherIncarnationIsNotInstalled() {
    sharer.read(OBJECT, reader);
    Fetch fetch = takeFetch();
    node.self = new Peer(1, 2);

    answer(fetch, 7);

    assertThat(found).isEmpty();
  }

  @Test
  void theEndOfASessionDropsWhatThatOwnerGranted() {
    RemoteCopy two = install(7);
    sharer.read(id(3, 1), reader);
    Fetch fetch = (Fetch) node.takeSent(3).get(0);
    sharer.handle(THREE, 1, new Copy(fetch.fetch(), 1, id(3, 1), 9, new byte[1]));
    RemoteCopy three = found.getLast();

    sharer.sessionEnded(TWO, 1);

    assertThat(two.isValid()).isFalse();
    assertThat(three.isValid()).isTrue();
  }

  @Test
  void aNewEpochAndALostLeaseDropCopies() {
    RemoteCopy copy = install(7);
    sharer.dropPartition(3, 2);
    assertThat(copy.isValid()).isTrue();
    sharer.dropPartition(2, 2);
    assertThat(copy.isValid()).isFalse();

    RemoteCopy other = install(8);
    sharer.read(id(2, 9), reader);
    sharer.dropAll(new NotAMember("over"));
    assertThat(other.isValid()).isFalse();
    assertThat(failed).hasSize(1);
  }

  private static List<ObjectWrite> update(long objectId) {
    return List.of(new ObjectWrite(objectId, ObjectWrite.Kind.UPDATE, new byte[] {1}));
  }

  private SentWrites hold() {
    return sharer.hold(2, new Route(2, 1, 1), update(OBJECT));
  }

  @Test
  void aHeldObjectIsNotFetchedUntilItIsReleased() {
    RemoteCopy copy = install(7);
    SentWrites one = hold();
    SentWrites other = hold();
    assertThat(copy.isValid()).isFalse();

    sharer.read(OBJECT, reader);
    sharer.release(one);
    sharer.release(one);
    assertThat(node.takeSent(2)).isEmpty();
    sharer.end(other);

    answer(takeFetch(), 8);
    assertThat(found.getLast().stamp()).isEqualTo(8);
    sharer.end(one);
  }

  @Test
  void whatAFetchBringsThatWasInFlightWhenItsObjectWasHeldIsNotInstalled() {
    sharer.read(OBJECT, reader);
    Fetch fetch = takeFetch();
    SentWrites sent = hold();

    answer(fetch, 7);

    assertThat(sharer.find(OBJECT)).isNull();
    assertThat(node.takeSent(2)).isEmpty();
    sharer.release(sent);
    answer(takeFetch(), 8);
    assertThat(found).singleElement().extracting(RemoteCopy::stamp).isEqualTo(8L);
    sharer.end(sent);
  }

  @Test
  void whatHasCommittedBecomesACopyForThoseWhoWaitToo() {
    RemoteCopy before = install(7);
    SentWrites sent = hold();
    assertThat(sent.keptAs()).isGreaterThan(1);
    sharer.read(OBJECT, reader);

    sharer.committed(sent, 8);
    sharer.end(sent);

    assertThat(before.isValid()).isFalse();
    assertThat(sharer.find(OBJECT)).isSameAs(found.getLast());
    assertThat(found.getLast().stamp()).isEqualTo(8);
    assertThat(found.getLast().payload()).containsExactly(1);
    assertThat(node.takeSent(2)).isEmpty();
  }

  @Test
  void aFetchBehindTheVoteIsOvertakenByTheOutcome() {
    SentWrites sent = hold();
    sharer.release(sent);
    sharer.read(OBJECT, reader);
    Fetch fetch = takeFetch();

    sharer.committed(sent, 8);
    sharer.end(sent);
    answer(fetch, 9);

    assertThat(found).singleElement().extracting(RemoteCopy::stamp).isEqualTo(8L);
    assertThat(sharer.find(OBJECT)).isSameAs(found.getLast());
  }

  @Test
  void whatWasInvalidatedBeforeItsOutcomeIsNotKept() {
    SentWrites sent = hold();
    invalidate(OBJECT);
    assertThat(node.takeSent(2)).containsExactly(new Invalidated(2, 1, 44));

    sharer.committed(sent, 8);
    sharer.end(sent);

    assertThat(sharer.find(OBJECT)).isNull();
  }

  @Test
  void twoCommitsThatChangeTheSameKeepNeither() {
    SentWrites one = hold();
    SentWrites other = hold();

    sharer.committed(one, 8);
    sharer.end(one);
    sharer.committed(other, 9);
    sharer.end(other);

    assertThat(sharer.find(OBJECT)).isNull();
    SentWrites later = hold();
    sharer.committed(later, 10);
    sharer.end(later);
    assertThat(sharer.find(OBJECT)).isNotNull();
  }

  @Test
  void nothingIsKeptOfAnotherSessionEpochIncarnationOrLease() {
    SentWrites session = hold();
    sharer.sessionEnded(TWO, 1);
    sharer.sessionBegan(TWO, 2);
    keepsNothing(session);

    SentWrites epoch = sharer.hold(2, new Route(2, 1, 2), update(OBJECT));
    node.configured(LonelyNode.configuration(2, 2));
    keepsNothing(epoch);

    SentWrites incarnation = sharer.hold(2, new Route(2, 2, 2), update(OBJECT));
    node.self = new Peer(1, 2);
    keepsNothing(incarnation);

    SentWrites lease = sharer.hold(2, new Route(2, 2, 2), update(OBJECT));
    node.leaseEndNs = node.nowNs;
    keepsNothing(lease);
  }

  private void keepsNothing(SentWrites sent) {
    sharer.committed(sent, 8);
    sharer.end(sent);
    assertThat(sharer.find(OBJECT)).isNull();
  }

  @Test
  void deletionsAndBulkAreNotKept() {
    SentWrites deleted =
        sharer.hold(
            2,
            new Route(2, 1, 1),
            List.of(new ObjectWrite(OBJECT, ObjectWrite.Kind.DELETE, new byte[0])));
    keepsNothing(deleted);

    List<ObjectWrite> many = new ArrayList<>();
    for (int slot = 0; slot <= SentWrites.MOST_KEPT; slot++) {
      many.addAll(update(id(2, slot)));
    }
    SentWrites bulk = sharer.hold(2, new Route(2, 1, 1), many);
    assertThat(bulk.keptAs()).isZero();
    keepsNothing(bulk);
  }

  @Test
  void theOwnerGoesOnListingWhatMayBeKept() {
    sharer = new SharerSide(node, 500);
    connect();
    List<RemoteCopy> all = fillBeyondRoom();
    long gone =
        all.stream()
            .map(RemoteCopy::objectId)
            .filter(id -> sharer.find(id) == null)
            .findFirst()
            .orElseThrow();
    SentWrites sent = sharer.hold(2, new Route(2, 1, 1), update(gone));
    sharer.read(id(2, 99), reader); // a later number than that of the commit

    node.pass(EvictedCopies.LINGER_NS);

    for (Message message : node.takeSent(2)) {
      if (message instanceof Evicted evicted) {
        assertThat(evicted.objectIds()).doesNotContain(gone);
      }
    }
    sharer.end(sent);
  }

  @Test
  void aPartitionThatIsNotServedYetIsAskedAgain() {
    sharer.read(OBJECT, reader);
    sharer.handle(TWO, 1, new NotServed(takeFetch().fetch(), 2, 1));
    assertThat(node.takeSent(2)).isEmpty();

    node.pass(50_000_000);

    answer(takeFetch(), 7);
    assertThat(found).hasSize(1);
  }

  @Test
  void aPartitionInALaterEpochIsAskedWhenItIsKnown() {
    sharer.read(OBJECT, reader);
    sharer.handle(TWO, 1, new NotServed(takeFetch().fetch(), 2, 2));
    node.pass(1_000_000_000);
    assertThat(node.takeSent(2)).isEmpty();

    node.configured(LonelyNode.configuration(2, 2));

    assertThat(takeFetch().epoch()).isEqualTo(2);
  }

  @Test
  void whatCannotBeReadIsSaid() {
    sharer.read(OBJECT, reader);
    sharer.handle(TWO, 1, new Unreadable(takeFetch().fetch(), 1, OBJECT, "a bad checksum"));

    assertThat(failed)
        .singleElement()
        .isInstanceOf(CorruptException.class)
        .extracting(Throwable::getMessage)
        .asString()
        .contains("a bad checksum");
  }

  @Test
  void anEvictedCopyStaysGoodForAWhileAndIsStillInvalidated() {
    sharer = new SharerSide(node, 500);
    connect();
    List<RemoteCopy> all = fillBeyondRoom();
    List<RemoteCopy> gone = all.stream().filter(c -> sharer.find(c.objectId()) == null).toList();
    assertThat(gone).hasSizeGreaterThan(10).allMatch(RemoteCopy::isValid);

    invalidate(gone.get(0).objectId());
    assertThat(gone.get(0).isValid()).isFalse();
    assertThat(gone.get(1).isValid()).isTrue();
    sharer.dropOwner(2);
    assertThat(all).noneMatch(RemoteCopy::isValid);
  }

  @Test
  void theOwnerIsToldOfEvictedCopiesWhenTheyAreGoodForNobodyAnyMore() {
    sharer = new SharerSide(node, 500);
    connect();
    List<RemoteCopy> all = fillBeyondRoom();
    List<Long> gone =
        all.stream().map(RemoteCopy::objectId).filter(id -> sharer.find(id) == null).toList();
    sharer.read(gone.get(0), reader); // in flight: the owner must go on listing it
    Fetch last = takeFetch();

    node.pass(EvictedCopies.LINGER_NS);

    List<Long> told = new ArrayList<>();
    for (Message message : node.takeSent(2)) {
      Evicted evicted = (Evicted) message;
      assertThat(evicted.fetch()).isEqualTo(last.fetch());
      for (long id : evicted.objectIds()) {
        told.add(id);
      }
    }
    assertThat(told).containsExactlyInAnyOrderElementsOf(gone.subList(1, gone.size()));
    assertThat(all).allMatch(copy -> copy.isValid() == (sharer.find(copy.objectId()) == copy));
  }

  private List<RemoteCopy> fillBeyondRoom() {
    for (int slot = 1; slot <= 20; slot++) {
      sharer.read(id(2, slot), reader);
      answer(takeFetch(), slot);
      node.pass(0);
    }
    return List.copyOf(found);
  }
}
