package io.hotpot.replication;

import io.hotpot.store.CorruptException;
import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.OwnedPartition;
import io.hotpot.store.spi.OwnerSide;
import io.hotpot.store.spi.SettledVersion;
import io.hotpot.store.spi.Spared;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** A log in memory: what is below durable-to outlives a crash, of the rest a drawn part. */
class TestLog implements HeldLog {

  /** Chunks are addressed as in the store, and filled only so far. */
  static final int CHUNK_END = LogAddress.DATA_OFFSET + 1024;

  private static final class Chunk {
    byte[] bytes = new byte[CHUNK_END + TestBatch.BYTES];
    int end = LogAddress.DATA_OFFSET;
  }

  /** A batch with the address of its end. */
  record Placed(long end, TestBatch batch) {}

  private final int partition;
  private final TreeMap<Integer, Chunk> chunks = new TreeMap<>();

  /** By the address where each ends. */
  private final TreeMap<Long, Placed> batches = new TreeMap<>();

  private long durableTo;
  private long settledTo;
  private boolean isFilling;
  private @Nullable TestPartition owned;

  TestLog(int partition) {
    this.partition = partition;
  }

  @Override
  public int partition() {
    return partition;
  }

  @Override
  public long tail() {
    return batches.isEmpty() ? 0 : batches.lastKey();
  }

  @Override
  public @Nullable SettledVersion settled(long objectId) {
    return null;
  }

  @Override
  public boolean isStillSettled(long objectId, SettledVersion version) {
    return false;
  }

  @Override
  public int lastChecksum() {
    return batches.isEmpty() ? 0 : batches.lastEntry().getValue().batch().checksum();
  }

  @Override
  public int lastEpoch() {
    return batches.isEmpty() ? 0 : batches.lastEntry().getValue().batch().epoch();
  }

  @Override
  public long durableTo() {
    return durableTo;
  }

  @Override
  public void startFlush() {}

  void flushed(long to) {
    durableTo = Math.max(durableTo, Math.min(to, tail()));
  }

  @Override
  public List<ChunkEnd> chunks() {
    List<ChunkEnd> ends = new ArrayList<>();
    chunks.forEach(
        (sequence, chunk) -> {
          Placed last = batches.get(LogAddress.head(sequence) - LogAddress.DATA_OFFSET + chunk.end);
          ends.add(new ChunkEnd(sequence, chunk.end, last == null ? 0 : last.batch().checksum()));
        });
    return ends;
  }

  @Override
  public List<Integer> sequences() {
    return List.copyOf(chunks.keySet());
  }

  @Override
  public List<BatchEnd> batchesFrom(long address) {
    List<BatchEnd> ends = new ArrayList<>();
    for (Placed placed : batches.tailMap(address, false).values()) {
      if (placed.end() - placed.batch().length() >= address) {
        ends.add(new BatchEnd(placed.end(), placed.batch().checksum()));
      }
    }
    return ends;
  }

  SortedMap<Long, Placed> batches() {
    return batches;
  }

  boolean holdsChunk(int sequence) {
    return chunks.containsKey(sequence);
  }

  @Override
  public boolean read(int sequence, int offset, byte[] into, int length) {
    Chunk chunk = chunks.get(sequence);
    if (chunk == null || offset + length > chunk.end) {
      return false;
    }
    System.arraycopy(chunk.bytes, offset, into, 0, length);
    return true;
  }

  @Override
  public void append(long address, byte[] bytes, LongConsumer changed) {
    int sequence = (int) (address >> 22);
    boolean isNext =
        address == LogAddress.head(sequence) && (chunks.isEmpty() || sequence > chunks.lastKey());
    if (owned != null || isFilling || (address != tail() && !isNext)) {
      throw new CorruptException(
          "an append at " + address + " does not follow the tail, " + tail());
    }
    List<Placed> sound = new ArrayList<>();
    int previous = lastChecksum();
    for (int offset = 0; offset < bytes.length; ) {
      TestBatch batch = TestBatch.read(address + offset, bytes, offset, bytes.length);
      if (batch.length() == 0 || batch.previous() != previous) {
        throw new CorruptException("the chain is broken at " + (address + offset));
      }
      offset += batch.length();
      previous = batch.checksum();
      sound.add(new Placed(address + offset, batch));
    }
    put(sequence, (int) (address - (LogAddress.head(sequence) - LogAddress.DATA_OFFSET)), bytes);
    sound.forEach(placed -> batches.put(placed.end(), placed));
  }

