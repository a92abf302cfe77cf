package io.hotpot.store;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A pool that is a file. */
final class FileBytes implements PoolBytes {

  private final Path file;
  private final FileChannel channel;

  static FileBytes open(Path file, boolean readOnly) throws IOException {
    return new FileBytes(
        file,
        readOnly
            ? FileChannel.open(file, StandardOpenOption.READ)
            : FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE));
  }

  private FileBytes(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  @Override
  public byte[] read(long offset, int lengthBytes) throws IOException {
    return Bytes.read(channel, offset, lengthBytes);
  }

  @Override
  public void write(byte[] bytes, long offset) throws IOException {
    Bytes.write(channel, bytes, offset);
  }

  @Override
  public void force(boolean metadata) throws IOException {
    channel.force(metadata);
  }

  @Override
  public long size() throws IOException {
    return channel.size();
  }

  @Override
  public boolean canGrow() {
    return true;
  }

  @Override
  public MemorySegment map(boolean readOnly, long lengthBytes, Arena arena) throws IOException {
    return channel.map(readOnly ? MapMode.READ_ONLY : MapMode.READ_WRITE, 0, lengthBytes, arena);
  }

  @Override
  public Medium medium() throws IOException {
    return Medium.probe(file, channel);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
