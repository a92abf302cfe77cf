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
 * these. And the most that can be copied to it in a time.
 */
final class RoundTrip {

  private static final int MESSAGE_BYTES = 64;
  private static final int WARM = 20_000;
  private static final int MEGABYTE = 1_000_000;
  private static final int WARM_MEGABYTES = 100;
  private static final int AHEAD = 4;
  private static final long SECONDS = 300;

  private RoundTrip() {}

  /** Nanoseconds for a round trip between two new JVMs. */
  static double measure(Path temporary, int count) throws IOException, InterruptedException {
    try (TalkingJvm echo = child("echo", temporary, "echo");
        TalkingJvm ping = child("ping", temporary, "ping", echo.answer(SECONDS), "" + count)) {
      return Double.parseDouble(ping.answer(SECONDS));
    }
  }

  /** Nanoseconds for each megabyte that one new JVM sends to another one. */
  static double copy(Path temporary, int megabytes) throws IOException, InterruptedException {
    try (TalkingJvm sink = child("sink", temporary, "sink");
        TalkingJvm pour = child("pour", temporary, "pour", sink.answer(SECONDS), "" + megabytes)) {
      return Double.parseDouble(pour.answer(SECONDS));
    }
  }

  private static TalkingJvm child(String name, Path temporary, String... arguments)
      throws IOException {
    return new TalkingJvm(
        name, temporary, "64m", List.of(), RoundTrip.class.getName(), List.of(arguments));
  }

  /**
   * The child: {@code echo} or {@code sink}, or with a port and a count {@code ping} or {@code
   * pour}.
   */
  public static void main(String[] args) throws IOException {
    Commands parent = Commands.listen();
    switch (args[0]) {
      case "echo" -> accept(parent, RoundTrip::echo);
      case "sink" -> accept(parent, RoundTrip::sink);
      case "ping" -> parent.answer(ping(Integer.parseInt(args[1]), Integer.parseInt(args[2])));
      default -> parent.answer(pour(Integer.parseInt(args[1]), Integer.parseInt(args[2])));
    }
  }

  @FunctionalInterface
  private interface Serving {
    void serve(SocketChannel channel) throws IOException;
  }

  /** Says on which port it listens, and serves one connection until that ends. */
  private static void accept(Commands parent, Serving serving) throws IOException {
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      parent.answer(server.socket().getLocalPort());
      try (SocketChannel channel = server.accept()) {
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        serving.serve(channel);
      }
    }
  }

  private static void echo(SocketChannel channel) throws IOException {
    ByteBuffer message = ByteBuffer.allocateDirect(MESSAGE_BYTES);
    while (receive(channel, message)) {
      send(channel, message);
    }
  }

  /** Says after each megabyte that it is there. */
  private static void sink(SocketChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocateDirect(MEGABYTE);
    ByteBuffer word = ByteBuffer.allocateDirect(MESSAGE_BYTES);
    while (receive(channel, bytes)) {
      send(channel, word);
    }
  }

  private static double pour(int port, int megabytes) throws IOException {
    try (SocketChannel channel = connected(port)) {
      ByteBuffer bytes = ByteBuffer.allocateDirect(MEGABYTE);
      ByteBuffer words = ByteBuffer.allocateDirect(MESSAGE_BYTES);
      long begin = 0;
      for (int i = -WARM_MEGABYTES; i < megabytes; i++) {
        if (i == 0) {
          begin = System.nanoTime();
        }
        send(channel, bytes);
        // The answers to the last few are outstanding: the sender does not wait for each.
        if (i >= AHEAD - WARM_MEGABYTES && !receive(channel, words)) {
          throw new IOException("the other side hung up");
        }
      }
      for (int i = 0; i < AHEAD; i++) {
        receive(channel, words);
      }
      return (System.nanoTime() - begin) / (double) megabytes;
    }
  }

  private static SocketChannel connected(int port) throws IOException {
    SocketChannel channel =
        SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    return channel;
  }

  private static double ping(int port, int count) throws IOException {
    try (SocketChannel channel = connected(port)) {
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
