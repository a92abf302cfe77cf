/**
 * Deterministic simulation: code that blocks, on virtual threads that one real thread runs one at a
 * time, in an order drawn from a seed. Time is simulated, and so are crashes and the network; a
 * seed repeats a run exactly.
 *
 * <p>{@code Simulation} → {@code SimNode} → its {@code Seams} ({@code SimTime}, {@code SimChance},
 * {@code SimThreads}); {@code SimNetwork} between nodes. How to use it: docs/TESTING.md.
 */
package io.hotpot.sim;
