package io.hotpot.peers;

import com.intel.pmem.llpl.Transaction;
import com.intel.pmem.llpl.TransactionalHeap;
import com.intel.pmem.llpl.TransactionalMemoryBlock;
import io.hotpot.tools.bench.Measure;
import io.hotpot.tools.bench.Peer;
import io.hotpot.tools.bench.PeerKind;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.StampedLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Intel's LLPL by itself: a memory block for each value, overwritten in place under LLPL's undo
 * log. LLPL has no isolation; locks striped over the keys give it what the others have.
 *
 * <pre>
 * root     8 x SEGMENTS         handles of segments, 0 if none
 * segment  8 x SEGMENT_SIZE     handles of values, 0 if none
 * value    4 + capacity         length, bytes
 * </pre>
 */
public final class LlplPeer implements Peer {

  /** LLPL for tables and options. */
  public static final class Kind implements PeerKind {
    private static final String FIXED_SIZE =
        "the pool has its full size from the start, and LLPL does not tell what is in use";

    @Override
    public String name() {
      return "LLPL";
    }

    @Override
    public String setting() {
      return "TransactionalHeap, values overwritten in place; PMEM_IS_PMEM_FORCE=1 if not synced";
    }

    @Override
    public boolean isTransactional() {
      return true;
    }

    @Override
    @SuppressWarnings("restricted") // the JVM was started with native access enabled
    public Optional<String> obstacle() {
      String system = System.getProperty("os.name") + " " + System.getProperty("os.arch");
      if (!system.equals("Linux amd64")) {
        return Optional.of("LLPL is for Linux amd64, this is " + system);
      }
      for (String library : new String[] {"libpmem.so.1", "libpmemobj.so.1", "libpmempool.so.1"}) {
        try (Arena arena = Arena.ofConfined()) {
          var _ = SymbolLookup.libraryLookup(library, arena);
        } catch (IllegalArgumentException e) {
          return Optional.of(library + " is not installed");
        }
      }
      return Optional.empty();
    }

    @Override
    public Map<Measure, String> unfit() {
      return Map.of(Measure.SPACE_TEN, FIXED_SIZE);
    }

    /**
     * Forced to take the file for persistent memory, libpmem flushes cache lines and leaves the
     * pages to the operating system: they survive the process, not the power. Else it calls msync.
     */
    @Override
    public Map<String, String> environment(boolean sync) {
      return Map.of("PMEM_IS_PMEM_FORCE", sync ? "0" : "1");
    }

    @Override
    public Peer open(Path directory, boolean sync) {
      return new LlplPeer(directory);
    }
  }

  private static final long POOL_BYTES = 1L << 30;
  private static final int SEGMENTS = 4096;
  private static final int SEGMENT_SIZE = 1024;
  private static final int STRIPES = 256;

  /** Room for a value that grows a little. */
  private static final int CAPACITY_STEP = 64;

  private final TransactionalHeap heap;
  private final TransactionalMemoryBlock root;
  private final StampedLock[] stripes = new StampedLock[STRIPES];

  /** Those that have been used; each is there for good. */
  private final AtomicReferenceArray<@Nullable TransactionalMemoryBlock> segments =
      new AtomicReferenceArray<>(SEGMENTS);

  private final ReentrantLock adding = new ReentrantLock();

