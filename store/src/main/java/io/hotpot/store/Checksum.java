package io.hotpot.store;

import java.util.zip.CRC32C;

/**
 * Checksums of batches and records: CRC32C, seeded so that bytes of another place or life never
 * pass.
 */
final class Checksum {

  private Checksum() {}

  /**
   * CRC32C of a range, combined with a seed. A CRC is linear, so the seed is mixed in, not only
   * prepended.
   */
  static int of(byte[] bytes, int offset, int length, long seed) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, offset, length);
    return (int) crc.getValue() ^ (int) mix(seed);
  }

  static int of(ChunkMemory memory, int offset, int length, long seed) {
    CRC32C crc = new CRC32C();
    memory.checksum(crc, offset, length);
    return (int) crc.getValue() ^ (int) mix(seed);
  }

  /** A 64-bit finaliser (SplitMix64). */
  static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