  /** Nobody reaches its memory. */
  @Override
  public @Nullable Loan lend(int sequence, boolean writable, Lending lending) {
    return null;
  }

  @Override
  public int preparedSequence() {
    return NO_CHUNK;
  }

  @Override
  public void appendInPlace(long address, int lengthBytes, LongConsumer changed) {
    throw new CorruptException("nobody has written to " + address);
  }

  private void put(int sequence, int offset, byte[] bytes) {
    Chunk chunk = chunks.computeIfAbsent(sequence, s -> new Chunk());
    System.arraycopy(bytes, 0, chunk.bytes, offset, bytes.length);
    chunk.end = offset + bytes.length;
  }

  @Override
  public void settledTo(long address) {
    settledTo = Math.max(settledTo, address);
  }

  @Override
  public long settledTo() {
    return settledTo;
  }

  /** It has no table. */
  @Override
  public boolean isWarmUpDue() {
    return false;
  }

  @Override
  public boolean warmUp() {
    return false;
  }

  @Override
  public long warmTo() {
    return 0;
  }

  @Override
  public void cut(long address, int checksum) {
    Placed last = batches.get(address);
    if (last == null || last.batch().checksum() != checksum || address < settledTo) {
      throw new CorruptException("no batch to be kept ends at " + address);
    }
    truncate(address);
  }

  private void truncate(long address) {
    batches.tailMap(address, false).clear();
    durableTo = Math.min(durableTo, address);
    int sequence = LogAddress.sequenceOfEnd(address);
    chunks.tailMap(sequence, false).clear();
    Chunk chunk = chunks.get(sequence);
    if (chunk != null) {
      chunk.end = LogAddress.offsetOfEnd(address);
    }
  }

  @Override
  public boolean isDamaged() {
    return false;
  }

  @Override
  public List<Damaged> damages() {
    return List.of();
  }

  @Override
  public @Nullable Damaged damageAt(long address) {
    return null;
  }

  @Override
  public boolean mend(Damaged where, byte[] bytes) {
    throw new UnsupportedOperationException("nothing in it rots");
  }

  @Override
  public Pin pin(int sequence) {
    return () -> {};
  }

  /** Its owner is always short of chunks. */
  @Override
  public Pin keep(int sequence) {
    return () -> {};
  }

  @Override
  public void releaseWhenSettled(int sequence) {
    release(sequence);
  }

  void release(int sequence) {
    chunks.remove(sequence);
    long head = LogAddress.head(sequence);
    batches.subMap(head, head + LogAddress.CHUNK_BYTES - LogAddress.DATA_OFFSET).clear();
  }

  @Override
  public void clear() {
    chunks.clear();
    batches.clear();
    durableTo = 0;
    settledTo = 0;
    isFilling = false;
  }

  @Override
  public void fill(int sequence, int offset, byte[] bytes) {
    Chunk chunk = chunks.get(sequence);
    if (offset != (chunk == null ? LogAddress.DATA_OFFSET : chunk.end)) {
      throw new CorruptException("a hole in chunk " + sequence);
    }
    isFilling = true;
    put(sequence, offset, bytes);
  }

