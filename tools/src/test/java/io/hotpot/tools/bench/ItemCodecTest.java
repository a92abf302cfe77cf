package io.hotpot.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class ItemCodecTest {

  @Test
  void anItemIsReadBackFromHeapAndFromNativeMemory() {
    for (int round = -2; round < 3; round++) {
      Item item = Item.of(1_234_567_890_123L + round, round);
      byte[] bytes = ItemCodec.encode(item);
      ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
      byte[] shifted = new byte[bytes.length + 7];
      System.arraycopy(bytes, 0, shifted, 7, bytes.length);

      assertThat(ItemCodec.decode(ByteBuffer.wrap(bytes))).isEqualTo(item);
      assertThat(ItemCodec.decode(direct)).isEqualTo(item);
      assertThat(ItemCodec.decode(ByteBuffer.wrap(shifted, 7, bytes.length))).isEqualTo(item);
      assertThat(ItemCodec.decode(ByteBuffer.wrap(shifted).position(7).slice())).isEqualTo(item);
    }
  }

  @Test
  void itHasAboutTheSizeThatIsSaid() {
    assertThat(ItemCodec.encode(Item.of(999, 1))).hasSizeBetween(90, 110);
  }
}
