package io.hotpot.store;

import io.hotpot.store.spi.Elsewhere;
import io.hotpot.store.spi.ObjectRead;
import io.hotpot.store.spi.RemoteCopy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a transaction has read: for each object the version, and for each partition the stamp up to
 * which all of it is known to have been current at one moment.
 *
 * <p>Opacity (invariant 5): at the last {@link #extend} every version read before was current, and
 * each version read since is not younger than the published stamp taken just before that moment and
 * still the newest; so all of them coexisted then. A version that is younger is read, then the set
 * is extended, then the version must still be the newest.
 *
 * <p>Confined to the transaction's thread.
 */
final class ReadSet {

  /** A partition that was read in. */
  private static final class Joined {
    final Partition partition;
    final @Nullable Joined next;
    long readStamp;
    long latePublications;

    Joined(Partition partition, @Nullable Joined next) {
      this.partition = partition;
      this.next = next;
      this.latePublications = partition.latePublications();
      this.readStamp = partition.publishedStamp();
    }
  }

  /**
   * An object that was read.
   *
   * @param address of the version; 0: there was none
   */
  private record Read(
      Partition partition, long objectId, long address, long stamp, @Nullable Read next) {

    /** By address, and where the cleaner has moved the version, by its stamp. */
    boolean isCurrent(long word) {
      if (address == 0) {
        return !HandleWord.isReadable(word);
      }
      if (!HandleWord.isReadable(word)) {
        return false;
      }
      long now = HandleWord.address(word);
      return now == address
          || (RecordFormat.identity(partition.records.identityWord(now))
                  == ObjectId.identity(objectId)
              && partition.records.stampAt(now) == stamp);
    }

    long word() {
      return partition.table.get(ObjectId.slot(objectId));
    }
  }

  /** A copy of another node's object that was read. */
  private record CopyRead(RemoteCopy copy, @Nullable CopyRead next) {}

  /** The rest of the cluster; null: the store stands alone. */
  private final @Nullable Elsewhere elsewhere;

  private @Nullable Joined joined;
  private @Nullable Read last;
  private @Nullable CopyRead lastCopy;

  /** Copies installed up to this count, and valid still, were current at the moment. */
  private long installedAtMoment = -1;

  ReadSet() {
    this(null);
  }

  ReadSet(@Nullable Elsewhere elsewhere) {
    this.elsewhere = elsewhere;
  }

  List<Partition> partitions() {
    List<Partition> partitions = new ArrayList<>();
    for (Joined j = joined; j != null; j = j.next) {
      partitions.add(j.partition);
    }
    return partitions;
  }

  boolean onlyTouches(Partition partition) {
    Joined j = joined;
    return j == null || (j.next == null && j.partition == partition);
  }

  /**
   * The stamp up to which this partition may be read without an extension; the first call joins the
   * partition.
   */
  long readStamp(Partition partition) {
    for (Joined j = joined; j != null; j = j.next) {
      if (j.partition == partition) {
        return j.readStamp;
      }
    }
    Joined j = new Joined(partition, joined);
    joined = j;
    if (last != null || lastCopy != null) {
      // What was read elsewhere must still have been current when this partition's stamp was taken.
      extend();
    }
    return j.readStamp;
  }

  /**
   * @param address of the version read; 0: there was none
   */
  void add(Partition partition, long objectId, long address, long stamp) {
    last = new Read(partition, objectId, address, stamp, last);
  }

  /**
   * Whether a version may have appeared in a partition since the moment, with a stamp below the
   * read stamp (PROTOCOL 8.2.7).
   */
  boolean mayHaveLate(Partition partition) {
    for (Joined j = joined; j != null; j = j.next) {
      if (j.partition == partition) {
        return j.latePublications != partition.latePublications();
      }
    }
    return false;
  }

  /**
   * Adds a copy of another node's object. It is noted first, where an invalidation that comes now
   * is seen later, and only then looked at (PROTOCOL 7.6).
   *
   * @throws Conflict if it does not fit to what was read before
   */
  void add(RemoteCopy copy) {
    lastCopy = new CopyRead(copy, lastCopy);
    if (copy.installed() > installedAtMoment) {
      extend();
    } else if (!copy.isValid()) {
      throw Conflict.doomed(copy.objectId());
    }
  }

  /** What was read of each partition, as its owner will check it. */
  Map<Integer, List<ObjectRead>> byPartition() {
    Map<Integer, List<ObjectRead>> all = new TreeMap<>();
    for (Read read = last; read != null; read = read.next) {
      note(all, read.objectId, read.stamp);
    }
    for (CopyRead read = lastCopy; read != null; read = read.next) {
      note(all, read.copy.objectId(), read.copy.stamp());
    }
    return all;
  }

  /** The objects that were read. */
  Set<Long> objectIds() {
    Set<Long> ids = new TreeSet<>();
    for (Read read = last; read != null; read = read.next) {
      ids.add(read.objectId);
    }
    for (CopyRead read = lastCopy; read != null; read = read.next) {
      ids.add(read.copy.objectId());
    }
    return ids;
  }

  private static void note(Map<Integer, List<ObjectRead>> all, long objectId, long stamp) {
    all.computeIfAbsent(ObjectId.partition(objectId), p -> new ArrayList<>())
        .add(new ObjectRead(objectId, stamp));
  }

  /**
   * Moves the read stamps up to what is published now.
   *
   * @throws Conflict if something that was read is no longer current
   */
  void extend() {
    if (elsewhere != null) {
      installedAtMoment = elsewhere.installations();
    }
    for (Joined j = joined; j != null; j = j.next) {
      j.latePublications = j.partition.latePublications();
      j.readStamp = j.partition.publishedStamp();
    }
    for (Read read = last; read != null; read = read.next) {
      long word = read.word();
      // A commit over several partitions may be published elsewhere already. A PENDING one is not
      // published: the version read is still the newest, and the stamp taken above is below that
      // commit's.
      if (HandleWord.isPrepared(word) || !read.isCurrent(word)) {
        throw new Conflict(read.objectId);
      }
    }
    for (CopyRead read = lastCopy; read != null; read = read.next) {
      if (!read.copy.isValid()) {
        throw Conflict.doomed(read.copy.objectId());
      }
    }
    // Last: what is current in the table of a partition that has gone to another node is not.
    checkServed();
  }

  /**
   * After the last read: whether this node still served all that was read here. What was current at
   * the moment was so for everybody then.
   *
   * @throws Conflict if not
   */
  void checkServed() {
    for (Joined j = joined; j != null; j = j.next) {
      if (!j.partition.isServed()) {
        throw new Conflict(ObjectId.pack(j.partition.id, 0, 0));
      }
    }
  }

  /**
   * Whether everything read is still current and not locked; under the commit locks of all
   * partitions read.
   *
   * @throws Conflict if not
   */
  void validate() {
    for (Read read = last; read != null; read = read.next) {
      long word = read.word();
      if (HandleWord.isLocked(word) || !read.isCurrent(word)) {
        throw new Conflict(read.objectId);
      }
    }
  }
}
