package io.hotpot.replication.rdma;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.ibm.disni.verbs.IbvMr;
import com.ibm.disni.verbs.IbvPd;
import com.ibm.disni.verbs.RdmaCm;
import com.ibm.disni.verbs.RdmaCmId;
import com.ibm.disni.verbs.RdmaEventChannel;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.InetSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which memory a device can be told to read and write by itself, with soft RoCE of Linux 6.1. */
@Tag("guest")
@Timeout(300)
class GuestMemoryTest {

  private static final int BYTES = 4 << 20;
  private static final int ACCESS =
      IbvMr.IBV_ACCESS_LOCAL_WRITE | IbvMr.IBV_ACCESS_REMOTE_WRITE | IbvMr.IBV_ACCESS_REMOTE_READ;

  private RdmaEventChannel events;
  private RdmaCmId id;
  private IbvPd domain;

  @BeforeEach
  void openDevice() throws IOException {
    assertThat(RdmaLibrary.availability().isAvailable()).isTrue();
    events = RdmaEventChannel.createEventChannel();
    id = events.createId(RdmaCm.RDMA_PS_TCP);
    id.bindAddr(new InetSocketAddress(System.getProperty("hotpot.guest.address"), 4713));
    domain = id.getVerbs().allocPd();
  }

  @AfterEach
  void closeDevice() throws Exception {
    domain.deallocPd();
    id.destroyId();
    events.destroyEventChannel();
  }

  private void register(MemorySegment memory) throws IOException {
    IbvMr region =
        domain.regMr(memory.address(), (int) memory.byteSize(), ACCESS).execute().free().getMr();
    assertThat(region.getRkey()).isNotZero();
    region.deregMr().execute().free();
  }

  @Test
  void memoryOfTheJvmCanBe() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      register(arena.allocate(BYTES, 4096));
    }
  }

  @Test
  void filesInMemoryCanBe() throws IOException {
    registerFile(Path.of("/dev/shm/registered"));
  }

  /** The fabric must then land writes elsewhere, and copy them. */
  @Test
  void filesOnPersistentMemoryCannotBe() {
    Path file = Path.of(System.getProperty("hotpot.guest.fsdax")).resolve("registered");
    assertThatThrownBy(() -> registerFile(file))
        .isInstanceOf(IOException.class)
        .hasMessage("ibv_reg_mr: Operation not supported (errno 95)");
  }

  @Test
  void aDeviceOfPersistentMemoryCanBe() throws Throwable {
    Path device = Path.of(System.getProperty("hotpot.guest.devdax"));
    Linker linker = Linker.nativeLinker();
    MethodHandle open =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("open"),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
            Linker.Option.firstVariadicArg(2));
    MethodHandle mmap =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("mmap"),
            FunctionDescriptor.of(
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG));
    try (Arena arena = Arena.ofConfined()) {
      int readWrite = 2;
      int descriptor = (int) open.invokeExact(arena.allocateFrom(device.toString()), readWrite);
      assertThat(descriptor).as("open %s", device).isNotNegative();
      int protection = 1 | 2; // PROT_READ | PROT_WRITE
      int shared = 1;
      MemorySegment mapped =
          (MemorySegment)
              mmap.invokeExact(
                  MemorySegment.NULL, (long) BYTES, protection, shared, descriptor, 0L);
      assertThat(mapped.address()).as("mmap").isNotEqualTo(-1L);
      register(mapped.reinterpret(BYTES));
    }
  }

  private void registerFile(Path file) throws IOException {
    try (FileChannel channel =
            FileChannel.open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        Arena arena = Arena.ofConfined()) {
      register(channel.map(FileChannel.MapMode.READ_WRITE, 0, BYTES, arena));
    }
  }
}
