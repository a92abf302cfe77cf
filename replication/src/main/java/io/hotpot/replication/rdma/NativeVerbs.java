package io.hotpot.replication.rdma;

import java.io.IOException;

/** What Hotpot asks of the native library by itself (layout.c), beside what DiSNI asks of it. */
final class NativeVerbs {

  private NativeVerbs() {}

  /** Sizes and offsets that the library was compiled with, in the order of {@link RdmaLayout}. */
  static native int[] layout();

  /**
   * The names of all RDMA devices of this machine, in no particular order.
   *
   * @throws IOException if they cannot be listed
   */
  static native String[] deviceNames() throws IOException;
}
