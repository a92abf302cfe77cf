package io.hotpot.peers;

import io.hotpot.tools.bench.Measure;
import io.hotpot.tools.bench.OrderedPeer;
import io.hotpot.tools.bench.Peer;
import io.hotpot.tools.bench.PeerKind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.GetOp;
import org.lmdbjava.Txn;

/**
 * LMDB: one writer at a time, by LMDB's own lock; readers keep their transactions and renew them,
 * as its documentation advises.
 */
public final class LmdbPeer implements OrderedPeer {

  /** LMDB for tables and options. */
  public static final class Kind implements PeerKind {
    @Override
    public String name() {
      return "LMDB";
    }

    @Override
    public String setting() {
      return "lmdbjava, integer keys; MDB_NOSYNC and MDB_WRITEMAP for commits that are not synced";
    }

    @Override
    public boolean isTransactional() {
      return true;
    }

    @Override
    public boolean isOrdered() {
      return true;
    }

    @Override
    public Optional<String> obstacle() {
      return Obstacles.of(() -> Class.forName("org.lmdbjava.Library"));
    }

    @Override
    public Map<Measure, String> unfit() {
      return Map.of();
    }

    @Override
    public Peer open(Path directory, boolean sync) {
      return new LmdbPeer(directory, sync);
    }
  }

  private static final long MAP_BYTES = 4L << 30;
  private static final int PAGE_BYTES = 4096;

  private final Env<ByteBuffer> environment;
  private final Dbi<ByteBuffer> database;

  /** A thread's own read transaction and buffer. */
  private final ThreadLocal<Reader> readers = ThreadLocal.withInitial(this::newReader);

  private final Queue<Reader> allReaders = new ConcurrentLinkedQueue<>();

  private record Reader(Txn<ByteBuffer> transaction, ByteBuffer key) {}

  private LmdbPeer(Path directory, boolean sync) {
    EnvFlags[] flags =
        sync ? new EnvFlags[] {} : new EnvFlags[] {EnvFlags.MDB_NOSYNC, EnvFlags.MDB_WRITEMAP};
    environment =
        Env.create()
            .setMapSize(MAP_BYTES)
            .setMaxDbs(1)
            .setMaxReaders(256)
            .open(directory.toFile(), flags);
    database = environment.openDbi("items", DbiFlags.MDB_CREATE, DbiFlags.MDB_INTEGERKEY);
  }

  private Reader newReader() {
    Txn<ByteBuffer> transaction = environment.txnRead();
    transaction.reset();
    Reader reader = new Reader(transaction, newKey());
    allReaders.add(reader);
    return reader;
  }

  @Override
  public void put(long[] keys, byte[][] values) {
    try (Txn<ByteBuffer> transaction = environment.txnWrite()) {
      ByteBuffer name = newKey();
      for (int i = 0; i < keys.length; i++) {
        put(transaction, key(name, keys[i]), values[i]);
      }
      transaction.commit();
    }
  }

  /** The value goes straight into the map. */
  private void put(Txn<ByteBuffer> transaction, ByteBuffer key, byte[] value) {
    database.reserve(transaction, key, value.length).put(value);
  }

  @Override
  public <T> T read(long key, Function<ByteBuffer, T> decoder) {
    Reader reader = readers.get();
    reader.transaction.renew();
    try {
      @Nullable ByteBuffer value = database.get(reader.transaction, key(reader.key, key));
      if (value == null) {
        throw Peer.missing(key);
      }
      return decoder.apply(value);
    } finally {
      reader.transaction.reset();
    }
  }

  @Override
  public void update(long key, UnaryOperator<byte[]> change) {
    try (Txn<ByteBuffer> transaction = environment.txnWrite()) {
      ByteBuffer name = key(newKey(), key);
      @Nullable ByteBuffer value = database.get(transaction, name);
      if (value == null) {
        throw Peer.missing(key);
      }
      byte[] old = new byte[value.remaining()];
      value.get(old);
      put(transaction, name, change.apply(old));
      transaction.commit();
    }
  }

  @Override
  public void scan(long from, int count, Consumer<ByteBuffer> visitor) {
    Reader reader = readers.get();
    reader.transaction.renew();
    try (Cursor<ByteBuffer> cursor = database.openCursor(reader.transaction)) {
      boolean isThere = cursor.get(key(reader.key, from), GetOp.MDB_SET_RANGE);
      for (int left = count; isThere && left > 0; left--) {
        visitor.accept(cursor.val());
        isThere = cursor.next();
      }
    } finally {
      reader.transaction.reset();
    }
  }

  private static ByteBuffer newKey() {
    return ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.nativeOrder());
  }

  private static ByteBuffer key(ByteBuffer buffer, long key) {
    return buffer.clear().putLong(key).flip();
  }

  /** The file of a writable map has its full size from the start, and holes in it. */
  @Override
  public OptionalLong usedBytes() {
    return OptionalLong.of((environment.info().lastPageNumber + 1) * PAGE_BYTES);
  }

  @Override
  public void close() {
    allReaders.forEach(reader -> reader.transaction.close());
    environment.close();
  }
}
