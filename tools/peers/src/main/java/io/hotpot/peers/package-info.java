/**
 * Other stores that Hotpot is measured beside, each in one class, and the workloads of YCSB. Only
 * {@code hotpot bench --peers}, {@code --ycsb} and {@code --cluster} have this on their class path.
 *
 * <p>Clusters: {@link io.hotpot.peers.ClusterChild} is the process of a node; {@code
 * ClusterDrivers} runs what a {@code ClusterLoad} does (items, accounts, records of YCSB) on the
 * tables of a {@link io.hotpot.tools.bench.ClusterNode}, one class for each kind of cluster.
 */
@NullMarked
package io.hotpot.peers;

import org.jspecify.annotations.NullMarked;
