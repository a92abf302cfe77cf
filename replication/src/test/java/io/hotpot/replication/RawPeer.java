package io.hotpot.replication;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** A peer that says what it likes, byte for byte. */
final class RawPeer implements AutoCloseable {

  private static final int HANGS_AFTER_MS = 60_000;

  private final Socket socket;
  private final DataInputStream in;
  private final OutputStream out;

  RawPeer(Fabric.Address address) throws IOException {
    this(new Socket(address.host(), address.port()));
  }

  /** One that was connected to. */
  RawPeer(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(HANGS_AFTER_MS);
    in = new DataInputStream(socket.getInputStream());
    out = socket.getOutputStream();
  }

  void raw(byte... bytes) throws IOException {
    out.write(bytes);
    out.flush();
  }

  void frame(int type, byte... payload) throws IOException {
    ByteBuffer frame =
        ByteBuffer.allocate(Frame.HEADER + payload.length).order(ByteOrder.LITTLE_ENDIAN);
    raw(frame.putInt(payload.length).put((byte) type).put(payload).array());
  }

  void say(HandshakeMessage message) throws IOException {
    frame(Frame.HANDSHAKE, message.encode());
  }

  HandshakeMessage hear() throws IOException {
    int length = Integer.reverseBytes(in.readInt());
    int type = in.readByte();
    byte[] payload = in.readNBytes(length);
    if (type != Frame.HANDSHAKE) {
      throw new IOException("a frame of type " + type + " came");
    }
    return HandshakeMessage.decode(ByteBuffer.wrap(payload));
  }

  /** The payload of the next frame, which must be of that type. */
  byte[] hear(int expected) throws IOException {
    int length = Integer.reverseBytes(in.readInt());
    int type = in.readByte();
    byte[] payload = in.readNBytes(length);
    if (type != expected) {
      throw new IOException("a frame of type " + type + " came, and not " + expected);
    }
    return payload;
  }

  /** All that comes until the other end closes, as text in which reasons can be found. */
  String hearToTheEnd() {
    StringBuilder heard = new StringBuilder();
    byte[] bytes = new byte[4_096];
    try {
      for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
        heard.append(new String(bytes, 0, count, StandardCharsets.ISO_8859_1));
      }
    } catch (java.net.SocketTimeoutException e) {
      throw new AssertionError("the connection was left open; heard: " + heard, e);
    } catch (IOException e) {
      // Closed with bytes of ours unread: what was on the way to us may be lost.
      heard.append("(reset)");
    }
    return heard.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
