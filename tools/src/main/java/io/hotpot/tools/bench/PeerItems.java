package io.hotpot.tools.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Items in a peer, encoded by {@link ItemCodec}. */
final class PeerItems implements ItemStore {

  private static final int AT_ONCE = 1000;

  private final Path directory;
  private final Peer peer;
  private int filled;

  PeerItems(PeerKind kind, Path directory, boolean sync) throws IOException {
    this.directory = directory;
    Files.createDirectories(directory);
    peer = kind.open(directory, sync);
  }

  @Override
  public void fill(int count) {
    for (int from = 0; from < count; from += AT_ONCE) {
      int[] numbers = new int[Math.min(AT_ONCE, count - from)];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = from + i;
      }
      commit(numbers, 0);
    }
    filled = count;
  }

  @Override
  public void commit(int[] numbers, int round) {
    long[] keys = new long[numbers.length];
    byte[][] values = new byte[numbers.length][];
    for (int i = 0; i < numbers.length; i++) {
      keys[i] = numbers[i];
      values[i] = ItemCodec.encode(Item.of(numbers[i], round));
    }
    peer.put(keys, values);
  }

  @Override
  public Item read(int number) {
    return peer.read(number, ItemCodec::decode);
  }

  @Override
  public Item readFirst() {
    return read(0);
  }

  @Override
  public long usedBytes() {
    return peer.usedBytes().orElseGet(() -> sizeOf(directory));
  }

  private static long sizeOf(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.mapToLong(PeerItems::sizeOfFile).sum();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + directory, e);
    }
  }

  /** A peer's own threads may remove a file at any moment. */
  private static long sizeOfFile(Path file) {
    try {
      return Files.isRegularFile(file) ? Files.size(file) : 0;
    } catch (NoSuchFileException e) {
      return 0;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the size of " + file, e);
    }
  }

  @Override
  public long liveBytes() {
    return (long) ItemCodec.encode(Item.of(0, 0)).length * filled;
  }

  @Override
  public void close() {
    peer.close();
  }
}