  private LlplPeer(Path directory) {
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new StampedLock();
    }
    String file = directory.resolve("pool").toString();
    if (TransactionalHeap.exists(file)) {
      heap = TransactionalHeap.openHeap(file);
      root = heap.memoryBlockFromHandle(heap.getRoot());
    } else {
      heap = TransactionalHeap.createHeap(file, POOL_BYTES);
      root = Transaction.create(heap, this::newRoot);
    }
  }

  private TransactionalMemoryBlock newRoot() {
    TransactionalMemoryBlock block = newTable(SEGMENTS);
    heap.setRoot(block.handle());
    return block;
  }

  @Override
  public void put(long[] keys, byte[][] values) {
    for (long key : keys) {
      segmentFor(key);
    }
    int[] locked = stripesOf(keys);
    long[] stamps = new long[locked.length];
    for (int i = 0; i < locked.length; i++) {
      stamps[i] = stripes[locked[i]].writeLock();
    }
    try {
      Transaction.create(
          heap,
          () -> {
            for (int i = 0; i < keys.length; i++) {
              put(keys[i], values[i]);
            }
          });
    } finally {
      for (int i = 0; i < locked.length; i++) {
        stripes[locked[i]].unlockWrite(stamps[i]);
      }
    }
  }

  /** In ascending order and each once: so writers never wait in a circle. */
  private static int[] stripesOf(long[] keys) {
    return keys.length == 1
        ? new int[] {stripe(keys[0])}
        : Arrays.stream(keys).mapToInt(LlplPeer::stripe).sorted().distinct().toArray();
  }

  private static int stripe(long key) {
    return (int) (key % STRIPES);
  }

  private void put(long key, byte[] value) {
    TransactionalMemoryBlock segment = segmentFor(key);
    long old = segment.getLong(slot(key));
    TransactionalMemoryBlock block = old == 0 ? null : heap.memoryBlockFromHandle(old);
    if (block == null || block.size() < Integer.BYTES + value.length) {
      if (block != null) {
        block.freeMemory();
      }
      int capacity = (value.length + CAPACITY_STEP - 1) / CAPACITY_STEP * CAPACITY_STEP;
      block = heap.allocateMemoryBlock(Integer.BYTES + (long) capacity);
      segment.setLong(slot(key), block.handle());
    }
    block.setInt(0, value.length);
    block.copyFromArray(value, 0, Integer.BYTES, value.length);
  }

  private static long slot(long key) {
    return key % SEGMENT_SIZE * Long.BYTES;
  }

  private TransactionalMemoryBlock segmentFor(long key) {
    int number = Math.toIntExact(key / SEGMENT_SIZE);
    TransactionalMemoryBlock segment = segments.get(number);
    return segment == null ? addSegment(number) : segment;
  }

  private TransactionalMemoryBlock addSegment(int number) {
    adding.lock();
    try {
      long place = (long) number * Long.BYTES;
      long handle = root.getLong(place);
      TransactionalMemoryBlock segment =
          handle == 0
              ? Transaction.create(heap, () -> newSegment(place))
              : heap.memoryBlockFromHandle(handle);
      segments.set(number, segment);
      return segment;
    } finally {
      adding.unlock();
    }
  }

  private TransactionalMemoryBlock newSegment(long place) {
    TransactionalMemoryBlock segment = newTable(SEGMENT_SIZE);
    root.setLong(place, segment.handle());
    return segment;
  }

  private TransactionalMemoryBlock newTable(int slots) {
    TransactionalMemoryBlock block = heap.allocateMemoryBlock((long) slots * Long.BYTES);
    block.setMemory((byte) 0, 0, (long) slots * Long.BYTES);
    return block;
  }

  @Override
  public <T> T read(long key, Function<ByteBuffer, T> decoder) {
    TransactionalMemoryBlock segment = segmentFor(key);
    StampedLock stripe = stripes[stripe(key)];
    long stamp = stripe.readLock();
    try {
      long handle = segment.getLong(slot(key));
      if (handle == 0) {
        throw Peer.missing(key);
      }
      TransactionalMemoryBlock block = heap.memoryBlockFromHandle(handle);
      byte[] value = new byte[block.getInt(0)];
      block.copyToArray(Integer.BYTES, value, 0, value.length);
      return decoder.apply(ByteBuffer.wrap(value));
    } finally {
      stripe.unlockRead(stamp);
    }
  }

  /** LLPL closes its heaps when the process ends, and not before. */
  @Override
  public void close() {}
}
