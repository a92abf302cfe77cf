package io.hotpot.replication;

import io.hotpot.replication.PlaceTable.Place;
import io.hotpot.replication.RemoteMemory.Reader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads records in other nodes' memory, and verifies them.
 *
 * <p>Confined to the loop.
 */
final class PlaceReads {

  /** What is read, and who waits for the end of it. */
  private static final class Chunk {
    int reads;
    final List<Runnable> waiting = new ArrayList<>();
  }

  /** A chunk of another node's log. */
  private record Where(int partition, int sequence) implements Comparable<Where> {
    @Override
    public int compareTo(Where other) {
      int c = Integer.compare(partition, other.partition);
      return c == 0 ? Integer.compare(sequence, other.sequence) : c;
    }
  }

  private final RemoteMemory memory;
  private final RecordParser records;
  private final ClusterCounters counters;
  private final Map<Where, Chunk> underWay = new TreeMap<>();

  PlaceReads(RemoteMemory memory, RecordParser records, ClusterCounters counters) {
    this.memory = memory;
    this.records = records;
    this.counters = counters;
  }

  /**
   * Reads a record at its place.
   *
   * @param done gets the payload, later; null: the owner must be asked
   * @return false if it never will
   */
  boolean read(long objectId, Place place, Consumer<byte @Nullable []> done) {
    Where where = new Where(Owners.partitionOf(objectId), place.sequence());
    Reader reader =
        new Reader() {
          @Override
          public void read(MemorySegment bytes) {
            byte[] record = bytes.toArray(ValueLayout.JAVA_BYTE);
            byte[] payload = records.payload(record, objectId, place.stamp());
            counters.add(ClusterCounter.PLACE_READ_BYTES, record.length);
            counters.add(
                ClusterCounter.RECORD_BYTES_COPIED,
                record.length + (payload == null ? 0 : payload.length));
            counters.count(
                payload == null ? ClusterCounter.PLACES_CHANGED : ClusterCounter.PLACE_READS);
            over(where);
            done.accept(payload);
          }

          @Override
          public void failed(String reason) {
            counters.count(ClusterCounter.PLACES_LOST);
            over(where);
            done.accept(null);
          }
        };
    int node = place.route().node();
    underWay.computeIfAbsent(where, w -> new Chunk()).reads++;
    if (!memory.read(node, place.memory(), place.offset(), place.lengthBytes(), reader)) {
      counters.count(ClusterCounter.PLACES_OUT_OF_REACH);
      over(where);
      return false;
    }
    return true;
  }

  private void over(Where where) {
    Chunk chunk = underWay.get(where);
    if (chunk != null && --chunk.reads == 0) {
      underWay.remove(where);
      chunk.waiting.forEach(Runnable::run);
    }
  }

  /** Runs something when no read in a chunk is under way; none may be begun any more. */
  void whenOver(int partition, int sequence, Runnable then) {
    Chunk chunk = underWay.get(new Where(partition, sequence));
    if (chunk == null) {
      then.run();
    } else {
      chunk.waiting.add(then);
    }
  }
}
