package io.hotpot.peers;

import io.hotpot.tools.bench.Measure;
import io.hotpot.tools.bench.OrderedPeer;
import io.hotpot.tools.bench.Peer;
import io.hotpot.tools.bench.PeerKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Transaction;
import org.rocksdb.TransactionDB;
import org.rocksdb.TransactionDBOptions;
import org.rocksdb.WriteOptions;

/** RocksDB: transactions with locks, a write-ahead log that is synced or not. */
public final class RocksDbPeer implements OrderedPeer {

  /** RocksDB for tables and options. */
  public static final class Kind implements PeerKind {
    @Override
    public String name() {
      return "RocksDB";
    }

    @Override
    public String setting() {
      return "TransactionDB, write-ahead log on, WriteOptions.sync for commits that are synced";
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
      return Obstacles.of(RocksDB::loadLibrary);
    }

    @Override
    public Map<Measure, String> unfit() {
      return Map.of();
    }

    @Override
    public Peer open(Path directory, boolean sync) throws IOException {
      try {
        return new RocksDbPeer(directory, sync);
      } catch (RocksDBException e) {
        throw new IOException("RocksDB does not open " + directory, e);
      }
    }
  }

  private static final long LOCK_TIMEOUT_MILLIS = 60_000;
  private static final int FIRST_BUFFER = 4096;

  private final Options options = new Options().setCreateIfMissing(true);
  private final TransactionDBOptions transactionOptions =
      new TransactionDBOptions().setTransactionLockTimeout(LOCK_TIMEOUT_MILLIS);
  private final WriteOptions writeOptions;
  private final ReadOptions readOptions = new ReadOptions();
  private final TransactionDB database;
  private final ThreadLocal<byte[]> buffers = ThreadLocal.withInitial(() -> new byte[FIRST_BUFFER]);

  private RocksDbPeer(Path directory, boolean sync) throws RocksDBException {
    writeOptions = new WriteOptions().setSync(sync);
    database = TransactionDB.open(options, transactionOptions, directory.toString());
  }

  @Override
  public void put(long[] keys, byte[][] values) {
    try (Transaction transaction = database.beginTransaction(writeOptions)) {
      for (int i : LockOrder.of(keys)) {
        transaction.put(bytes(keys[i]), values[i]);
      }
      transaction.commit();
    } catch (RocksDBException e) {
      throw new IllegalStateException("RocksDB does not commit", e);
    }
  }

  @Override
  public <T> T read(long key, Function<ByteBuffer, T> decoder) {
    byte[] buffer = buffers.get();
    int length = get(key, buffer);
    if (length == RocksDB.NOT_FOUND) {
      throw Peer.missing(key);
    }
    if (length > buffer.length) {
      buffer = new byte[length];
      buffers.set(buffer);
      return read(key, decoder);
    }
    return decoder.apply(ByteBuffer.wrap(buffer, 0, length));
  }

  private int get(long key, byte[] buffer) {
    try {
      return database.get(readOptions, bytes(key), buffer);
    } catch (RocksDBException e) {
      throw new IllegalStateException("RocksDB does not read the key " + key, e);
    }
  }

  @Override
  public void update(long key, UnaryOperator<byte[]> change) {
    try (Transaction transaction = database.beginTransaction(writeOptions)) {
      byte[] name = bytes(key);
      byte[] old = transaction.getForUpdate(readOptions, name, true);
      if (old == null) {
        throw Peer.missing(key);
      }
      transaction.put(name, change.apply(old));
      transaction.commit();
    } catch (RocksDBException e) {
      throw new IllegalStateException("RocksDB does not update the key " + key, e);
    }
  }

  @Override
  public void scan(long from, int count, Consumer<ByteBuffer> visitor) {
    try (RocksIterator iterator = database.newIterator(readOptions)) {
      int left = count;
      for (iterator.seek(bytes(from)); iterator.isValid() && left > 0; iterator.next()) {
        visitor.accept(ByteBuffer.wrap(iterator.value()));
        left--;
      }
    }
  }

  /** Big-endian, so that the order of the bytes is that of the numbers. */
  private static byte[] bytes(long key) {
    return ByteBuffer.allocate(Long.BYTES).order(ByteOrder.BIG_ENDIAN).putLong(key).array();
  }

  @Override
  public void close() {
    database.close();
    readOptions.close();
    writeOptions.close();
    transactionOptions.close();
    options.close();
  }
}
