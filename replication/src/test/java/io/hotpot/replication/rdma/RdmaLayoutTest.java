package io.hotpot.replication.rdma;

import static org.assertj.core.api.Assertions.assertThat;

import com.ibm.disni.verbs.IbvWC;
import com.ibm.disni.verbs.impl.NatIbvRecvWR;
import com.ibm.disni.verbs.impl.NatIbvSendWR;
import com.ibm.disni.verbs.impl.NatIbvSge;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** A library whose structs look otherwise than DiSNI takes for granted is refused. */
class RdmaLayoutTest {

  @Test
  void theExpectedLayoutIsAccepted() {
    assertThat(RdmaLayout.obstacle(RdmaLayout.expected())).isEmpty();
  }

  @Test
  void eachWrongNumberIsRefusedByName() {
    for (int field = 0; field < RdmaLayout.expected().length; field++) {
      int[] layout = RdmaLayout.expected();
      int right = layout[field]++;
      assertThat(RdmaLayout.obstacle(layout))
          .hasValueSatisfying(
              reason ->
                  assertThat(reason).contains("expected=" + right + ", actual=" + (right + 1)));
    }
    int[] layout = RdmaLayout.expected();
    layout[1] = 120;
    assertThat(RdmaLayout.obstacle(layout))
        .contains(
            "the native library has another layout: size of ibv_send_wr - expected=128, actual=120;"
                + " build Hotpot anew against the rdma-core of this machine");
  }

  @Test
  void aLibraryOfAnotherAgeIsRefused() {
    int[] expected = RdmaLayout.expected();
    assertThat(RdmaLayout.obstacle(Arrays.copyOf(expected, expected.length - 1))).isPresent();
    assertThat(RdmaLayout.obstacle(Arrays.copyOf(expected, expected.length + 1))).isPresent();
  }

  @Test
  void itIsWhatDisniHasBuiltIn() {
    int[] expected = RdmaLayout.expected();
    assertThat(NatIbvSendWR.WRID_OFFSET).isEqualTo(expected[2]);
    assertThat(NatIbvSendWR.SENDFLAGS_OFFSET).isEqualTo(expected[7]);
    assertThat(NatIbvSendWR.REMOTEADDR_OFFSET).isEqualTo(expected[9]);
    assertThat(NatIbvSendWR.RKEY_OFFSET).isEqualTo(expected[10]);
    assertThat(NatIbvRecvWR.CSIZE).isEqualTo(expected[11]);
    assertThat(NatIbvSge.CSIZE).isEqualTo(expected[16]);
    assertThat(IbvWC.CSIZE).isEqualTo(expected[20]);
  }
}
