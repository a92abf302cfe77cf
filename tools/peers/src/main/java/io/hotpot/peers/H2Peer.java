package io.hotpot.peers;

import io.hotpot.tools.bench.Measure;
import io.hotpot.tools.bench.OrderedPeer;
import io.hotpot.tools.bench.Peer;
import io.hotpot.tools.bench.PeerKind;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.tx.Transaction;
import org.h2.mvstore.tx.TransactionMap;
import org.h2.mvstore.tx.TransactionStore;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.LongDataType;
import org.jspecify.annotations.Nullable;

/**
 * H2's MVStore under its transaction store. By itself it writes about once a second; here every
 * commit writes, or it would not survive the process.
 */
public final class H2Peer implements OrderedPeer {

  /** H2 for tables and options. */
  public static final class Kind implements PeerKind {
    @Override
    public String name() {
      return "H2";
    }

    @Override
    public String setting() {
      return "MVStore with TransactionStore, MVStore.commit in every commit, sync after it if synced";
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
      return Optional.empty();
    }

    @Override
    public Map<Measure, String> unfit() {
      return Map.of();
    }

    @Override
    public Peer open(Path directory, boolean sync) {
      return new H2Peer(directory, sync);
    }
  }

  private static final int LOCK_TIMEOUT_MILLIS = 60_000;

  private final boolean sync;
  private final MVStore store;
  private final TransactionStore transactions;

  /** The map as a transaction sees it that writes nothing and never ends: for reads. */
  private final TransactionMap<Long, byte[]> items;

  private H2Peer(Path directory, boolean sync) {
    this.sync = sync;
    store =
        new MVStore.Builder()
            .fileName(directory.resolve("items.mv").toString())
            .autoCommitDisabled()
            .open();
    transactions = new TransactionStore(store);
    transactions.init();
    transactions.endLeftoverTransactions();
    items =
        transactions.begin().openMap("items", LongDataType.INSTANCE, ByteArrayDataType.INSTANCE);
  }

  @Override
  public void put(long[] keys, byte[][] values) {
    inTransaction(
        map -> {
          for (int i : LockOrder.of(keys)) {
            map.put(keys[i], values[i]);
          }
        });
  }

  private void inTransaction(Consumer<TransactionMap<Long, byte[]>> work) {
    Transaction transaction = transactions.begin();
    transaction.setTimeoutMillis(LOCK_TIMEOUT_MILLIS);
    try {
      work.accept(items.getInstance(transaction));
      transaction.commit();
    } catch (RuntimeException e) {
      transaction.rollback();
      throw e;
    }
    store.commit();
    if (sync) {
      store.sync();
    }
  }

  @Override
  public <T> T read(long key, Function<ByteBuffer, T> decoder) {
    byte @Nullable [] value = items.get(key);
    if (value == null) {
      throw Peer.missing(key);
    }
    return decoder.apply(ByteBuffer.wrap(value));
  }

  @Override
  public void update(long key, UnaryOperator<byte[]> change) {
    inTransaction(
        map -> {
          byte @Nullable [] old = map.lock(key);
          if (old == null) {
            throw Peer.missing(key);
          }
          map.put(key, change.apply(old));
        });
  }

  @Override
  public void scan(long from, int count, Consumer<ByteBuffer> visitor) {
    Iterator<Map.Entry<Long, byte[]>> entries = items.entryIterator(from, null);
    for (int left = count; left > 0 && entries.hasNext(); left--) {
      visitor.accept(ByteBuffer.wrap(entries.next().getValue()));
    }
  }

  @Override
  public void close() {
    transactions.close();
    store.close();
  }
}