  @Override
  public void filled(List<ChunkEnd> ends, long end) {
    int previous = -1;
    int before = -1;
    for (ChunkEnd expected : ends) {
      Chunk chunk = chunks.get(expected.sequence());
      long base = LogAddress.head(expected.sequence()) - LogAddress.DATA_OFFSET;
      if (chunk == null || chunk.end != expected.end()) {
        throw new CorruptException("chunk " + expected.sequence() + " is not there");
      }
      if (before != expected.sequence() - 1) {
        previous = -1;
      }
      for (int offset = LogAddress.DATA_OFFSET; offset < chunk.end; ) {
        TestBatch batch = TestBatch.read(base + offset, chunk.bytes, offset, chunk.end);
        if (batch.length() == 0 || (previous != -1 && batch.previous() != previous)) {
          throw new CorruptException("the chain is broken at " + (base + offset));
        }
        offset += batch.length();
        previous = batch.checksum();
        batches.put(base + offset, new Placed(base + offset, batch));
      }
      before = expected.sequence();
    }
    if (tail() != end) {
      throw new CorruptException("it ends at " + tail() + ", expected " + end);
    }
    isFilling = false;
  }

  /** The node dies: of what is not durable a part is left. */
  void crash(VirtualWorld world) {
    owned = null;
    if (isFilling) {
      clear();
      return;
    }
    long kept = durableTo;
    for (Placed placed : batchesAfter(durableTo)) {
      if (world.chance(0.5)) {
        break;
      }
      kept = placed.end();
    }
    if (kept == 0) {
      clear();
    } else if (kept < tail()) {
      truncate(kept);
    }
    durableTo = tail();
    settledTo = world.chance(0.5) ? 0 : Math.min(settledTo, tail());
  }

  private List<Placed> batchesAfter(long address) {
    return List.copyOf(batches.tailMap(address, false).values());
  }

  // ---- as owner

  void deposed() {
    owned = null;
  }

  @Nullable TestPartition owned() {
    return owned;
  }

  /** Appends one batch and tells the owner's side. */
  long append(int epoch, int kind, long object, long stamp, int length, OwnerSide side) {
    int sequence = chunks.isEmpty() ? 1 : chunks.lastKey();
    Chunk last = chunks.get(sequence);
    if (last != null && last.end + length > CHUNK_END) {
      appendTo(sequence, epoch, TestBatch.SEAL, 0, 0, TestBatch.BYTES, side, new long[0]);
      sequence++;
    }
    long[] changed = kind == TestBatch.COMMIT ? new long[] {object} : new long[0];
    return appendTo(sequence, epoch, kind, object, stamp, length, side, changed);
  }

  private long appendTo(
      int sequence,
      int epoch,
      int kind,
      long object,
      long stamp,
      int length,
      OwnerSide side,
      long[] changed) {
    Chunk chunk = chunks.computeIfAbsent(sequence, s -> new Chunk());
    long address = LogAddress.head(sequence) - LogAddress.DATA_OFFSET + chunk.end;
    byte[] bytes = TestBatch.write(address, lastChecksum(), epoch, kind, object, stamp, length);
    put(sequence, chunk.end, bytes);
    long end = address + length;
    batches.put(end, new Placed(end, TestBatch.read(address, bytes, 0, length)));
    byte[] reused = Arrays.copyOf(bytes, length + 8);
    side.appended(address, reused, length, changed, Spared.NOBODY);
    Arrays.fill(reused, (byte) -1);
    return end;
  }

  @Override
  public OwnedPartition promote(int epoch, OwnerSide side) {
    int sequence = chunks.lastKey();
    if (batches.lastEntry().getValue().batch().kind() != TestBatch.SEAL) {
      appendTo(sequence, epoch, TestBatch.SEAL, 0, 0, TestBatch.BYTES, side, new long[0]);
    }
    return own(sequence + 16, epoch, side);
  }

  @Override
  public OwnedPartition begin(int epoch, OwnerSide side) {
    return own(1, epoch, side);
  }

  private TestPartition own(int sequence, int epoch, OwnerSide side) {
    appendTo(sequence, epoch, TestBatch.MARK, 0, 0, TestBatch.BYTES, side, new long[0]);
    TestPartition now = new TestPartition(this, epoch, side);
    owned = now;
    return now;
  }

  int oldestChunk() {
    return chunks.firstKey();
  }

  int chunkCount() {
    return chunks.size();
  }

  Map<Long, Placed> inChunk(int sequence) {
    long head = LogAddress.head(sequence);
    return batches.subMap(head, head + LogAddress.CHUNK_BYTES - LogAddress.DATA_OFFSET);
  }
}
