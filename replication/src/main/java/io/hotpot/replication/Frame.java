package io.hotpot.replication;

/**
 * What goes over a connection:
 *
 * <pre>
 *   frame   length of the payload u32 (at most 256 KiB - 5), type u8, payload
 * </pre>
 *
 * A message is one frame, or as many {@code PIECE}s as it needs and then one that ends it. Pieces
 * of the two lanes may alternate.
 *
 * <p>Between nodes that could use RDMA some more go before a session is carried by it
 * (docs/RDMA.md):
 *
 * <pre>
 *   OFFER     IPv4 address 4 bytes, port u16, token 16 bytes    acceptor, by TCP
 *   DECLINE   a sentence                                        either, by TCP
 *   CLAIM     token 16 bytes                                    dialler, by the queue pair
 *   READY     nothing                                           acceptor, by the queue pair
 *   SWITCH    nothing                                           either, by TCP
 * </pre>
 */
final class Frame {

  static final int HEADER = 5;
  static final int MAX_PAYLOAD = Bounds.FRAME - HEADER;

  /** Bytes that a peer may send before it is in a session. */
  static final int MAX_HANDSHAKE = 1_024;

  static final int HANDSHAKE = 0;
  static final int CONTROL = 1;
  static final int CONTROL_PIECE = 2;
  static final int BULK = 3;
  static final int BULK_PIECE = 4;

  /** Says that the sender lives; no payload. */
  static final int ALIVE = 5;

  /** The session ends; the payload is a sentence that says why. */
  static final int END = 6;

  static final int OFFER = 7;
  static final int DECLINE = 8;
  static final int SWITCH = 9;
  static final int CLAIM = 10;
  static final int READY = 11;

  private Frame() {}
}
