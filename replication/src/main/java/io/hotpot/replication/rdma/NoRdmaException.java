package io.hotpot.replication.rdma;

/** RDMA cannot be used here; the message says why, for an operator. */
public final class NoRdmaException extends Exception {
  private static final long serialVersionUID = 1L;

  public NoRdmaException(String message) {
    super(message);
  }

  public NoRdmaException(String message, Throwable cause) {
    super(message, cause);
  }
}
