package io.hotpot.replication;

/**
 * Thrown when bytes are no message of this version of the protocol. It says something about who
 * sent them, and nothing about the receiver: the session ends and the receiver goes on.
 */
public final class MalformedMessage extends RuntimeException {

  private static final long serialVersionUID = 1L;

  MalformedMessage(String message) {
    super(message);
  }
}
