package io.hotpot.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * What a transaction will do when it commits, or its part in one partition: one {@link Write} for
 * each object, in the order in which the objects were first written.
 *
 * <p>Confined to the transaction's thread until it is handed to the commit.
 */
final class WriteSet {

  /** Up to here a scan of the ids is faster than hashing. */
  private static final int SCANNED = 8;

  private static final long[] NO_IDS = {};

  /** That of every transaction that only reads: nothing is ever added to it. */
  static final WriteSet NONE = new WriteSet();

  /** Without memory of its own until something is written: most transactions only read. */
  private final ArrayList<Write> writes = new ArrayList<>();

  private long[] ids = NO_IDS;
  private long recordBytes;

  /** Open addressing: places in {@code writes} plus one, 0 is empty; null while scanning serves. */
  private int @Nullable [] index;

  static WriteSet of(Write... writes) {
    WriteSet set = new WriteSet();
    for (Write write : writes) {
      set.add(write);
    }
    return set;
  }

  boolean isEmpty() {
    return writes.isEmpty();
  }

  int size() {
    return writes.size();
  }

  Write get(int i) {
    return writes.get(i);
  }

  @Nullable Write find(long objectId) {
    int place = placeOf(objectId);
    return place < 0 ? null : writes.get(place);
  }

  private int placeOf(long objectId) {
    int[] hashed = index;
    if (hashed == null) {
      for (int i = 0; i < writes.size(); i++) {
        if (ids[i] == objectId) {
          return i;
        }
      }
      return -1;
    }
    int mask = hashed.length - 1;
    for (int at = hash(objectId) & mask; hashed[at] != 0; at = (at + 1) & mask) {
      if (ids[hashed[at] - 1] == objectId) {
        return hashed[at] - 1;
      }
    }
    return -1;
  }

  private static int hash(long objectId) {
    return (int) ((objectId * 0x9E3779B97F4A7C15L) >>> 32);
  }

  /**
   * @param write of an object that the set does not hold yet
   */
  void add(Write write) {
    if (writes.size() == ids.length) {
      ids = Arrays.copyOf(ids, Math.max(4, 2 * ids.length));
    }
    ids[writes.size()] = write.objectId;
    writes.add(write);
    recordBytes += write.recordBytes();
    if (writes.size() > SCANNED) {
      enter();
    }
  }

  /** Does something else to an object of the set. */
  void change(Write write, Write.Kind kind, byte[] payload, @Nullable Object value) {
    recordBytes += payload.length - write.payload.length;
    write.kind = kind;
    write.payload = payload;
    write.value = value;
  }

  /** Makes the last write findable by hashing. */
  private void enter() {
    int[] hashed = index;
    if (hashed == null || 2 * writes.size() > hashed.length) {
      index = new int[Integer.highestOneBit(writes.size()) * 4];
      for (int i = 0; i < writes.size(); i++) {
        enter(index, i);
      }
    } else {
      enter(hashed, writes.size() - 1);
    }
  }

  private void enter(int[] hashed, int place) {
    int mask = hashed.length - 1;
    int at = hash(ids[place]) & mask;
    while (hashed[at] != 0) {
      at = (at + 1) & mask;
    }
    hashed[at] = place + 1;
  }

  /** Forgets an object; the order of the others stays. */
  void remove(long objectId) {
    int place = placeOf(objectId);
    if (place < 0) {
      return;
    }
    recordBytes -= writes.remove(place).recordBytes();
    System.arraycopy(ids, place + 1, ids, place, writes.size() - place);
    index = null;
    if (writes.size() > SCANNED) {
      enter();
    }
  }

  /** The part of the set that lies in one partition. */
  WriteSet in(Partition partition) {
    WriteSet part = new WriteSet();
    for (int i = 0; i < writes.size(); i++) {
      if (writes.get(i).partition() == partition) {
        part.add(writes.get(i));
      }
    }
    return part;
  }

  /** The partition that all writes are in, or null if they are in several. */
  @Nullable Partition onlyPartition() {
    Partition first = writes.getFirst().partition();
    for (int i = 1; i < writes.size(); i++) {
      if (writes.get(i).partition() != first) {
        return null;
      }
    }
    return first;
  }

  /** Bytes that the records of the set will take in the log. */
  long recordBytes() {
    return recordBytes;
  }

  /** Locks the words of all objects of the set, those to be created included. */
  void lock(int tag) {
    for (int i = 0; i < writes.size(); i++) {
      writes.get(i).lock(tag);
    }
  }

  /** Takes the locks of a commit that will not be published off again. */
  void unlock() {
    for (int i = 0; i < writes.size(); i++) {
      writes.get(i).unlock();
    }
  }

  boolean onlyDeletes() {
    for (int i = 0; i < writes.size(); i++) {
      if (writes.get(i).kind != Write.Kind.DELETE) {
        return false;
      }
    }
    return true;
  }

  /** Adds the chunks in which the versions lie that are replaced. */
  void collectReplacedChunks(Collection<Integer> sequences) {
    for (int i = 0; i < writes.size(); i++) {
      if (writes.get(i).oldAddress != 0) {
        sequences.add(Address.sequence(writes.get(i).oldAddress));
      }
    }
  }
}
