package io.hotpot.replication.rdma;

import static org.assertj.core.api.Assertions.assertThat;

import com.ibm.disni.verbs.IbvWC;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The native library on the kernel's own verbs (soft RoCE), both ends in one process. */
@Tag("guest")
@Timeout(300)
class GuestVerbsTest {

  private static final int SUCCESS = IbvWC.IbvWcStatus.IBV_WC_SUCCESS.ordinal();

  private static final InetSocketAddress ADDRESS =
      new InetSocketAddress(System.getProperty("hotpot.guest.address", "127.0.0.1"), 4711);

  /** Before any other use of DiSNI, as it has to be. */
  @BeforeAll
  static void prepare() {
    assertThat(RdmaLibrary.availability())
        .isEqualTo(new RdmaLibrary.Availability(true, "RDMA devices: rxe0"));
  }

  private interface Work {
    void with(VerbsEnd dialler, VerbsEnd acceptor) throws Exception;
  }

  private static void connected(Work work) throws Exception {
    try (VerbsEnd.Listener listener = VerbsEnd.listen(ADDRESS);
        VerbsEnd dialler = VerbsEnd.dial(ADDRESS);
        VerbsEnd acceptor = listener.accept()) {
      dialler.established();
      acceptor.established();
      work.with(dialler, acceptor);
    }
  }

  @Test
  void writesLandInThePeersBufferAndNowhereElse() throws Exception {
    for (int bytes : new int[] {64, 4096}) {
      connected(
          (dialler, acceptor) -> {
            fill(dialler.buffer, 4711);
            fill(acceptor.buffer, 7);
            byte[] before = content(acceptor.buffer);
            assertThat(dialler.write(128, bytes, acceptor.address(), acceptor.key()))
                .isEqualTo(SUCCESS);
            byte[] after = content(acceptor.buffer);
            System.arraycopy(content(dialler.buffer), 128, before, 128, bytes);
            assertThat(after).isEqualTo(before);
          });
    }
  }

  @Test
  void readsBringThePeersBufferAndNothingElse() throws Exception {
    for (int bytes : new int[] {64, 4096}) {
      connected(
          (dialler, acceptor) -> {
            fill(dialler.buffer, 4711);
            fill(acceptor.buffer, 7);
            byte[] before = content(dialler.buffer);
            assertThat(dialler.read(256, bytes, acceptor.address(), acceptor.key()))
                .isEqualTo(SUCCESS);
            byte[] after = content(dialler.buffer);
            System.arraycopy(content(acceptor.buffer), 256, before, 256, bytes);
            assertThat(after).isEqualTo(before);
          });
    }
  }

  @Test
  void messagesGoBothWays() throws Exception {
    connected(
        (dialler, acceptor) -> {
          for (int round = 0; round < 20; round++) {
            dialler.buffer.putInt(0, round);
            assertThat(dialler.send(100)).isEqualTo(SUCCESS);
            assertThat(acceptor.receive()).isEqualTo(100);
            assertThat(acceptor.buffer.getInt(VerbsEnd.HALF)).isEqualTo(round);
            acceptor.postReceive();
            acceptor.buffer.putInt(0, ~round);
            assertThat(acceptor.send(4000)).isEqualTo(SUCCESS);
            assertThat(dialler.receive()).isEqualTo(4000);
            assertThat(dialler.buffer.getInt(VerbsEnd.HALF)).isEqualTo(~round);
            dialler.postReceive();
          }
        });
  }

  @Test
  void aWrongKeyFailsAndChangesNothing() throws Exception {
    connected(
        (dialler, acceptor) -> {
          fill(dialler.buffer, 4711);
          fill(acceptor.buffer, 7);
          byte[] before = content(acceptor.buffer);
          assertThat(dialler.write(0, 64, acceptor.address(), acceptor.key() + 0x100))
              .isEqualTo(IbvWC.IbvWcStatus.IBV_WC_REM_ACCESS_ERR.ordinal());
          assertThat(content(acceptor.buffer)).isEqualTo(before);
          // The pair is broken: nothing goes through it any more, as if it were flushed.
          assertThat(dialler.write(0, 64, acceptor.address(), acceptor.key()))
              .isEqualTo(IbvWC.IbvWcStatus.IBV_WC_WR_FLUSH_ERR.ordinal());
          assertThat(content(acceptor.buffer)).isEqualTo(before);
        });
  }

  @Test
  void whatIsOutsideThePeersBufferIsRefused() throws Exception {
    connected(
        (dialler, acceptor) ->
            assertThat(
                    dialler.read(
                        0, 64, acceptor.address() + 2 * VerbsEnd.HALF - 63, acceptor.key()))
                .isEqualTo(IbvWC.IbvWcStatus.IBV_WC_REM_ACCESS_ERR.ordinal()));
  }

  private static void fill(ByteBuffer buffer, long seed) {
    byte[] bytes = new byte[buffer.capacity()];
    new Random(seed).nextBytes(bytes);
    buffer.put(0, bytes);
  }

  private static byte[] content(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.capacity()];
    buffer.get(0, bytes);
    return bytes;
  }
}
