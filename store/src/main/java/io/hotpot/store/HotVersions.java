package io.hotpot.store;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The small objects used last, one for each place that an object id maps to: what {@link
 * ObjectCache} looks at first, because a look here takes no lock, counts nothing and writes
 * nothing.
 *
 * <p>Objects of a dataset that were created one after the other lie one after the other here, and
 * do not push each other out; the higher bits of the slot are mixed in, so that objects at a fixed
 * distance do not all meet in one place.
 *
 * <p>Thread-safety: all methods from any thread. Of puts at the same time one stays, and a version
 * may come back for a moment after {@link #remove}: whoever uses a version compares its address.
 */
final class HotVersions {

  /** The largest encoded form of an object that is kept here. */
  static final int MAX_PAYLOAD_BYTES = 512;

  private static final int MAX_PLACES = 1 << 16;

  /** With fewer places than this the table is not worth its upkeep, and stays empty. */
  private static final int MIN_PLACES = 1 << 4;

  private static final int MIXER = 0x9E3779B9;

  private final AtomicReferenceArray<@Nullable Version> places;
  private final int mask;
  private final int bits;

  /**
   * @param maxBytes bound on what the versions take that nothing else refers to
   */
  HotVersions(long maxBytes) {
    long fitting = Math.min(MAX_PLACES, maxBytes / (ObjectCache.ENTRY_BYTES + MAX_PAYLOAD_BYTES));
    int count = fitting < MIN_PLACES ? 0 : Integer.highestOneBit((int) fitting);
    this.places = new AtomicReferenceArray<>(Math.max(1, count));
    this.mask = places.length() - 1;
    this.bits = Integer.bitCount(mask);
  }

  /** What the versions take at most if nothing else refers to them; 0: none are kept. */
  long maxBytes() {
    return mask == 0 ? 0 : (mask + 1L) * (ObjectCache.ENTRY_BYTES + MAX_PAYLOAD_BYTES);
  }

  @Nullable Version get(long objectId) {
    Version version = places.getAcquire(place(objectId));
    return version != null && version.objectId() == objectId ? version : null;
  }

  /** Keeps a version, or, if it is too large, at least no other one of its object. */
  void put(Version version) {
    if (mask == 0 || version.payloadBytes() > MAX_PAYLOAD_BYTES) {
      remove(version.objectId());
    } else {
      places.setRelease(place(version.objectId()), version);
    }
  }

  void remove(long objectId) {
    int place = place(objectId);
    Version version = places.getAcquire(place);
    if (version != null && version.objectId() == objectId) {
      places.compareAndSet(place, version, null);
    }
  }

  void removePartition(int partition) {
    for (int place = 0; place < places.length(); place++) {
      Version version = places.getAcquire(place);
      if (version != null && ObjectId.partition(version.objectId()) == partition) {
        places.compareAndSet(place, version, null);
      }
    }
  }

  private int place(long objectId) {
    int slot = ObjectId.slot(objectId);
    int distance = (slot >>> bits) + 31 * ObjectId.partition(objectId);
    return (slot + ((distance * MIXER) >>> 8)) & mask;
  }
}
