/**
 * Other stores that Hotpot is measured beside, each in one class, and the workloads of YCSB. Only
 * {@code hotpot bench --peers} and {@code --ycsb} have this on their class path.
 */
@NullMarked
package io.hotpot.peers;

import org.jspecify.annotations.NullMarked;
