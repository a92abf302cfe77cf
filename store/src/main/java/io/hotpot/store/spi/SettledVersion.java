package io.hotpot.store.spi;

/**
 * What this node's copy of a log has of an object, settled and with nothing behind it.
 *
 * @param mark tells whether the copy was told of a later version since ({@link
 *     HeldLog#isStillSettled})
 */
public record SettledVersion(long stamp, byte[] payload, long mark) {}
