/**
 * The commit dispatcher on a simulated cluster: one thread, virtual time, everything drawn from a
 * seed. {@link io.hotpot.dispatcher.World} is the cluster, {@link
 * io.hotpot.dispatcher.SimPartition} an owned partition whose log survives its owner, {@link
 * io.hotpot.dispatcher.Bug} what may be planted.
 */
package io.hotpot.dispatcher;
