package io.hotpot.store;

import java.util.List;

/**
 * What opening a store found.
 *
 * @param clean whether the store had been closed in order
 * @param scannedBytes of log that were read and verified
 * @param damages what failed its checks; empty for a sound store
 */
public record RecoveryReport(boolean clean, long scannedBytes, List<Damage> damages) {}
