package io.hotpot.peers;

import io.hotpot.tools.bench.Measure;
import io.hotpot.tools.bench.Peer;
import io.hotpot.tools.bench.PeerKind;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.mapdb.DB;
import org.mapdb.DBMaker;
import org.mapdb.HTreeMap;
import org.mapdb.Serializer;

/**
 * MapDB with its write-ahead log. It has one transaction, which is everybody's; so a lock makes
 * writers take turns and keeps readers from what is not committed.
 */
public final class MapDbPeer implements Peer {

  /** MapDB for tables and options. */
  public static final class Kind implements PeerKind {
    private static final String ALWAYS_SYNCS =
        "every commit syncs the log; none survives the process only";

    @Override
    public String name() {
      return "MapDB";
    }

    @Override
    public String setting() {
      return "hash map in a mapped file, transactionEnable; a lock makes writers take turns";
    }

    @Override
    public boolean isTransactional() {
      return true;
    }

    @Override
    public Optional<String> obstacle() {
      return Optional.empty();
    }

    @Override
    public Map<Measure, String> unfit() {
      return Map.of(Measure.COMMIT, ALWAYS_SYNCS, Measure.COMMIT_TEN, ALWAYS_SYNCS);
    }

    @Override
    public Peer open(Path directory, boolean sync) {
      return new MapDbPeer(directory);
    }
  }

  private final DB database;
  private final HTreeMap<Long, byte[]> items;
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

  private MapDbPeer(Path directory) {
    database =
        DBMaker.fileDB(directory.resolve("items.mapdb").toFile())
            .fileMmapEnableIfSupported()
            .transactionEnable()
            .make();
    items = database.hashMap("items", Serializer.LONG, Serializer.BYTE_ARRAY).createOrOpen();
  }

  @Override
  public void put(long[] keys, byte[][] values) {
    lock.writeLock().lock();
    try {
      for (int i = 0; i < keys.length; i++) {
        items.put(keys[i], values[i]);
      }
      database.commit();
    } catch (RuntimeException e) {
      database.rollback();
      throw e;
    } finally {
      lock.writeLock().unlock();
    }
  }

  @Override
  public <T> T read(long key, Function<ByteBuffer, T> decoder) {
    byte @Nullable [] value;
    lock.readLock().lock();
    try {
      value = items.get(key);
    } finally {
      lock.readLock().unlock();
    }
    if (value == null) {
      throw Peer.missing(key);
    }
    return decoder.apply(ByteBuffer.wrap(value));
  }

  @Override
  public void close() {
    database.close();
  }
}
