package io.hotpot.store.spi;

/**
 * Something that a transaction has read.
 *
 * @param stamp of the version; 0: there was no object
 */
public record ObjectRead(long objectId, long stamp) {}
