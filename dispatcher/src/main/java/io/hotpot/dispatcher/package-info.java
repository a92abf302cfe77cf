/**
 * The central dispatcher (membership, leases, placement, names) and the commit dispatcher of each
 * node (transactions over several owners). docs/PROTOCOL.md is the description that this package
 * follows; numbers of steps refer to it.
 */
@NullMarked
package io.hotpot.dispatcher;

import org.jspecify.annotations.NullMarked;
