package io.hotpot.replication;

/**
 * How much of anything a node accepts from another (docs/PROTOCOL.md, section 3). What goes beyond
 * them is refused before it is allocated.
 */
final class Bounds {

  /** Bytes of a frame, its header included. */
  static final int FRAME = 256 << 10;

  /**
   * Bytes of a message: a transaction of 64 MiB, and 8 MiB for the identities of what it reads and
   * writes.
   */
  static final int MESSAGE = 72 << 20;

  /** Bytes that wait to be written in a session. */
  static final int SEND_QUEUE = 32 << 20;

  /** Entries of a list that has no bound of its own. */
  static final int LIST = 4_096;

  /** Objects that a transaction reads, and that it writes. */
  static final int OBJECTS = 65_536;

  /** Partitions that take part in a transaction. */
  static final int PARTICIPANTS = 1_024;

  /** Partitions of a cluster. */
  static final int PARTITIONS = 65_536;

  /** Chunks of a log, and batches of it that are named one by one: a terabyte of chunks. */
  static final int LOG_PARTS = 262_144;

  /** Bytes of a name or another text that must arrive as it is. */
  static final int TEXT = 4_096;

  /** Bytes of a sentence for people; a longer one is cut. */
  static final int SENTENCE = 1_024;

  private Bounds() {}
}
