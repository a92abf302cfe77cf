package io.hotpot.replication;

import java.util.concurrent.Executor;

/**
 * The threads of a node that may block for the medium; each runs one task after another.
 *
 * @param flusher for flushes alone
 * @param medium for what others wait for: promises, cuts, promotions, healing
 * @param unhurried for what may take long and nobody waits for: steps of tables that are kept,
 *     growth of the heap, copies that are verified or given up
 */
public record MediumThreads(Executor flusher, Executor medium, Executor unhurried) {}
