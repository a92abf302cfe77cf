/**
 * What the fabric needs of RDMA: a device, queue pairs, memory regions; and these by DiSNI, which
 * no other package names, with the native library under it, and whether it can be used here.
 * docs/RDMA.md says how an operator gets it to work.
 */
@NullMarked
package io.hotpot.replication.rdma;

import org.jspecify.annotations.NullMarked;
