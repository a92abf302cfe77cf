package io.hotpot.store;

/**
 * How well one chunk of 4 MiB is used.
 *
 * @param chunk the chunk's index in the heap
 * @param partition the partition whose log it holds a piece of
 * @param usedBytes that have been appended to it
 * @param liveBytes of records in it that are the newest version of their object
 */
public record ChunkUse(int chunk, int partition, int usedBytes, long liveBytes) {}
