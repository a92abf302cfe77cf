package io.hotpot.peers;

import io.hotpot.tools.bench.Measure;
import io.hotpot.tools.bench.Peer;
import io.hotpot.tools.bench.PeerKind;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import org.eclipse.serializer.persistence.types.Storer;
import org.eclipse.store.storage.embedded.types.EmbeddedStorage;
import org.eclipse.store.storage.embedded.types.EmbeddedStorageManager;
import org.jspecify.annotations.Nullable;

/**
 * EclipseStore: a graph of Java objects on the heap, of which the program stores what it has
 * changed. It has no isolation, so a lock gives it some; and nothing takes back what a failed
 * transaction has changed on the heap.
 */
public final class EclipseStorePeer implements Peer {

  /** EclipseStore for tables and options. */
  public static final class Kind implements PeerKind {
    private static final String ON_HEAP =
        "all objects are on the Java heap; a read asks no store and decodes nothing";
    private static final String NEVER_SYNCS = "it writes its files and never forces them";

    @Override
    public String name() {
      return "EclipseStore";
    }

    @Override
    public String setting() {
      return "one channel, a storer for each commit; no transactions, so not in the ratios";
    }

    @Override
    public boolean isTransactional() {
      return false;
    }

    @Override
    public Optional<String> obstacle() {
      return Optional.empty();
    }

    @Override
    public Map<Measure, String> unfit() {
      return Map.of(
          Measure.READ, ON_HEAP,
          Measure.READ_TWO, ON_HEAP,
          Measure.POWER, NEVER_SYNCS,
          Measure.POWER_TEN, NEVER_SYNCS,
          Measure.POWER_MANY, NEVER_SYNCS);
    }

    @Override
    public Peer open(Path directory, boolean sync) {
      return new EclipseStorePeer(directory);
    }
  }

  private static final int SEGMENTS = 4096;
  private static final int SEGMENT_SIZE = 1024;

  /** Holds a value; what is stored for a commit. */
  private static final class Holder {
    byte[] value;

    Holder(byte[] value) {
      this.value = value;
    }
  }

  /** The root: holders by key, in segments, so that a new one rewrites little. */
  private static final class Root {
    final @Nullable Holder[] @Nullable [] segments = new Holder[SEGMENTS][];
  }

  private final EmbeddedStorageManager storage;
  private final Root root;
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

  private EclipseStorePeer(Path directory) {
    storage = EmbeddedStorage.start(new Root(), directory);
    root = (Root) storage.root();
  }

  @Override
  public void put(long[] keys, byte[][] values) {
    lock.writeLock().lock();
    try {
      Storer storer = storage.createLazyStorer();
      // A storer writes down what it is given at once: arrays must be complete by then.
      Set<Object> grown = Collections.newSetFromMap(new IdentityHashMap<>());
      for (int i = 0; i < keys.length; i++) {
        put(storer, grown, Math.toIntExact(keys[i]), values[i]);
      }
      grown.forEach(storer::store);
      storer.commit();
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void put(Storer storer, Set<Object> grown, int key, byte[] value) {
    @Nullable Holder @Nullable [] segment = root.segments[key / SEGMENT_SIZE];
    if (segment == null) {
      segment = new Holder[SEGMENT_SIZE];
      root.segments[key / SEGMENT_SIZE] = segment;
      grown.add(root.segments);
    }
    @Nullable Holder holder = segment[key % SEGMENT_SIZE];
    if (holder == null) {
      segment[key % SEGMENT_SIZE] = new Holder(value);
      grown.add(segment);
    } else {
      holder.value = value;
      storer.store(holder);
    }
  }

  @Override
  public <T> T read(long key, Function<ByteBuffer, T> decoder) {
    int number = Math.toIntExact(key);
    lock.readLock().lock();
    try {
      @Nullable Holder @Nullable [] segment = root.segments[number / SEGMENT_SIZE];
      @Nullable Holder holder = segment == null ? null : segment[number % SEGMENT_SIZE];
      if (holder == null) {
        throw Peer.missing(key);
      }
      return decoder.apply(ByteBuffer.wrap(holder.value));
    } finally {
      lock.readLock().unlock();
    }
  }

  @Override
  public void close() {
    storage.shutdown();
  }
}
