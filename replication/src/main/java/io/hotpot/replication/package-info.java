/**
 * What nodes say to one another, and how: the fabric, the messages, the view of the cluster that
 * the dispatcher gives out; and on top of them the replicated log, coherent copies and promotion.
 * docs/PROTOCOL.md is the description that this package follows; numbers of steps refer to it.
 *
 * <p>Protocol classes are confined to their node's {@link io.hotpot.replication.NodeLoop} unless
 * they say otherwise. They read no clock, start no thread, draw no random number and touch no
 * socket.
 */
@NullMarked
package io.hotpot.replication;

import org.jspecify.annotations.NullMarked;
