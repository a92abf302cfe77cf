package io.hotpot.store;

import java.util.Map;

/**
 * The handle table at one moment, as it was written to the log.
 *
 * @param begin replay starts here: everything below is in the pages
 * @param end the end of the batch that completed it
 * @param stamp of the last commit in it
 * @param slots number of slots ever used
 * @param freeHead first free slot, 0 for none
 * @param generation that slots never used before start with
 * @param objects live objects
 * @param liveBytes by chunk sequence
 * @param pages addresses of the PAGE batches, in slot order
 * @param ledger addresses of those that hold the ledger; none in a store of its own
 */
record Checkpoint(
    long begin,
    long end,
    long stamp,
    int slots,
    int freeHead,
    int generation,
    long objects,
    Map<Integer, Long> liveBytes,
    long[] pages,
    long[] ledger) {}
