package io.hotpot.replication;

import io.hotpot.replication.FabricOptions.Plain;
import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * Measures how long a message and its answer take between two JVMs, beside a byte and its answer
 * over a bare socket. Run it by hand: its {@code main} takes no arguments.
 */
final class PingPong {

  private static final int ROUNDS = 100_000;
  private static final int WARM_UP = 50_000;
  private static final Peer SERVER = new Peer(1, 1);
  private static final Peer CLIENT = new Peer(2, 1);

  private PingPong() {}

  public static void main(String[] arguments) throws Exception {
    if (arguments.length > 0) {
      serve();
      return;
    }
    Process other =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                PingPong.class.getName(),
                "serve")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader ports =
        new BufferedReader(new InputStreamReader(other.getInputStream(), StandardCharsets.UTF_8))) {
      int rawPort = Integer.parseInt(ports.readLine());
      int fabricPort = Integer.parseInt(ports.readLine());
      for (int run = 0; run < 3; run++) {
        print("raw", raw(rawPort));
        print("fabric", fabric(fabricPort));
      }
    } finally {
      other.destroy();
    }
  }

  private static void print(String what, long[] ns) {
    Arrays.sort(ns);
    System.out.printf(
        "%-7s median %5.1f us   p99 %5.1f us%n",
        what, ns[ns.length / 2] / 1e3, ns[ns.length * 99 / 100] / 1e3);
  }

  private static long[] raw(int port) throws IOException {
    long[] ns = new long[ROUNDS];
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      for (int i = -WARM_UP; i < ROUNDS; i++) {
        long begin = System.nanoTime();
        socket.getOutputStream().write(1);
        socket.getInputStream().read();
        if (i >= 0) {
          ns[i] = System.nanoTime() - begin;
        }
      }
    }
    return ns;
  }

  private static TcpFabric fabric(NettyLoop loop, Peer self) {
    TcpFabric fabric =
        TcpFabric.bind(
            loop, FabricOptions.on(new Fabric.Address("127.0.0.1", 0), new Plain(false)));
    fabric.identity(self);
    return fabric;
  }

  /** From the loop: it sends, is told of the answer, and sends again. */
  private static long[] fabric(int port) throws InterruptedException {
    long[] ns = new long[ROUNDS];
    CountDownLatch isDone = new CountDownLatch(1);
    try (NettyLoop loop = new NettyLoop("client");
        TcpFabric fabric = fabric(loop, CLIENT)) {
      fabric.members(List.of(new Fabric.Member(SERVER, new Fabric.Address("127.0.0.1", port))));
      fabric.start(
          new Fabric.Listener() {
            private int round = -WARM_UP;
            private long begin;

            private void ping() {
              begin = System.nanoTime();
              fabric.send(SERVER.nodeId(), new MembershipMessage.Renewed(round));
            }

            @Override
            public void sessionBegan(Peer peer, long session) {
              ping();
            }

            @Override
            public void received(Peer peer, long session, Message message) {
              if (round >= 0) {
                ns[round] = System.nanoTime() - begin;
              }
              if (++round == ROUNDS) {
                isDone.countDown();
              } else {
                ping();
              }
            }

            @Override
            public void sessionEnded(Peer peer, long session, String reason) {}
          });
      isDone.await();
    }
    return ns;
  }

  private static void serve() throws Exception {
    NettyLoop loop = new NettyLoop("server");
    TcpFabric fabric = fabric(loop, SERVER);
    fabric.members(List.of(new Fabric.Member(CLIENT, new Fabric.Address("127.0.0.1", 1))));
    fabric.start(
        new Fabric.Listener() {
          @Override
          public void sessionBegan(Peer peer, long session) {}

          @Override
          public void received(Peer peer, long session, Message message) {
            fabric.send(peer.nodeId(), message);
          }

          @Override
          public void sessionEnded(Peer peer, long session, String reason) {}
        });
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      System.out.println(server.getLocalPort());
      System.out.println(fabric.address().port());
      while (true) {
        try (Socket socket = server.accept()) {
          socket.setTcpNoDelay(true);
          DataInputStream in = new DataInputStream(socket.getInputStream());
          for (int b = in.read(); b >= 0; b = in.read()) {
            socket.getOutputStream().write(b);
          }
        }
      }
    }
  }
}
