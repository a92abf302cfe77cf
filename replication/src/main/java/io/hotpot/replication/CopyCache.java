package io.hotpot.replication;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.hotpot.store.spi.RemoteCopy;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Copies of objects that other nodes own, bounded by bytes. A hit costs one lookup and one volatile
 * read; everything that changes the set of copies happens on the node's loop, except eviction and
 * what a replica reads in its own log ({@link ReplicaReads}).
 *
 * <p>A copy that was dropped is doomed: whoever has read it starts again. One that was evicted is
 * not, or a transaction that reads more than fits would doom itself; it lingers in {@link
 * EvictedCopies}, where an invalidation still finds it.
 *
 * <p>Thread-safety: {@link #find}, {@link #all}, {@link #installations}, {@link #nextInstallation},
 * {@link #note} and {@link #forget} from any thread, the others on the loop only.
 */
final class CopyCache {

  /** What an entry costs beside its payload, about. */
  private static final int ENTRY_BYTES = 128;

  private final Cache<Long, RemoteCopy> copies;

  /** Evicted by whichever thread made room, and not yet seen by the loop. */
  private final Queue<RemoteCopy> evicted = new ConcurrentLinkedQueue<>();

  /** Whose copies we hold: the owner of each partition at the last installation. */
  private final Map<Integer, Integer> ownerOf = new TreeMap<>();

  private final AtomicLong installations = new AtomicLong();

  /**
   * @param capacityBytes of all payloads together, with what an entry costs
   * @param whenEvicted run by any thread, often: {@link #pollEvicted} has something
   */
  CopyCache(long capacityBytes, Runnable whenEvicted) {
    copies =
        Caffeine.newBuilder()
            .maximumWeight(capacityBytes)
            .weigher((Long id, RemoteCopy copy) -> weight(copy))
            .executor(Runnable::run)
            .evictionListener(
                (@Nullable Long id, @Nullable RemoteCopy copy, RemovalCause cause) -> {
                  // Called before the entry is gone, under its lock: a drop that does not find the
                  // entry any more finds it in the queue.
                  evicted.add(copy);
                  whenEvicted.run();
                })
            .build();
  }

  private static int weight(RemoteCopy copy) {
    byte[] payload = copy.payload();
    return ENTRY_BYTES + (payload == null ? 0 : payload.length);
  }

  /** A valid copy; null: there is none. */
  @Nullable RemoteCopy find(long objectId) {
    RemoteCopy copy = copies.getIfPresent(objectId);
    return copy != null && copy.isValid() ? copy : null;
  }

  /** All valid copies, in no order. */
  List<RemoteCopy> all() {
    return copies.asMap().values().stream().filter(RemoteCopy::isValid).toList();
  }

  /** The count of installations up to now. */
  long installations() {
    return installations.get();
  }

  /**
   * The number of another copy. Taken after it was known to be current, and before that is looked
   * at again: so it is current for whoever has this count as its moment (7.7).
   */
  long nextInstallation() {
    return installations.incrementAndGet();
  }

  /** Who owns a partition of which copies are going to be noted. */
  void ownedBy(int partition, int owner) {
    ownerOf.put(partition, owner);
  }

  /**
   * Puts a copy that is not confirmed yet where it is dropped with the others.
   *
   * @return false: there is one already
   */
  boolean note(RemoteCopy copy) {
    return copies.asMap().putIfAbsent(copy.objectId(), copy) == null;
  }

  /** It was noted, and is of no use. */
  void forget(RemoteCopy copy) {
    copies.asMap().remove(copy.objectId(), copy);
    copy.invalidate();
  }

  /**
   * Takes in what an owner has just granted.
   *
   * <p>The count rises first. Whoever read it before the copy could be found may take the copy as
   * current at that moment: the loop has handled every invalidation that came before, and
   * acknowledges none in between.
   */
  RemoteCopy install(int owner, long objectId, long stamp, byte @Nullable [] payload) {
    long number = nextInstallation();
    RemoteCopy copy = new RemoteCopy(objectId, stamp, payload, number);
    ownerOf.put(Owners.partitionOf(objectId), owner);
    RemoteCopy before = copies.asMap().put(objectId, copy);
    if (before != null) {
      before.invalidate();
    }
    return copy;
  }

  /** Drops a copy and dooms its readers; afterwards {@link #pollEvicted} must be emptied. */
  void drop(long objectId) {
    RemoteCopy copy = copies.asMap().remove(objectId);
    if (copy != null) {
      copy.invalidate();
    }
  }

  /** Drops all copies of a partition. */
  void dropPartition(int partition) {
    for (Long objectId : copies.asMap().keySet()) {
      if (Owners.partitionOf(objectId) == partition) {
        drop(objectId);
      }
    }
    ownerOf.remove(partition);
  }

  /** The partitions whose copies this node was granted. */
  Map<Integer, Integer> owners() {
    return Map.copyOf(ownerOf);
  }

  void dropAll() {
    for (Long objectId : copies.asMap().keySet()) {
      drop(objectId);
    }
    ownerOf.clear();
  }

  /** The next copy that was evicted since; null: none. */
  @Nullable RemoteCopy pollEvicted() {
    return evicted.poll();
  }

  /** Whether no more than fits is held, each copy under its own id, and counted. */
  void checkInvariants() {
    copies.cleanUp();
    copies
        .asMap()
        .forEach(
            (id, copy) -> {
              if (copy.objectId() != id
                  || copy.installed() > installations()
                  || !ownerOf.containsKey(Owners.partitionOf(id))) {
                throw new IllegalStateException(
                    "copy under the wrong id, not counted or of an unknown owner - id="
                        + id
                        + ", copy="
                        + copy.objectId()
                        + ", installed="
                        + copy.installed());
              }
            });
  }
}
