package io.hotpot.dispatcher;

import io.hotpot.store.CorruptException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Records in one small file that is only appended to, big-endian:
 *
 * <pre>
 *  magic "HPDISP01" 8 bytes
 *  then for each record:
 *  length u32 | checksum u32 | number u64 | the record
 * </pre>
 *
 * The checksum (CRC32C) covers length, number and record; numbers rise by one. Each record is
 * flushed before the next is written, so a crash can leave at most the last one incomplete: it is
 * cut off. A bad record with a good one behind it was damaged later, and the file is refused.
 */
public final class FileLog implements MemberLog {

  private static final long MAGIC = 0x4850444953503031L;
  private static final int HEADER = 16;
  static final int MAX_RECORD = 64 * 1024 * 1024;

  private final Path path;
  private FileChannel channel;
  private long end;
  private long nextNumber;

  private FileLog(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /** Opens the file, or makes it; {@link #open} reads it. */
  public static FileLog at(Path path) throws IOException {
    return new FileLog(path, openChannel(path));
  }

  private static FileChannel openChannel(Path path) throws IOException {
    return FileChannel.open(
        path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  @Override
  public List<byte[]> open() throws IOException {
    ByteBuffer bytes = readAll();
    if (bytes.limit() < Long.BYTES) {
      begin();
      return List.of();
    }
    if (bytes.getLong(0) != MAGIC) {
      throw new CorruptException(path + " is no log of a dispatcher: it begins with other bytes");
    }
    List<byte[]> records = new ArrayList<>();
    int at = Long.BYTES;
    nextNumber = bytes.limit() >= at + HEADER ? bytes.getLong(at + 8) : 0;
    for (byte[] record = read(bytes, at, nextNumber);
        record != null;
        record = read(bytes, at, nextNumber)) {
      records.add(record);
      at += HEADER + record.length;
      nextNumber++;
    }
    refuseIfMoreFollows(bytes, at, records.isEmpty());
    end = at;
    channel.truncate(end);
    channel.force(true);
    return records;
  }

  private ByteBuffer readAll() throws IOException {
    if (channel.size() > 4L * MAX_RECORD) {
      throw new CorruptException(path + " has " + channel.size() + " bytes, more than it can need");
    }
    ByteBuffer bytes = ByteBuffer.allocate((int) channel.size());
    while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) >= 0) {}
    return bytes.flip();
  }

  private void begin() throws IOException {
    channel.truncate(0);
    write(ByteBuffer.allocate(Long.BYTES).putLong(MAGIC).flip(), 0);
    channel.force(true);
    forceDirectory();
    end = Long.BYTES;
    nextNumber = 0;
  }

  /** The record that begins there; null if none does. */
  private static byte @org.jspecify.annotations.Nullable [] read(
      ByteBuffer bytes, int at, long number) {
    if (bytes.limit() - at < HEADER) {
      return null;
    }
    int length = bytes.getInt(at);
    if (length < 0
        || length > bytes.limit() - at - HEADER
        || bytes.getLong(at + 8) != number
        || checksum(bytes, at, length) != bytes.getInt(at + 4)) {
      return null;
    }
    byte[] record = new byte[length];
    bytes.get(at + HEADER, record);
    return record;
  }

  private static int checksum(ByteBuffer bytes, int at, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.slice(at, Integer.BYTES));
    crc.update(bytes.slice(at + 8, Long.BYTES + length));
    return (int) crc.getValue();
  }

  /** Looks for a good record beyond the end that was found: what lies between was damaged. */
  private void refuseIfMoreFollows(ByteBuffer bytes, int from, boolean isFirst) {
    for (int at = from + 1; at <= bytes.limit() - HEADER; at++) {
      long number = bytes.getLong(at + 8);
      long ahead = number - nextNumber;
      if ((isFirst || (ahead > 0 && ahead < MAX_RECORD)) && read(bytes, at, number) != null) {
        throw new CorruptException(
            "%s is damaged at byte %d: record %d follows at byte %d. Restore the file from another copy"
                .formatted(path, from, number, at));
      }
    }
  }

  @Override
  public void append(byte[] record) throws IOException {
    write(encode(record, nextNumber), end);
    channel.force(false);
    end += HEADER + record.length;
    nextNumber++;
  }

  private static ByteBuffer encode(byte[] record, long number) throws IOException {
    if (record.length > MAX_RECORD) {
      throw new IOException("a record of " + record.length + " bytes; at most " + MAX_RECORD);
    }
    ByteBuffer bytes = ByteBuffer.allocate(HEADER + record.length);
    bytes.putInt(0, record.length).putLong(8, number).put(HEADER, record);
    bytes.putInt(4, checksum(bytes, 0, record.length));
    return bytes;
  }

  private void write(ByteBuffer bytes, long position) throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
  }

  @Override
  public void replace(byte[] record) throws IOException {
    Path fresh = path.resolveSibling(path.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    FileLog replacement = at(fresh);
    try {
      replacement.begin();
      replacement.nextNumber = nextNumber;
      replacement.append(record);
      Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      forceDirectory();
    } catch (IOException e) {
      replacement.close();
      throw e;
    }
    channel.close();
    channel = replacement.channel;
    end = replacement.end;
    nextNumber = replacement.nextNumber;
  }

  /** Makes the file's name durable; where directories cannot be flushed, that needs no flush. */
  private void forceDirectory() throws IOException {
    Path directory = path.toAbsolutePath().getParent();
    if (directory != null) {
      try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
        names.force(true);
      }
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
