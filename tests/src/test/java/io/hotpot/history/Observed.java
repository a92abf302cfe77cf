package io.hotpot.history;

import java.util.Map;

/**
 * What one transaction saw and did. Versions are numbers that no two writes share; 0 is what an
 * object held before the first.
 *
 * @param id unique
 * @param begin a moment before its first step, end: one after its last
 * @param committed whether its writes count; one that failed is checked for what it read
 * @param reads version read, by object
 * @param writes version written, by object; each of these objects was read before
 */
public record Observed(
    int id,
    long begin,
    long end,
    boolean committed,
    Map<Integer, Integer> reads,
    Map<Integer, Integer> writes) {}
