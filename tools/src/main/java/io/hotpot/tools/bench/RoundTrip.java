package io.hotpot.tools.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;

/**
 * The least that asking another process can cost: a small message to another JVM over loopback TCP
 * and back, by blocking channels, nothing else. What a commit on other nodes costs is counted in
 * these.
 */
final class RoundTrip {

  private static final int MESSAGE_BYTES = 64;
  private static final int WARM = 20_000;
  private static final long SECONDS = 300;

  private RoundTrip() {}

  /** Nanoseconds for a round trip between two new JVMs. */
  static double measure(Path temporary, int count) throws IOException, InterruptedException {
    try (TalkingJvm echo = child("echo", temporary, "echo");
        TalkingJvm ping = child("ping", temporary, "ping", echo.answer(SECONDS), "" + count)) {
      return Double.parseDouble(ping.answer(SECONDS));
    }
  }

  private static TalkingJvm child(String name, Path temporary, String... arguments)
      throws IOException {
    return new TalkingJvm(
        name, temporary, "64m", List.of(), RoundTrip.class.getName(), List.of(arguments));
  }

  /** The child: {@code echo}, or {@code ping} with a port and a count. */
  public static void main(String[] args) throws IOException {
    Commands parent = Commands.listen();
    if (args[0].equals("echo")) {
      echo(parent);
    } else {
      parent.answer(ping(Integer.parseInt(args[1]), Integer.parseInt(args[2])));
    }
  }

  /** Says on which port it listens, and echoes one connection until that ends. */
  private static void echo(Commands parent) throws IOException {
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      parent.answer(server.socket().getLocalPort());
      try (SocketChannel channel = server.accept()) {
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        ByteBuffer message = ByteBuffer.allocateDirect(MESSAGE_BYTES);
        while (receive(channel, message)) {
          send(channel, message);
        }
      }
    }
  }

  private static double ping(int port, int count) throws IOException {
    try (SocketChannel channel =
        SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      ByteBuffer message = ByteBuffer.allocateDirect(MESSAGE_BYTES);
      long begin = 0;
      for (int i = -WARM; i < count; i++) {
        if (i == 0) {
          begin = System.nanoTime();
        }
        send(channel, message);
        if (!receive(channel, message)) {
          throw new IOException("the other side hung up");
        }
      }
      return (System.nanoTime() - begin) / (double) count;
    }
  }

  private static void send(SocketChannel channel, ByteBuffer message) throws IOException {
    message.clear();
    while (message.hasRemaining()) {
      channel.write(message);
    }
  }

  /** False if there is no further message. */
  private static boolean receive(SocketChannel channel, ByteBuffer message) throws IOException {
    message.clear();
    while (message.hasRemaining()) {
      if (channel.read(message) < 0) {
        return false;
      }
    }
    return true;
  }
}
