package io.hotpot.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The parts of a pool that native code reads and believes: header, lanes, the heads of the zones,
 * LLPL's root, and the table of extents, which changes together with them. Chunks are not among
 * them, nor labels and registers.
 */
final class PoolMetadata {

  /** A range of the file, at most {@link #PIECE_BYTES} long. */
  record Piece(long offset, int lengthBytes) {}

  static final int PIECE_BYTES = 4096;

  /** Bytes that change whenever the pool is opened or closed. */
  private static final int[][] UNSTABLE = {
    {PmemPoolFormat.SHUTDOWN_STATE_OFFSET, PmemPoolFormat.SHUTDOWN_STATE_END},
    {PmemPoolFormat.RUN_ID_OFFSET, PmemPoolFormat.RUN_ID_END},
    {PmemPoolFormat.VOLATILE_OFFSET, PmemPoolFormat.HEAD_BYTES}
  };

  private final List<long[]> ranges = new ArrayList<>();

  PoolMetadata(PmemPoolFormat.Places places, long directory) {
    add(0, directory);
    add(directory + LlplHeapFormat.EXTENTS_OFFSET, directory + LlplHeapFormat.LABELS_OFFSET);
    for (int i = 1; i < places.zones(); i++) {
      long zone = places.zone(i);
      add(zone, Math.min(places.end(), zone + PmemPoolFormat.ZONE_HEAD_BYTES));
    }
  }

  private void add(long from, long to) {
    ranges.add(new long[] {from, to});
  }

  List<Piece> pieces() {
    List<Piece> pieces = new ArrayList<>();
    for (long[] range : ranges) {
      for (long at = range[0]; at < range[1]; at += PIECE_BYTES) {
        pieces.add(new Piece(at, (int) Math.min(PIECE_BYTES, range[1] - at)));
      }
    }
    return pieces;
  }

  /** CRC32C of everything but the unstable bytes. */
  int checksum(PoolBytes pool) throws IOException {
    CRC32C crc = new CRC32C();
    for (long[] range : ranges) {
      for (long at = range[0]; at < range[1]; at += 1 << 20) {
        byte[] bytes = pool.read(at, (int) Math.min(1 << 20, range[1] - at));
        if (at == 0) {
          clearUnstable(bytes);
        }
        crc.update(bytes);
      }
    }
    return (int) crc.getValue();
  }

  private static void clearUnstable(byte[] head) {
    for (int[] range : UNSTABLE) {
      java.util.Arrays.fill(head, range[0], range[1], (byte) 0);
    }
  }
}
