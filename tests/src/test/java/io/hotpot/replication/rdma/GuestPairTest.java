package io.hotpot.replication.rdma;

import static org.assertj.core.api.Assertions.assertThat;

import com.ibm.disni.verbs.IbvWC;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The native library between two machines: this class runs on both at once. The first guest listens
 * and holds the memory, the second one dials and works on it. A TCP connection between them carries
 * addresses and keys, and says when to look.
 */
@Tag("guest-pair")
@Timeout(600)
class GuestPairTest {

  private static final int SUCCESS = IbvWC.IbvWcStatus.IBV_WC_SUCCESS.ordinal();
  private static final boolean HOLDS = System.getProperty("hotpot.guest.name", "").equals("g0");
  private static final String ADDRESS = System.getProperty("hotpot.guest.address", "");
  private static final String PEER = System.getProperty("hotpot.guest.peer", "");
  private static final int RDMA_PORT = 4711;
  private static final int TCP_PORT = 4712;

  @BeforeAll
  static void prepare() {
    assertThat(RdmaLibrary.availability().isAvailable()).isTrue();
  }

  @Test
  void writesReadsAndMessagesCrossTheWire() throws Exception {
    if (HOLDS) {
      hold();
    } else {
      work();
    }
  }

  private static void hold() throws Exception {
    // Who reaches the second one finds the first one there.
    try (VerbsEnd.Listener listener = VerbsEnd.listen(new InetSocketAddress(ADDRESS, RDMA_PORT));
        ServerSocket server = new ServerSocket(TCP_PORT, 1, InetAddress.getByName(ADDRESS));
        Socket socket = server.accept();
        DataInputStream in = new DataInputStream(socket.getInputStream());
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        VerbsEnd end = listener.accept()) {
      end.established();
      byte[] held = random(1);
      end.buffer.put(0, held);
      out.writeLong(end.address());
      out.writeInt(end.key());
      for (int bytes : new int[] {64, 4096}) {
        assertThat(in.readInt()).isEqualTo(bytes);
        System.arraycopy(random(bytes), 0, held, 0, bytes);
        byte[] now = new byte[held.length];
        end.buffer.get(0, now);
        assertThat(now).isEqualTo(held);
        out.writeInt(bytes);
      }
      for (int round = 0; round < 20; round++) {
        assertThat(end.receive()).isEqualTo(64);
        int value = end.buffer.getInt(VerbsEnd.HALF);
        assertThat(value).isEqualTo(round);
        end.postReceive();
        end.buffer.putInt(0, value + 1);
        assertThat(end.send(64)).isEqualTo(SUCCESS);
      }
      end.buffer.get(0, held);
      out.writeInt(0);
      assertThat(in.readInt()).isEqualTo(-1);
      byte[] now = new byte[held.length];
      end.buffer.get(0, now);
      assertThat(now).isEqualTo(held);
      out.writeInt(-1);
    }
  }

  private static void work() throws Exception {
    try (Socket socket = connect();
        DataInputStream in = new DataInputStream(socket.getInputStream());
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        VerbsEnd end = VerbsEnd.dial(new InetSocketAddress(PEER, RDMA_PORT))) {
      end.established();
      long address = in.readLong();
      int key = in.readInt();
      byte[] held = random(1);
      for (int bytes : new int[] {64, 4096}) {
        // What is there is read, then changed.
        assertThat(end.read(0, 2 * bytes, address, key)).isEqualTo(SUCCESS);
        assertThat(head(end, 2 * bytes)).isEqualTo(Arrays.copyOf(held, 2 * bytes));
        byte[] written = Arrays.copyOf(random(bytes), bytes);
        end.buffer.put(0, written);
        assertThat(end.write(0, bytes, address, key)).isEqualTo(SUCCESS);
        System.arraycopy(written, 0, held, 0, bytes);
        out.writeInt(bytes);
        assertThat(in.readInt()).isEqualTo(bytes);
      }
      for (int round = 0; round < 20; round++) {
        end.buffer.putInt(0, round);
        assertThat(end.send(64)).isEqualTo(SUCCESS);
        assertThat(end.receive()).isEqualTo(64);
        assertThat(end.buffer.getInt(VerbsEnd.HALF)).isEqualTo(round + 1);
        end.postReceive();
      }
      assertThat(in.readInt()).isZero();
      assertThat(end.write(0, 64, address, key + 0x100))
          .isEqualTo(IbvWC.IbvWcStatus.IBV_WC_REM_ACCESS_ERR.ordinal());
      out.writeInt(-1);
      assertThat(in.readInt()).isEqualTo(-1);
    }
  }

  /** The other guest may still be booting. */
  private static Socket connect() throws Exception {
    while (true) {
      try {
        return new Socket(PEER, TCP_PORT);
      } catch (ConnectException | NoRouteToHostException notYet) {
        Thread.yield();
      }
    }
  }

  private static byte[] random(long seed) {
    byte[] bytes = new byte[VerbsEnd.HALF];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static byte[] head(VerbsEnd end, int bytes) throws IOException {
    byte[] head = new byte[bytes];
    end.buffer.get(0, head);
    return head;
  }
}
