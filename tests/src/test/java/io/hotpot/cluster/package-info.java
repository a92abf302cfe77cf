/**
 * What a node of a cluster stands on, simulated: its loop, its fabric and the threads that work on
 * its medium. What runs above is the real code.
 */
package io.hotpot.cluster;
