package io.hotpot.replication.rdma;

import com.ibm.disni.verbs.impl.NatIbvCompChannel;
import com.ibm.disni.verbs.impl.NatRdmaEventChannel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The file descriptors of the libraries' channels, which DiSNI does not tell. They are read where
 * the libraries keep them:
 *
 * <pre>
 *   struct rdma_event_channel  int fd at 0
 *   struct ibv_comp_channel    struct ibv_context* at 0, int fd at 8
 * </pre>
 */
final class NativeDescriptors {

  private static final int BYTES = 16;

  private NativeDescriptors() {}

  static int of(NatRdmaEventChannel channel) {
    return read(channel.getObjId(), 0);
  }

  static int of(NatIbvCompChannel channel) {
    return read(channel.getObjId(), 8);
  }

  @SuppressWarnings("restricted")
  private static int read(long address, int offset) {
    return MemorySegment.ofAddress(address).reinterpret(BYTES).get(ValueLayout.JAVA_INT, offset);
  }
}
