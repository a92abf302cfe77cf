package io.hotpot.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class MessageFormatTest {

  static Stream<Class<? extends Message>> kinds() {
    return SampleMessages.kinds().stream();
  }

  /**
   * Nodes of two builds must understand each other: bytes that were given out once stay. The file
   * has a message of each kind whose values are 1, 2, 3 and so on in the order of its components.
   */
  @Test
  void bytesOfAllMessagesAreThoseInTheFile() throws Exception {
    List<String> lines = new ArrayList<>();
    for (Class<? extends Message> kind : SampleMessages.kinds()) {
      lines.add(kind.getSimpleName() + " " + hex(SampleMessages.counting(kind)));
    }
    try (InputStream file = MessageFormatTest.class.getResourceAsStream("messages.txt")) {
      assertThat(file).isNotNull();
      String golden = new String(file.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(String.join("\n", lines)).isEqualToIgnoringNewLines(golden.strip());
      assertThat(lines).containsExactlyElementsOf(golden.lines().toList());
    }
  }

  /** One message by hand, so that the file's rule is seen. */
  @Test
  void aMessageIsItsKindAndItsComponents() {
    LogMessage.Append append = new LogMessage.Append(1, 2, 3, 4, true, new byte[] {5, 6});

    assertThat(hex(append))
        .isEqualTo(
            "40"
                + "01000000"
                + "02000000"
                + "0300000000000000"
                + "0400000000000000"
                + "01"
                + "02000000"
                + "0506");
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aMessageComesBackAsItWas(Class<? extends Message> kind) {
    Random random = new Random(kind.getSimpleName().hashCode());
    for (int i = 0; i < 300; i++) {
      Message message = SampleMessages.random(kind, random);

      Message read = MessageFormat.decode(MessageFormat.encode(message));

      assertThat(read).usingRecursiveComparison().isEqualTo(message);
      assertThat(hex(read)).isEqualTo(hex(message));
    }
  }

  /** Also with fields that are cut, too long, or negative: one kind of exception or a message. */
  @ParameterizedTest
  @MethodSource("kinds")
  void mutatedBytesAreAMessageOrMalformed(Class<? extends Message> kind) {
    Random random = new Random(kind.getSimpleName().hashCode());
    for (int i = 0; i < 3_000; i++) {
      ByteBuffer encoded = MessageFormat.encode(SampleMessages.random(kind, random));
      byte[] bytes = new byte[encoded.remaining()];
      encoded.get(bytes);
      for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
        bytes[random.nextInt(bytes.length)] =
            switch (random.nextInt(4)) {
              case 0 -> 0;
              case 1 -> (byte) 0x7f;
              case 2 -> (byte) 0xff;
              default -> (byte) random.nextInt();
            };
      }
      messageOrMalformed(Arrays.copyOf(bytes, random.nextInt(bytes.length + 3)));
    }
  }

  @Test
  void randomBytesAreAMessageOrMalformed() {
    Random random = new Random(1);
    for (int i = 0; i < 300_000; i++) {
      byte[] bytes = new byte[random.nextInt(64)];
      random.nextBytes(bytes);
      messageOrMalformed(bytes);
    }
  }

  private static void messageOrMalformed(byte[] bytes) {
    Message message;
    try {
      message = MessageFormat.decode(ByteBuffer.wrap(bytes));
    } catch (MalformedMessage e) {
      assertThat(e).hasMessageMatching("(?s).{10,}");
      return;
    }
    // What is accepted is exactly what would be written.
    assertThat(hex(message)).isEqualTo(HexFormat.of().formatHex(bytes));
  }

  /** In every place of every message a length is asked for that the bytes do not have. */
  @ParameterizedTest
  @MethodSource("kinds")
  void aClaimedLengthAllocatesNothing(Class<? extends Message> kind) {
    byte[] bytes = HexFormat.of().parseHex(hex(SampleMessages.counting(kind)));
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
    for (int at = 1; at + 4 <= bytes.length; at++) {
      for (int length : new int[] {-1, Integer.MAX_VALUE, 60 << 20, 4_096}) {
        byte[] changed = bytes.clone();
        ByteBuffer.wrap(changed).order(java.nio.ByteOrder.LITTLE_ENDIAN).putInt(at, length);
        long before = threads.getCurrentThreadAllocatedBytes();
        try {
          MessageFormat.decode(ByteBuffer.wrap(changed));
        } catch (MalformedMessage e) {
          assertThat(e).hasMessageContaining(":");
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(1 << 20);
      }
    }
  }

  @Test
  void anUnknownKindIsNamed() {
    assertThatThrownBy(() -> MessageFormat.decode(ByteBuffer.wrap(new byte[] {(byte) 0xfe, 1})))
        .isInstanceOf(MalformedMessage.class)
        .hasMessageContaining("kind 254")
        .hasMessageContaining("newer");
  }

  @Test
  void bytesBehindTheLastFieldAreAnError() {
    byte[] bytes = HexFormat.of().parseHex(hex(new MembershipMessage.Renewed(7)) + "00");

    assertThatThrownBy(() -> MessageFormat.decode(ByteBuffer.wrap(bytes)))
        .isInstanceOf(MalformedMessage.class)
        .hasMessageContaining("Renewed: bytes follow the last field: 1");
  }

  @Test
  void whatTheReceiverWouldRefuseIsNotWritten() {
    assertThatThrownBy(
            () -> MessageFormat.encode(new CopyMessage.Invalidate(1, 1, 1, new long[4_097])))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("length=4097, bound=4096");
    assertThatThrownBy(
            () ->
                MessageFormat.encode(new MembershipMessage.RenameDataset(1, 1, "x".repeat(5_000))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("length=5000");
    assertThatThrownBy(
            () -> MessageFormat.encode(new MembershipMessage.RenameDataset(1, 1, "\ud800")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("surrogate");
  }

  @Test
  void aLongReasonIsCut() {
    Message read =
        MessageFormat.decode(
            MessageFormat.encode(new MembershipMessage.Excluded("why ".repeat(1_000))));

    assertThat(((MembershipMessage.Excluded) read).reason()).startsWith("why why").hasSize(341);
  }

  private static String hex(Message message) {
    ByteBuffer encoded = MessageFormat.encode(message);
    byte[] bytes = new byte[encoded.remaining()];
    encoded.get(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
