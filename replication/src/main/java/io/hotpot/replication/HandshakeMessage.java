package io.hotpot.replication;

import java.nio.ByteBuffer;

/**
 * What two ends say before there is a session. A frame each, of type {@link Frame#HANDSHAKE}:
 *
 * <pre>
 *   Hello      1 u8, magic u64, lowest and highest version u32, cluster id u64,
 *              from: node u32, incarnation u32, to: node u32, incarnation u32,
 *              last session u64, security u8, nonce bytes
 *   Challenge  2 u8, nonce bytes, proof bytes         with a secret only
 *   Proof      3 u8, proof bytes                      with a secret only
 *   Welcome    4 u8, version u32, session u64
 *   Refused    5 u8, reason text
 * </pre>
 */
sealed interface HandshakeMessage {

  long MAGIC = 0x31_54_4f_50_54_4f_48L; // "HOTPOT1"

  /** The version of the protocol that this code speaks. */
  int VERSION = 2;

  /** Bytes of a nonce and of a proof. */
  int NONCE = 32;

  /**
   * The dialler's first word.
   *
   * @param clusterId 0 when it is not known yet
   * @param lastSession the highest number of a session with this peer so far; the sender holds no
   *     copy of any session up to it
   */
  record Hello(
      int lowestVersion,
      int highestVersion,
      long clusterId,
      Peer from,
      Peer to,
      long lastSession,
      int security,
      byte[] nonce)
      implements HandshakeMessage {}

  record Challenge(byte[] nonce, byte[] proof) implements HandshakeMessage {}

  record Proof(byte[] proof) implements HandshakeMessage {}

  record Welcome(int version, long session) implements HandshakeMessage {}

  record Refused(String reason) implements HandshakeMessage {}

  /** The bytes of this message. */
  default byte[] encode() {
    WireWriter to = new WireWriter();
    switch (this) {
      case Hello m ->
          to.u8(1)
              .i64(MAGIC)
              .i32(m.lowestVersion)
              .i32(m.highestVersion)
              .i64(m.clusterId)
              .i32(m.from.nodeId())
              .i32(m.from.incarnation())
              .i32(m.to.nodeId())
              .i32(m.to.incarnation())
              .i64(m.lastSession)
              .u8(m.security)
              .bytes(m.nonce);
      case Challenge m -> to.u8(2).bytes(m.nonce).bytes(m.proof);
      case Proof m -> to.u8(3).bytes(m.proof);
      case Welcome m -> to.u8(4).i32(m.version).i64(m.session);
      case Refused m -> to.u8(5).sentence(m.reason);
    }
    ByteBuffer written = to.written();
    byte[] bytes = new byte[written.remaining()];
    written.get(bytes);
    return bytes;
  }

  /**
   * The message that some bytes are.
   *
   * @throws MalformedMessage if they are none
   */
  static HandshakeMessage decode(ByteBuffer bytes) {
    WireReader in = new WireReader(bytes);
    int kind = in.u8();
    HandshakeMessage message =
        switch (kind) {
          case 1 -> hello(in);
          case 2 -> new Challenge(nonce(in), nonce(in));
          case 3 -> new Proof(nonce(in));
          case 4 -> new Welcome(in.i32(), in.i64());
          case 5 -> new Refused(in.sentence());
          default -> throw in.malformed("no message of a handshake is of kind " + kind);
        };
    in.end();
    return message;
  }

  private static Hello hello(WireReader in) {
    if (in.i64() != MAGIC) {
      throw in.malformed("the first word is not Hotpot's");
    }
    return new Hello(
        in.i32(),
        in.i32(),
        in.i64(),
        new Peer(in.i32(), in.i32()),
        new Peer(in.i32(), in.i32()),
        in.i64(),
        in.u8(),
        nonce(in));
  }

  private static byte[] nonce(WireReader in) {
    byte[] nonce = in.bytes();
    if (nonce.length != NONCE) {
      throw in.malformed("a nonce or proof has " + nonce.length + " bytes");
    }
    return nonce;
  }
}
