package io.hotpot.replication.rdma;

import java.util.List;
import java.util.Optional;

/**
 * The sizes and offsets of native structs that DiSNI takes for granted, in bytes.
 *
 * <p>DiSNI lays out work requests in direct memory and reads completions from it. The compiler
 * checks the same table against the headers (layout.c); this one is held against what the loaded
 * library was compiled with, since a library of another build may have been loaded.
 */
final class RdmaLayout {

  private record Field(String name, int expected) {}

  private static final List<Field> FIELDS =
      List.of(
          new Field("size of a pointer", 8),
          new Field("size of ibv_send_wr", 128),
          new Field("ibv_send_wr.wr_id", 0),
          new Field("ibv_send_wr.next", 8),
          new Field("ibv_send_wr.sg_list", 16),
          new Field("ibv_send_wr.num_sge", 24),
          new Field("ibv_send_wr.opcode", 28),
          new Field("ibv_send_wr.send_flags", 32),
          new Field("ibv_send_wr.imm_data", 36),
          new Field("ibv_send_wr.wr.rdma.remote_addr", 40),
          new Field("ibv_send_wr.wr.rdma.rkey", 48),
          new Field("size of ibv_recv_wr", 32),
          new Field("ibv_recv_wr.wr_id", 0),
          new Field("ibv_recv_wr.next", 8),
          new Field("ibv_recv_wr.sg_list", 16),
          new Field("ibv_recv_wr.num_sge", 24),
          new Field("size of ibv_sge", 16),
          new Field("ibv_sge.addr", 0),
          new Field("ibv_sge.length", 8),
          new Field("ibv_sge.lkey", 12),
          new Field("size of ibv_wc", 48),
          new Field("ibv_wc.wr_id", 0),
          new Field("ibv_wc.status", 8),
          new Field("ibv_wc.opcode", 12),
          new Field("ibv_wc.vendor_err", 16),
          new Field("ibv_wc.byte_len", 20),
          new Field("ibv_wc.imm_data", 24),
          new Field("ibv_wc.qp_num", 28),
          new Field("ibv_wc.src_qp", 32),
          new Field("ibv_wc.wc_flags", 36),
          new Field("ibv_wc.pkey_index", 40),
          new Field("ibv_wc.slid", 42),
          new Field("ibv_wc.sl", 44),
          new Field("ibv_wc.dlid_path_bits", 45),
          new Field("size of sockaddr_in", 16),
          new Field("sockaddr_in.sin_family", 0),
          new Field("sockaddr_in.sin_port", 2),
          new Field("sockaddr_in.sin_addr", 4));

  private RdmaLayout() {}

  /** Why a library with this layout must not be used, for a message; empty if it may. */
  static Optional<String> obstacle(int[] actual) {
    if (actual.length != FIELDS.size()) {
      return Optional.of(
          "the native library tells another number of fields - expected="
              + FIELDS.size()
              + ", actual="
              + actual.length
              + "; build Hotpot anew");
    }
    for (int i = 0; i < actual.length; i++) {
      Field field = FIELDS.get(i);
      if (actual[i] != field.expected()) {
        return Optional.of(
            "the native library has another layout: "
                + field.name()
                + " - expected="
                + field.expected()
                + ", actual="
                + actual[i]
                + "; build Hotpot anew against the rdma-core of this machine");
      }
    }
    return Optional.empty();
  }

  /** The layout that is expected, as a library would tell it. */
  static int[] expected() {
    return FIELDS.stream().mapToInt(Field::expected).toArray();
  }
}
