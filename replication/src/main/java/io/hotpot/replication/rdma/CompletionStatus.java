package io.hotpot.replication.rdma;

/** What the numbers of {@code enum ibv_wc_status} mean to an operator. */
final class CompletionStatus {

  static final int SUCCESS = 0;

  private CompletionStatus() {}

  static String describe(int status) {
    return switch (status) {
      case 1 -> "a message was longer than the buffer for it (local length error)";
      case 4 -> "memory of this node is not registered any more (local protection error)";
      case 5 -> "the queue pair is broken (flushed)";
      case 9 -> "the other end was asked for what it cannot do (remote invalid request)";
      case 10 -> "the other end does not allow the access: key or bounds (remote access error)";
      case 11 -> "the other end failed (remote operation error)";
      case 12 -> "the other end does not answer (retries used up)";
      case 13 -> "the other end has no buffer ready (retries used up)";
      case 19 -> "the device failed (fatal error)";
      default -> "a work request failed (completion status " + status + ")";
    };
  }
}
