/**
 * {@code hotpot bench}: measures of the store beside the limits of the machine and beside other
 * stores.
 *
 * <p>Read {@link io.hotpot.tools.bench.BenchCommand} first, then {@code MeasureRunner}, which
 * starts a {@code ChildJvm} for every measure and round. There {@code BenchChild} runs a {@link
 * io.hotpot.tools.bench.Measure}: of the machine ({@code RawLimits}), of Hotpot alone ({@code
 * HotpotMeasures}), or of any store ({@code Loops}, on an {@code ItemStore}). What comes back is
 * kept in {@code Results}, judged by {@code Bar} and shown by {@code Report}.
 *
 * <p>Another store is a {@link io.hotpot.tools.bench.PeerKind}; all are in the module {@code
 * peers}, as are YCSB's workloads ({@code YcsbRunner} starts them).
 *
 * <p>Clusters are measured apart, by {@code ClusterBench}: {@code ClusterNodes} starts three nodes,
 * each a {@code TalkingJvm} that is told what to do next, with the drivers in it ({@code
 * ClusterChild}, in the module {@code peers}). A cluster is a {@link
 * io.hotpot.tools.bench.ClusterKind}; {@code ClusterResults}, {@code ClusterBars} and {@code
 * ClusterReport} are to these what {@code Results}, {@code Bar} and {@code Report} are to stores.
 */
@NullMarked
package io.hotpot.tools.bench;

import org.jspecify.annotations.NullMarked;
