package io.hotpot.store;

/** How writers of a dataset get along (the two modes of the Hotpot paper, section 4). */
public enum TransactionMode {
  /**
   * Many readers, many writers: optimistic; a conflict shows at commit and the work is run again.
   */
  MRMW,
  /** Many readers, one writer: writers acquire their objects first, and then cannot conflict. */
  MRSW
}
