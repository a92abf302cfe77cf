/** Checks the protocol of the cluster, as docs/PROTOCOL.md tells it. */
@NullMarked
package io.hotpot.protocol;

import org.jspecify.annotations.NullMarked;
