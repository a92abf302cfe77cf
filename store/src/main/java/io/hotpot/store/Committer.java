package io.hotpot.store;

import io.hotpot.store.spi.Time;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Commits transactions: validate, stamp, append, make durable, publish (architecture §5; rules.md
 * "Validation" and "Several partitions, one node").
 *
 * <p>Thread-safety: stateless; {@link #commit} runs on the transaction's thread and takes the
 * commit locks of all partitions that the transaction touched, in the order of their ids.
 */
final class Committer {

  private final GroupCommit groupCommit;
  private final ExclusiveLocks exclusiveLocks;
  private final Time time;
  private final Durability durability;
  private final Events events;

  Committer(
      GroupCommit groupCommit,
      ExclusiveLocks exclusiveLocks,
      Time time,
      Durability durability,
      Events events) {
    this.groupCommit = groupCommit;
    this.exclusiveLocks = exclusiveLocks;
    this.time = time;
    this.durability = durability;
    this.events = events;
  }

  /**
   * @param owner holder of the exclusive locks that do not count as conflicts
   * @param writes not empty
   * @throws Conflict if something read or written has changed; nothing was appended
   * @throws HeapFull nothing was published
   */
  void commit(Object owner, ReadSet reads, WriteSet writes) {
    Partition single = singlePartition(reads, writes);
    if (single != null) {
      commitSingle(owner, single, reads, writes);
    } else {
      commitSeveral(owner, reads, writes);
    }
    events.commits.increment();
  }

  private static @Nullable Partition singlePartition(ReadSet reads, WriteSet writes) {
    Partition only = writes.onlyPartition();
    return only != null && reads.onlyTouches(only) ? only : null;
  }

  private void commitSingle(Object owner, Partition partition, ReadSet reads, WriteSet writes) {
    InFlightCommit inFlight = null;
    boolean begun = false;
    partition.commitLock.lock();
    try {
      groupCommit.checkTakesCommits();
      reads.validate();
      prepareWrites(owner, writes);
      BatchWriter.checkRoom(partition, writes);
      long stamp = Stamp.after(partition.lastStamp(), time.wallMs());
      partition.lastStamp(stamp);
      boolean wait = durability == Durability.POWER || partition.publication.hasInFlight();
      long begin = partition.log.tail();
      begun = true;
      if (wait) {
        writes.lock(HandleWord.PENDING);
      }
      long end;
      try {
        end = BatchWriter.append(partition, writes, stamp, null, events);
      } catch (RuntimeException | Error e) {
        // Nothing but PART batches was appended, which recovery ignores without their COMMIT.
        writes.unlock();
        throw e;
      }
      if (wait) {
        inFlight =
            new InFlightCommit(
                stamp, List.of(new InFlightCommit.Part(partition, writes, begin, end)));
        partition.publication.enqueue(inFlight);
      } else {
        partition.publication.publish(writes, stamp);
        partition.publication.raise(stamp);
      }
    } catch (RuntimeException | Error e) {
      failIfCutShort(begun, e);
      throw e;
    } finally {
      partition.commitLock.unlock();
    }
    if (inFlight != null) {
      groupCommit.await(inFlight);
    }
  }

  private void commitSeveral(Object owner, ReadSet reads, WriteSet writes) {
    Partition[] touched = touched(reads, writes);
    InFlightCommit inFlight = null;
    boolean begun = false;
    for (Partition partition : touched) {
      partition.commitLock.lock();
    }
    try {
      groupCommit.checkTakesCommits();
      reads.validate();
      prepareWrites(owner, writes);
      List<WriteSet> parts = new ArrayList<>();
      List<Partition> written = new ArrayList<>();
      for (Partition partition : touched) {
        WriteSet part = writes.in(partition);
        if (!part.isEmpty()) {
          parts.add(part);
          written.add(partition);
        }
      }
      long floor = 0;
      boolean wait = durability == Durability.POWER;
      for (Partition partition : touched) {
        floor = Math.max(floor, partition.lastStamp());
        wait |= partition.publication.hasInFlight();
      }
      BatchWriter.checkRoom(written, parts);
      long stamp = Stamp.after(floor, time.wallMs());
      for (Partition partition : touched) {
        partition.lastStamp(stamp);
      }
      begun = true;
      writes.lock(HandleWord.PREPARED);
      List<InFlightCommit.Part> appended;
      try {
        appended = appendSiblings(written, parts, stamp);
      } catch (RuntimeException | Error e) {
        // Nothing but PART batches was appended, which recovery ignores without their COMMIT.
        writes.unlock();
        throw e;
      }
      if (wait) {
        inFlight = new InFlightCommit(stamp, appended);
        for (Partition partition : written) {
          partition.publication.enqueue(inFlight);
        }
      } else {
        for (int i = 0; i < parts.size(); i++) {
          written.get(i).publication.publish(parts.get(i), stamp);
        }
        for (Partition partition : touched) {
          partition.publication.raise(stamp);
        }
      }
    } catch (RuntimeException | Error e) {
      failIfCutShort(begun, e);
      throw e;
    } finally {
      for (Partition partition : touched) {
        partition.commitLock.unlock();
      }
    }
    if (inFlight != null) {
      groupCommit.await(inFlight);
    }
  }

  /**
   * Where anything but a refusal of the store itself ends a commit in the middle (memory or stack
   * used up, a bus error), what the log and the table hold is unknown.
   */
  private void failIfCutShort(boolean begun, Throwable e) {
    if (begun && !(e instanceof HotpotException)) {
      groupCommit.fail(e);
    }
  }

  /**
   * Appends one batch to each partition; each lists the others' places, which are known before they
   * are written.
   */
  private List<InFlightCommit.Part> appendSiblings(
      List<Partition> written, List<WriteSet> parts, long stamp) {
    long[] begins = written.stream().mapToLong(p -> p.log.tail()).toArray();
    BatchWriter.Sibling[] siblings = null;
    if (written.size() > 1) {
      siblings = new BatchWriter.Sibling[written.size()];
      for (int i = 0; i < siblings.length; i++) {
        siblings[i] =
            new BatchWriter.Sibling(
                written.get(i).id,
                BatchWriter.placeParts(
                    written.get(i), parts.get(i), siblings.length, stamp, events));
      }
    }
    List<InFlightCommit.Part> appended = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      long end = BatchWriter.append(written.get(i), parts.get(i), stamp, siblings, events);
      appended.add(new InFlightCommit.Part(written.get(i), parts.get(i), begins[i], end));
    }
    return appended;
  }

  private static Partition[] touched(ReadSet reads, WriteSet writes) {
    List<Partition> touched = new ArrayList<>(reads.partitions());
    for (int i = 0; i < writes.size(); i++) {
      Partition partition = writes.get(i).partition();
      if (!touched.contains(partition)) {
        touched.add(partition);
      }
    }
    Partition[] sorted = touched.toArray(new Partition[0]);
    Arrays.sort(sorted, (a, b) -> Integer.compare(a.id, b.id));
    return sorted;
  }

  /** Checks that what will be replaced is there and not locked, and notes which version that is. */
  private void prepareWrites(Object owner, WriteSet writes) {
    for (int i = 0; i < writes.size(); i++) {
      Write write = writes.get(i);
      write.partition().checkTakesWrites();
      long word = write.partition().table.get(write.slot());
      if (write.kind == Write.Kind.INSERT) {
        write.oldAddress = 0;
        if (HandleWord.tag(word) != HandleWord.RESERVED || HandleWord.isLocked(word)) {
          throw new Conflict(write.objectId);
        }
        continue;
      }
      if (!HandleWord.isReadable(word)) {
        throw HandleWord.isLocked(word)
            ? new Conflict(write.objectId)
            : RecordReader.notFound(write.objectId);
      }
      if (!write.partition().records.noteReplaced(write, word)) {
        throw RecordReader.notFound(write.objectId);
      }
      if (HandleWord.isLocked(word) || exclusiveLocks.heldByOther(write.objectId, owner)) {
        throw new Conflict(write.objectId);
      }
    }
  }
}
