package io.hotpot.store;

/**
 * What a heap is and what it promises; shown by {@code inspect}.
 *
 * @param kind {@code "llpl"}, {@code "mapped"} or {@code "simulated"}
 * @param location the file or device, for messages
 * @param durability the strongest level that the medium gives, probed, never assumed
 * @param mechanism how {@code drain} reaches that level, for a reader ({@code "clwb + sfence"},
 *     {@code "msync"}, ...)
 * @param reason why this kind of heap was chosen, or why not the preferred one, in one sentence
 */
public record HeapInfo(
    String kind, String location, Durability durability, String mechanism, String reason) {}
