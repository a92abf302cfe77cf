/**
 * What a store needs of the world around it, so that another part can stand in for it: the cluster,
 * or a simulation that replays a run from a seed. For the modules {@code replication} and {@code
 * dispatcher}; not for applications, and it may change with every version.
 *
 * <p>Code of the store and of the cluster reads no clock, draws no random number, starts no thread
 * and waits for no time but through {@link io.hotpot.store.spi.Seams}.
 */
@NullMarked
package io.hotpot.store.spi;

import org.jspecify.annotations.NullMarked;
