package io.hotpot.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.replication.FabricOptions.Kind;
import io.hotpot.replication.RecordingListener.Began;
import io.hotpot.replication.RecordingListener.Ended;
import io.hotpot.replication.RecordingListener.Received;
import io.hotpot.replication.RemoteMemory.Access;
import io.hotpot.replication.RemoteMemory.Key;
import io.hotpot.replication.RemoteMemory.NotRegistered;
import io.hotpot.replication.RemoteMemory.Registration;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A node and another one in a process of its own, on a real device: what ends or is refused. */
@Tag("guest-2")
final class RdmaProcessGuestTest {

  private static final Key NOWHERE = new Key(0, 0, 0);

  /** Locks at most a mebibyte; root may lock what it likes unless it gives that right up. */
  private static final List<String> LITTLE_LOCKED =
      List.of("setpriv", "--bounding-set=-ipc_lock", "prlimit", "--memlock=1048576:1048576");

  private final NettyLoop loop = new NettyLoop("node-1");
  private final RecordingListener heard = new RecordingListener();
  private final Arena arena = Arena.ofShared();
  private TcpFabric fabric;

  @BeforeEach
  void start() {
    fabric = GuestDevice.fabric(loop, Kind.AUTO);
    fabric.identity(new Peer(1, 1));
    fabric.members(List.of(new Fabric.Member(new Peer(2, 1), new Fabric.Address("127.0.0.1", 1))));
    fabric.start(heard);
  }

  @AfterEach
  void stop() {
    fabric.close();
    loop.close();
    arena.close();
  }

  private GuestPeer peer(List<String> before, Key writes) throws IOException {
    return new GuestPeer(before, Kind.AUTO, fabric.address(), writes);
  }

  @Test
  void aPeerThatVanishesInTheMidstOfItsWrites() throws Exception {
    MemorySegment memory = arena.allocate(4 << 20, 4096);
    for (int round = 0; round < 3; round++) {
      memory.fill((byte) 0);
      Registration to = fabric.remoteMemory().register(memory, Access.WRITE);
      try (GuestPeer peer = peer(List.of(), to.key())) {
        assertThat(peer.await("carried by ")).isEqualTo("RDMA: ");
        heard.await(Received.class);
        assertThat(memory.get(ValueLayout.JAVA_BYTE, memory.byteSize() - 1)).isEqualTo((byte) 1);
        peer.kill();
        heard.await(Ended.class);
        // Nothing lands any more, although the key was never taken back.
        memory.fill((byte) 2);
      }
      to.close();
      assertThat(memory.mismatch(full(memory.byteSize(), (byte) 2))).isEqualTo(-1);
      assertThat(fabric.carrier(2)).isNull();
    }
  }

  private MemorySegment full(long bytes, byte value) {
    return arena.allocate(bytes, 4096).fill(value);
  }

  @Test
  void whereLittleMayBeLockedTcpStaysAndTheReasonIsTold() throws Exception {
    try (GuestPeer peer = peer(LITTLE_LOCKED, NOWHERE)) {
      assertThat(peer.await("carried by ")).startsWith("TCP: no queue pair: ibv_reg_mr");
      heard.next(Began.class);
      assertThat(peer.await("not registered: "))
          .contains("limit on locked memory is too small")
          .contains("ulimit -l")
          .contains("bytes=4194304")
          .contains("errno 12");
      while (fabric.carrier(2).reason().equals("RDMA is being set up")) {
        Thread.yield();
      }
      assertThat(fabric.carrier(2).reason()).startsWith("the other end: no queue pair: ibv_reg_mr");
    }
  }

  @Test
  void persistentMemoryThatTheDeviceDoesNotTakeIsRefusedWithAReason() throws IOException {
    Path file = Path.of(System.getProperty("hotpot.guest.fsdax", "/"), "registered");
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MemorySegment mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, 4 << 20, arena);
      assertThatThrownBy(() -> fabric.remoteMemory().register(mapped, Access.WRITE))
          .isInstanceOf(NotRegistered.class)
          .hasMessageContaining("fsdax")
          .hasMessageContaining("on-demand paging")
          .hasMessageContaining("errno 95");
    }
  }

  @Test
  void filesInSharedMemoryAreTaken() throws Exception {
    Path file = Path.of("/dev/shm/registered");
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MemorySegment mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, 4 << 20, arena);
      Registration to = fabric.remoteMemory().register(mapped, Access.WRITE);
      try (GuestPeer peer = peer(List.of(), to.key())) {
        assertThat(peer.await("carried by ")).isEqualTo("RDMA: ");
        heard.await(Received.class);
        assertThat(mapped.mismatch(full(mapped.byteSize(), (byte) 1))).isEqualTo(-1);
      }
      to.close();
    }
  }
}
