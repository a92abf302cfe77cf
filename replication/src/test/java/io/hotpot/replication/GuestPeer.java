package io.hotpot.replication;

import io.hotpot.replication.FabricOptions.Kind;
import io.hotpot.replication.RemoteMemory.Access;
import io.hotpot.replication.RemoteMemory.Key;
import io.hotpot.replication.RemoteMemory.NotRegistered;
import io.hotpot.replication.RemoteMemory.Registration;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A node in a process of its own, for tests in the guest. It dials node 1, says what it comes to,
 * and ends when its standard input does.
 */
final class GuestPeer implements AutoCloseable {

  private static final int BYTES = 4 << 20;

  private final Process process;
  private final BufferedReader says;

  /**
   * Starts one, with the -XX options of this JVM.
   *
   * @param before what to put before its command
   */
  GuestPeer(List<String> before, Kind kind, Fabric.Address nodeOne, Key writes) throws IOException {
    List<String> command = new ArrayList<>(before);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> option.startsWith("-XX:"))
        .forEach(command::add);
    command.addAll(
        List.of(
            "-Xmx64m",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            GuestPeer.class.getName(),
            kind.name(),
            nodeOne.host(),
            Integer.toString(nodeOne.port()),
            Long.toString(writes.address()),
            Integer.toString(writes.lengthBytes()),
            Integer.toString(writes.key())));
    process = new ProcessBuilder(command).redirectErrorStream(true).start();
    says = process.inputReader(StandardCharsets.UTF_8);
  }

  /** The next line that begins so. */
  String await(String beginning) throws IOException {
    StringBuilder heard = new StringBuilder();
    for (String line = says.readLine(); line != null; line = says.readLine()) {
      heard.append(line).append('\n');
      if (line.startsWith(beginning)) {
        return line.substring(beginning.length());
      }
    }
    throw new AssertionError("it ended and never said '" + beginning + "': " + heard);
  }

  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() {
    process.destroy();
  }

  /** The child. */
  public static void main(String[] arguments) throws Exception {
    Kind kind = Kind.valueOf(arguments[0]);
    Fabric.Address nodeOne = new Fabric.Address(arguments[1], Integer.parseInt(arguments[2]));
    Key key =
        new Key(
            Long.parseLong(arguments[3]),
            Integer.parseInt(arguments[4]),
            Integer.parseInt(arguments[5]));
    NettyLoop loop = new NettyLoop("node-2");
    TcpFabric fabric = GuestDevice.fabric(loop, kind);
    fabric.identity(new Peer(2, 1));
    fabric.members(List.of(new Fabric.Member(new Peer(1, 1), nodeOne)));
    MemorySegment memory = Arena.ofAuto().allocate(BYTES, 4096);
    memory.fill((byte) 1);
    fabric.start(new RecordingListener());
    awaitCarrier(fabric);
    try {
      Registration from = fabric.remoteMemory().register(memory, Access.READ);
      System.out.println("registered");
      loop.execute(() -> writeOn(loop, fabric, key, from));
    } catch (NotRegistered e) {
      System.out.println("not registered: " + e.getMessage());
    }
    new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
    System.exit(0);
  }

  private static void awaitCarrier(TcpFabric fabric) {
    while (true) {
      Fabric.Carrier carrier = fabric.carrier(1);
      if (carrier != null && !carrier.reason().equals("RDMA is being set up")) {
        System.out.println("carried by " + carrier.carriage() + ": " + carrier.reason());
        return;
      }
      Thread.yield();
    }
  }

  /** Fills the memory of node 1 over and over. */
  private static void writeOn(NettyLoop loop, TcpFabric fabric, Key key, Registration from) {
    int bytes = Math.min(key.lengthBytes(), BYTES);
    if (bytes > 0 && fabric.remoteMemory().write(1, key, 0, from, 0, bytes)) {
      fabric.send(1, new MembershipMessage.Renewed(bytes));
    }
    loop.after(1_000_000, () -> writeOn(loop, fabric, key, from));
  }
}
