package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The two levels of the cache by themselves; {@code LincheckTest} has them beside commits. */
final class ObjectCacheTest {

  private static final int PARTITION = 3;
  private static final long MAX_BYTES = 1 << 20;
  private static final int PLACES = 256;

  private static long id(int slot) {
    return ObjectId.pack(PARTITION, 0, slot);
  }

  private static Version version(long id, long address, int bytes) {
    return new Version(id, address, 1, bytes, "value", true);
  }

  @Test
  void neighboursDoNotPushEachOtherOut() {
    HotVersions hot = new HotVersions(MAX_BYTES / 4);
    for (int slot = 0; slot < PLACES; slot++) {
      hot.put(version(id(slot), 1, 100));
    }
    for (int slot = 0; slot < PLACES; slot++) {
      assertThat(hot.get(id(slot))).as("slot %d", slot).isNotNull();
    }
  }

  @Test
  void objectsAtAFixedDistanceUseManyPlaces() {
    HotVersions hot = new HotVersions(MAX_BYTES / 4);
    for (int i = 0; i < PLACES; i++) {
      hot.put(version(id(i * PLACES), 1, 100));
    }
    int kept = 0;
    for (int i = 0; i < PLACES; i++) {
      kept += hot.get(id(i * PLACES)) == null ? 0 : 1;
    }
    assertThat(kept).isGreaterThan(PLACES / 4);
  }

  @Test
  void keepsNoMoreThanItWasGiven() {
    HotVersions hot = new HotVersions(MAX_BYTES / 4);
    assertThat(hot.maxBytes()).isPositive().isLessThanOrEqualTo(MAX_BYTES / 4);
    assertThat(new HotVersions(1000).maxBytes()).isZero();
  }

  @Test
  void withoutRoomNothingIsKept() {
    HotVersions hot = new HotVersions(0);
    hot.put(version(id(1), 1, 100));
    assertThat(hot.get(id(1))).isNull();
  }

  @Test
  void aLargeVersionTakesTheSmallOneOfItsObjectAway() {
    HotVersions hot = new HotVersions(MAX_BYTES / 4);
    hot.put(version(id(1), 1, 100));
    hot.put(version(id(1), 2, HotVersions.MAX_PAYLOAD_BYTES + 1));
    assertThat(hot.get(id(1))).isNull();
  }

  @Test
  void whatLostItsPlaceIsFoundBehindIt() {
    ObjectCache cache = new ObjectCache(MAX_BYTES);
    for (int slot = 0; slot < 2 * PLACES; slot++) {
      cache.fill(id(slot), version(id(slot), slot, 100));
    }
    for (int slot = 0; slot < 2 * PLACES; slot++) {
      Version found = cache.get(id(slot));
      assertThat(found).as("slot %d", slot).isNotNull();
      assertThat(found.address()).isEqualTo(slot);
    }
  }

  @Test
  void aReplacedVersionIsReadNext() {
    ObjectCache cache = new ObjectCache(MAX_BYTES);
    cache.fill(id(1), version(id(1), 1, 100));
    for (int bytes : new int[] {100, 200, HotVersions.MAX_PAYLOAD_BYTES + 1, 100}) {
      ObjectCache.Entry entry = cache.peek(id(1));
      assertThat(entry).isNotNull();
      cache.replace(id(1), entry, version(id(1), bytes + 2, bytes));
      Version found = cache.get(id(1));
      assertThat(found).isNotNull();
      assertThat(found.payloadBytes()).isEqualTo(bytes);
    }
  }

  @Test
  void removedObjectsAndPartitionsLeaveBothLevels() {
    ObjectCache cache = new ObjectCache(MAX_BYTES);
    long elsewhere = ObjectId.pack(PARTITION + 1, 0, 100);
    for (long id : new long[] {id(1), id(2), elsewhere}) {
      cache.fill(id, version(id, 1, 100));
    }
    cache.remove(id(1));
    assertThat(cache.get(id(1))).isNull();
    cache.removePartition(PARTITION);
    assertThat(cache.get(id(2))).isNull();
    assertThat(cache.get(elsewhere)).isNotNull();
  }
}
