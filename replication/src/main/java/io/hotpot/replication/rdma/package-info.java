/**
 * RDMA by DiSNI: the native library under it, and whether it can be used here. docs/RDMA.md says
 * how an operator gets it to work.
 */
@NullMarked
package io.hotpot.replication.rdma;

import org.jspecify.annotations.NullMarked;
