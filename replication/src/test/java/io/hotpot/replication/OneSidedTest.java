package io.hotpot.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.replication.RemoteMemory.Access;
import io.hotpot.replication.RemoteMemory.NotRegistered;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One-sided access between devices of this process; over a real one it runs in the guest. */
final class OneSidedTest {

  @Nested
  final class Loopback extends OneSidedContract {
    private final LoopbackRdma rdma = new LoopbackRdma();

    @Override
    TcpFabric fabric(NettyLoop loop) {
      return TcpFabric.bind(
          loop,
          FabricOptions.on(new Fabric.Address("127.0.0.1", 0), new FabricOptions.Plain(false)),
          host -> rdma.device());
    }
  }

  @ParameterizedTest
  @CsvSource({"12, ulimit -l", "14, on-demand paging", "95, on-demand paging", "5, refuses it"})
  void aRefusalSaysWhatToDo(int error, String advice) {
    LoopbackRdma.Device device = new LoopbackRdma().device();
    device.refusesRegistrations = error;
    OneSided oneSided = new OneSided(device, id -> null);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(4096);
      assertThatThrownBy(() -> oneSided.register(memory, Access.WRITE))
          .isInstanceOf(NotRegistered.class)
          .hasMessageContaining(advice)
          .hasMessageContaining("bytes=4096")
          .hasMessageContaining("(errno " + error + ")");
    }
    assertThat(oneSided.reaches(1)).isFalse();
  }
}
