package io.hotpot.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;

/**
 * The undo file beside a pool: an image of the pool's metadata from before the change that is under
 * way. It counts only while the pool's seal is broken; {@link LlplHeapFormat} draws it.
 */
final class PoolUndo {

  private PoolUndo() {}

  /**
   * Saves an image, durably. The file stays and is written over the next time.
   *
   * @return the word that breaks the seal
   */
  static long save(Path undo, PoolBytes pool, PoolMetadata metadata, long storeId, long seal)
      throws IOException {
    List<PoolMetadata.Piece> pieces = metadata.pieces();
    byte[] image = new byte[imageBytes(pieces)];
    int length = LlplHeapFormat.UNDO_HEADER_BYTES;
    for (PoolMetadata.Piece piece : pieces) {
      byte[] bytes = pool.read(piece.offset(), piece.lengthBytes());
      boolean isZero = isZero(bytes);
      Bytes.putLong(image, length, piece.offset());
      Bytes.putInt(image, length + 8, bytes.length);
      Bytes.putInt(image, length + 12, isZero ? 0 : 1);
      length += LlplHeapFormat.UNDO_RANGE_BYTES;
      if (!isZero) {
        System.arraycopy(bytes, 0, image, length, bytes.length);
        length += bytes.length;
      }
    }
    Bytes.putLong(image, 0, LlplHeapFormat.UNDO_MAGIC);
    Bytes.putInt(image, 8, LlplHeapFormat.VERSION);
    Bytes.putLong(image, 16, storeId);
    Bytes.putLong(image, 24, seal);
    Bytes.putLong(image, 32, length);
    Bytes.putInt(image, 12, LlplHeapFormat.checksum(image, 0, length));
    boolean isNew = !Files.exists(undo);
    try (FileChannel channel =
        FileChannel.open(undo, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      ByteBuffer buffer = ByteBuffer.wrap(image, 0, length);
      while (buffer.hasRemaining()) {
        channel.write(buffer, buffer.position());
      }
      channel.force(true);
    }
    if (isNew) {
      Heaps.forceDirectory(undo);
    }
    return LlplHeapFormat.brokenSeal(image, storeId);
  }

  private static int imageBytes(List<PoolMetadata.Piece> pieces) {
    long bytes = LlplHeapFormat.UNDO_HEADER_BYTES;
    for (PoolMetadata.Piece piece : pieces) {
      bytes += LlplHeapFormat.UNDO_RANGE_BYTES + piece.lengthBytes();
    }
    return Math.toIntExact(bytes);
  }

  private static boolean isZero(byte[] bytes) {
    for (byte b : bytes) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  /**
   * Writes the image back into the pool, durably; may be repeated.
   *
   * @param brokenSeal names the image
   * @return the seal that the pool had
   * @throws CorruptException if that image is not there
   */
  static long restore(Path undo, PoolBytes pool, long storeId, long brokenSeal, String name)
      throws IOException {
    byte[] image = Files.exists(undo) ? Files.readAllBytes(undo) : new byte[0];
    int length = checkedLength(image, storeId);
    if (length < 0 || LlplHeapFormat.brokenSeal(image, storeId) != brokenSeal) {
      throw new CorruptException(
          name
              + " was being extended when its process died, and "
              + undo.getFileName()
              + ", which would take it back, is "
              + (image.length == 0 ? "missing" : "damaged or of another time")
              + "; nothing was changed; the objects can still be read: open the store read-only, or restore it from"
              + " a backup");
    }
    int at = LlplHeapFormat.UNDO_HEADER_BYTES;
    while (at < length) {
      long offset = Bytes.getLong(image, at);
      int bytes = Bytes.getInt(image, at + 8);
      boolean isZero = Bytes.getInt(image, at + 12) == 0;
      at += LlplHeapFormat.UNDO_RANGE_BYTES;
      byte[] piece = isZero ? new byte[bytes] : Arrays.copyOfRange(image, at, at + bytes);
      at += isZero ? 0 : bytes;
      if (!Arrays.equals(piece, pool.read(offset, bytes))) {
        pool.write(piece, offset);
      }
    }
    pool.force(true);
    return Bytes.getLong(image, 24);
  }

  /** The image's length, or -1 if it is not sound. */
  private static int checkedLength(byte[] image, long storeId) {
    if (image.length < LlplHeapFormat.UNDO_HEADER_BYTES
        || Bytes.getLong(image, 0) != LlplHeapFormat.UNDO_MAGIC
        || Bytes.getInt(image, 8) != LlplHeapFormat.VERSION
        || Bytes.getLong(image, 16) != storeId
        || !LlplHeapFormat.isSealed(Bytes.getLong(image, 24))) {
      return -1;
    }
    long length = Bytes.getLong(image, 32);
    boolean sound =
        length >= LlplHeapFormat.UNDO_HEADER_BYTES
            && length <= image.length
            && Bytes.getInt(image, 12) == LlplHeapFormat.checksum(image, 0, (int) length);
    return sound ? (int) length : -1;
  }
}
