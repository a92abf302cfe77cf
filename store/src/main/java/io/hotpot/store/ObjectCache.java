package io.hotpot.store;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Policy;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The decoded versions that are kept at hand, bounded by the size of their encoded forms. Reads
 * fill it; commits only replace what is there, since what is written is often not read again.
 *
 * <p>In two levels. The objects used last are found in {@link HotVersions}, at a place that follows
 * from their id; behind it is Caffeine, which decides what is kept, and is asked only when another
 * object has that place. So Caffeine does not see the uses of an object while it has its place, and
 * may drop it; but the place keeps it, and when another object takes that, Caffeine sees both
 * again. A quarter of the bound is set aside for what only its place keeps.
 *
 * <p>It may hold a version that is no longer the newest: whoever asks compares the version's
 * address with the one in the handle table, and an address is never used twice.
 *
 * <p>Thread-safety: all methods from any thread.
 */
final class ObjectCache {

  /** About what an entry takes beside its value. */
  static final int ENTRY_BYTES = 128;

  /** An object's place in the cache. */
  static final class Entry {

    private static final VarHandle VERSION;

    static {
      try {
        VERSION = MethodHandles.lookup().findVarHandle(Entry.class, "version", Version.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    private final int accountedBytes;
    private Version version;

    Entry(Version version) {
      this.version = version;
      this.accountedBytes = version.payloadBytes();
    }

    Version version() {
      return (Version) VERSION.getAcquire(this);
    }

    private boolean replace(Version newer) {
      if (newer.payloadBytes() > accountedBytes + accountedBytes / 4) {
        return false;
      }
      VERSION.setRelease(this, newer);
      return true;
    }
  }

  private final HotVersions hot;
  private final Cache<Long, Entry> entries;
  private final Policy<Long, Entry> policy;

  /** Reads that found no version at hand, or an old one. */
  private final LongAdder misses = new LongAdder();

  ObjectCache(long maxBytes) {
    hot = new HotVersions(maxBytes / 4);
    entries =
        Caffeine.newBuilder()
            .maximumWeight(maxBytes - hot.maxBytes())
            .weigher((Long id, Entry e) -> ENTRY_BYTES + e.accountedBytes)
            .executor(Runnable::run)
            .build();
    policy = entries.policy();
  }

  /** The version at hand, maybe an old one. */
  @Nullable Version get(long objectId) {
    Version version = hot.get(objectId);
    return version != null ? version : getDistant(objectId);
  }

  private @Nullable Version getDistant(long objectId) {
    Entry entry = entries.getIfPresent(objectId);
    if (entry == null) {
      return null;
    }
    Version version = entry.version();
    hot.put(version);
    return version;
  }

  /** As {@link #get}, for a writer: does not count as a use of the object. */
  @Nullable Entry peek(long objectId) {
    return policy.getIfPresentQuietly(objectId);
  }

  void fill(long objectId, Version version) {
    entries.put(objectId, new Entry(version));
    hot.put(version);
  }

  /** A new version of an object whose entry {@link #peek} returned. */
  void replace(long objectId, Entry entry, Version version) {
    if (!entry.replace(version)) {
      fill(objectId, version);
    } else if (hot.get(objectId) != null) {
      hot.put(version);
    }
  }

  /** Counts a read that has to decode the object. */
  void missed() {
    misses.increment();
  }

  long misses() {
    return misses.sum();
  }

  void remove(long objectId) {
    entries.invalidate(objectId);
    hot.remove(objectId);
  }

  void removePartition(int partition) {
    entries.asMap().keySet().removeIf(id -> ObjectId.partition(id) == partition);
    hot.removePartition(partition);
  }
}
