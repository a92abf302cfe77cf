package io.hotpot.store;

/**
 * What a dataset holds.
 *
 * @param name of the dataset
 * @param partition number of its partition
 * @param mode how its writers get along
 * @param objects live objects
 * @param liveBytes of their records, headers included
 * @param chunks of 4 MiB that its log uses
 * @param logBytes appended since the store was opened
 */
public record DatasetStats(
    String name,
    int partition,
    TransactionMode mode,
    long objects,
    long liveBytes,
    int chunks,
    long logBytes) {}
