package io.hotpot.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

final class SendQueueTest {

  private final SendQueue queue = new SendQueue(new Traffic());

  private int nextType() {
    ByteBuf frames = queue.next(UnpooledByteBufAllocator.DEFAULT);
    assertThat(frames).isNotNull();
    assertThat(frames.readableBytes()).isLessThanOrEqualTo(Bounds.FRAME);
    int type = frames.getByte(4);
    frames.release();
    return type;
  }

  @Test
  void controlPassesABulkMessageThatHasBegun() {
    queue.offer(Fabric.Lane.BULK, ByteBuffer.allocate(4 << 20));
    assertThat(nextType()).isEqualTo(Frame.BULK_PIECE);

    queue.offer(Fabric.Lane.CONTROL, ByteBuffer.allocate(100));

    assertThat(nextType()).isEqualTo(Frame.CONTROL);
    assertThat(nextType()).isEqualTo(Frame.BULK_PIECE);
  }

  @Test
  void bulkIsNotStarvedByControl() {
    queue.offer(Fabric.Lane.CONTROL, ByteBuffer.allocate(4 << 20));
    queue.offer(Fabric.Lane.BULK, ByteBuffer.allocate(1 << 20));

    int controlFrames = 0;
    while (nextType() == Frame.CONTROL_PIECE) {
      controlFrames++;
    }
    assertThat(controlFrames).isBetween(3, 4);
  }

  @Test
  void beyondItsBoundNothingIsTakenUntilSomethingIsWritten() {
    assertThat(queue.offer(Fabric.Lane.BULK, ByteBuffer.allocate(Bounds.SEND_QUEUE))).isTrue();
    assertThat(queue.offer(Fabric.Lane.CONTROL, ByteBuffer.allocate(1))).isFalse();

    nextType();

    assertThat(queue.offer(Fabric.Lane.CONTROL, ByteBuffer.allocate(1))).isTrue();
  }
}
