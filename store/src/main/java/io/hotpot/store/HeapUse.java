package io.hotpot.store;

/**
 * How much of the heap is used.
 *
 * @param chunksInUse chunks of 4 MiB that hold logs
 * @param chunksAtMost chunks that the heap may grow to
 */
public record HeapUse(int chunksInUse, int chunksAtMost) {}
