package io.hotpot.store;

import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A batch that another node has written into a chunk of this one, and perhaps still writes to. What
 * is decided upon is read once: the header is copied, and the checksum is that of the copy and of
 * what stands behind it. A writer that changes the rest later damages this chunk, and leads nobody
 * out of it.
 *
 * @param header the copy
 */
record StandingBatch(byte[] header) {

  /**
   * The batch at an offset.
   *
   * @param roomBytes it may have so many bytes
   * @param seed of the partition and the address
   * @return null: no sound batch stands there
   */
  static @Nullable StandingBatch at(ChunkMemory memory, int offset, int roomBytes, long seed) {
    int room = Math.min(roomBytes, Heap.CHUNK_BYTES - offset);
    if (offset < ChunkFormat.DATA_OFFSET || room < BatchFormat.HEADER_BYTES) {
      return null;
    }
    byte[] header = new byte[BatchFormat.HEADER_BYTES];
    memory.get(offset, header, 0, header.length);
    StandingBatch batch = new StandingBatch(header);
    int length = batch.lengthBytes();
    boolean isPossible =
        length >= BatchFormat.HEADER_BYTES
            && length <= room
            && (length & (BatchFormat.ALIGNMENT - 1)) == 0;
    return isPossible && batch.isSound(memory, offset, seed) ? batch : null;
  }

  private boolean isSound(ChunkMemory memory, int offset, long seed) {
    CRC32C crc = new CRC32C();
    crc.update(header, 8, header.length - 8);
    memory.checksum(crc, offset + header.length, lengthBytes() - header.length);
    return checksum() == ((int) crc.getValue() ^ (int) Checksum.mix(seed));
  }

  int lengthBytes() {
    return Bytes.getInt(header, 0);
  }

  int checksum() {
    return Bytes.getInt(header, 4);
  }

  int previousChecksum() {
    return Bytes.getInt(header, 8);
  }

  int epoch() {
    return Bytes.getInt(header, 12);
  }

  int kind() {
    return header[28] & 0xFF;
  }
}
