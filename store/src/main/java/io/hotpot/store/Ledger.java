package io.hotpot.store;

import io.hotpot.store.spi.TransactionId;
import java.util.List;

/**
 * What a partition of a cluster remembers of transactions, as of one moment: how they ended, who
 * has not learned of a decision, and what need not be remembered; and the bound of its snapshots. A
 * checkpoint carries it, so that the batches that said so may go.
 *
 * @param entries floors first, the others in no order
 */
record Ledger(List<Entry> entries) {

  static final Ledger EMPTY = new Ledger(List.of());

  /** What an entry says; the number in the log is the ordinal. */
  enum Kind {
    /**
     * The committer asks for nothing below this id; of a node's several floors the last one counts,
     * the others are those with which its earlier incarnations ended. Of node 0: outcomes of this
     * incarnation and of earlier ones may have been given up.
     */
    FLOOR,
    /** It committed; value: its stamp, address: the end of the batch that said so. */
    COMMITTED,
    /** It aborted, or never shall commit; the rest as above. */
    ABORTED,
    /** It committed, and a participant has not said that it knows; value: its partition. */
    NOT_LEARNED,
    /** Prepared here, and committed; address: where its prepare begins, which may be read again. */
    PREPARE_COMMITTED,
    /** Prepared here, and aborted. */
    PREPARE_ABORTED,
    /** No snapshot exceeds this stamp; value: the stamp. Of no transaction. */
    BOUND
  }

  /**
   * @param address a multiple of 8
   */
  record Entry(TransactionId id, Kind kind, long value, long address) {}
}
