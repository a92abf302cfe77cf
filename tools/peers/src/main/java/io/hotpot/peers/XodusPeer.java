package io.hotpot.peers;

import io.hotpot.tools.bench.Measure;
import io.hotpot.tools.bench.Peer;
import io.hotpot.tools.bench.PeerKind;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import jetbrains.exodus.ArrayByteIterable;
import jetbrains.exodus.ByteIterable;
import jetbrains.exodus.bindings.LongBinding;
import jetbrains.exodus.env.Environment;
import jetbrains.exodus.env.EnvironmentConfig;
import jetbrains.exodus.env.Environments;
import jetbrains.exodus.env.Store;
import jetbrains.exodus.env.StoreConfig;
import org.jspecify.annotations.Nullable;

/** Xodus: a log with a tree in it; writers take turns, as its optimistic ones would clash. */
public final class XodusPeer implements Peer {

  /** Xodus for tables and options. */
  public static final class Kind implements PeerKind {
    @Override
    public String name() {
      return "Xodus";
    }

    @Override
    public String setting() {
      return "Environment, exclusive transactions, setLogDurableWrite for commits that are synced";
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
      return Map.of();
    }

    @Override
    public Peer open(Path directory, boolean sync) {
      return new XodusPeer(directory, sync);
    }
  }

  private final Environment environment;
  private final Store items;

  private XodusPeer(Path directory, boolean sync) {
    environment =
        Environments.newInstance(
            directory.toFile(), new EnvironmentConfig().setLogDurableWrite(sync));
    items =
        environment.computeInTransaction(
            transaction ->
                environment.openStore("items", StoreConfig.WITHOUT_DUPLICATES, transaction));
  }

  @Override
  public void put(long[] keys, byte[][] values) {
    environment.executeInExclusiveTransaction(
        transaction -> {
          for (int i = 0; i < keys.length; i++) {
            items.put(
                transaction, LongBinding.longToEntry(keys[i]), new ArrayByteIterable(values[i]));
          }
        });
  }

  @Override
  public <T> T read(long key, Function<ByteBuffer, T> decoder) {
    return environment.computeInReadonlyTransaction(
        transaction -> {
          @Nullable ByteIterable value = items.get(transaction, LongBinding.longToEntry(key));
          if (value == null) {
            throw Peer.missing(key);
          }
          return decoder.apply(ByteBuffer.wrap(value.getBytesUnsafe(), 0, value.getLength()));
        });
  }

  @Override
  public void close() {
    environment.close();
  }
}
