package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Bytes that nobody encoded are a value or a refusal, in little memory. */
@Timeout(120)
class HostileValuesTest {

  private static final long SEED = Long.getLong("hotpot.seed", 1);

  /**
   * What an object of the largest kind takes for each byte of its encoding, and something to spare.
   */
  private static final int MEMORY_PER_BYTE = 200;

  /** For exceptions, and for what the JDK loads when a time zone is first parsed. */
  private static final int MEMORY_OF_ITS_OWN = 2 << 20;

  private final StoreCodec codec =
      new StoreCodec(
          TypeRegistry.Numbers.written(schema -> {}), HotpotOptions.defaults(), new Events());
  private final TreeCodec trees = new TreeCodec(codec.types());
  private int refused;

  @Test
  void damagedValues() {
    for (byte[] bytes : TypesTest.values().map(codec::encode).toList()) {
      int step = Math.max(1, bytes.length / 60);
      for (int at = 0; at < bytes.length; at += step) {
        for (int bit = 0; bit < 8; bit++) {
          byte[] flipped = bytes.clone();
          flipped[at] ^= (byte) (1 << bit);
          decode(flipped);
        }
        decode(Arrays.copyOf(bytes, at));
        decode(Arrays.copyOf(bytes, bytes.length + 1 + at % 9));
      }
    }
    assertThat(refused).isGreaterThan(1000);
  }

  @Test
  void noise() {
    List<byte[]> corpus = TypesTest.values().map(codec::encode).toList();
    SplittableRandom random = new SplittableRandom(SEED);
    for (int i = 0; i < 150_000; i++) {
      byte[] noise = new byte[1 + random.nextInt(40)];
      random.nextBytes(noise);
      if (i % 2 == 0) {
        noise[0] = (byte) random.nextInt(80);
      }
      decode(noise);
    }
    for (int i = 0; i < 30_000; i++) {
      byte[] mixed = spliced(random, corpus);
      decode(mixed);
    }
    assertThat(refused).isGreaterThan(1000);
  }

  /** Pieces of values one after the other, and a number changed here and there. */
  private static byte[] spliced(SplittableRandom random, List<byte[]> corpus) {
    byte[] bytes = new byte[300];
    int length = 0;
    while (length < 30 + random.nextInt(200)) {
      byte[] from = corpus.get(random.nextInt(corpus.size()));
      int start = random.nextInt(from.length);
      int count = Math.min(random.nextInt(1 + from.length - start), bytes.length - length);
      System.arraycopy(from, start, bytes, length, count);
      length += count;
      if (length > 0 && random.nextInt(4) == 0) {
        bytes[random.nextInt(length)] = (byte) random.nextInt();
      }
    }
    return Arrays.copyOf(bytes, length);
  }

  /** Every kind of thing that has a count, with counts that its bytes cannot hold. */
  @Test
  void hugeCounts() {
    codec.encode(new TypesTest.Circle[] {});
    for (int tag = 0; tag < 80; tag++) {
      for (int count : new int[] {100, 100_000, 1 << 28, Integer.MAX_VALUE, -1}) {
        Encoder out = new Encoder();
        out.writeUnsigned(tag);
        if (tag == ValueTag.TYPED_ARRAY) {
          out.writeUnsigned(ValueTag.SCHEMA + 1);
        }
        out.writeUnsigned(count);
        decode(out.toBytes());
      }
    }
    assertThat(refused).isGreaterThan(80 * 5);
  }

  /** Each of many nested counts could be held by the bytes if it were the only one. */
  @Test
  void countsThatAddUp() {
    for (int tag :
        new int[] {ValueTag.OBJECTS, ValueTag.ARRAY_LIST, ValueTag.LIST, ValueTag.STRINGS}) {
      byte[] bytes = new byte[1 << 20];
      int at = 0;
      for (int depth = 0; depth < 300; depth++) {
        Encoder out = new Encoder();
        out.writeUnsigned(tag);
        out.writeUnsigned(bytes.length - 4 * (depth + 1));
        byte[] head = out.toBytes();
        System.arraycopy(head, 0, bytes, at, head.length);
        at += head.length;
      }
      decode(bytes);
    }
    assertThat(refused).isEqualTo(8);
  }

  @Test
  void deepNesting() {
    for (int tag :
        new int[] {ValueTag.OPTIONAL, ValueTag.ARRAY_LIST, ValueTag.MAP, ValueTag.HASH_SET}) {
      byte[] bytes = new byte[100_000];
      for (int i = 0; i < bytes.length; ) {
        bytes[i++] = (byte) tag;
        if (tag != ValueTag.OPTIONAL) {
          bytes[i++] = 1;
        }
      }
      decode(bytes);
    }
    codec.encode(new TypesTest.Chain(1, null));
    byte[] chain = new byte[100_000];
    Arrays.fill(chain, (byte) (ValueTag.SCHEMA + 1));
    decode(chain);
    byte[] dimensions = new byte[1000];
    Arrays.fill(dimensions, (byte) ValueTag.TYPED_ARRAY);
    decode(dimensions);
    assertThat(refused).isEqualTo(12);
  }

  /** A value at the limit of the depth, where the stack is short: refused, and the thread lives. */
  @Test
  void aShortStack() throws InterruptedException {
    Object nested = "core";
    for (int i = 0; i < ValueWriter.MAX_DEPTH - 1; i++) {
      nested = new TypesTest.Everything(nested);
    }
    Object deepest = nested;
    byte[] bytes = codec.encode(deepest);
    List<Throwable> thrown = new ArrayList<>();
    Thread thread = new Thread(null, () -> descend(codec, bytes, thrown), "short stack", 256 << 10);
    thread.start();
    thread.join();
    assertThat(thrown).isNotEmpty().allMatch(e -> e instanceof TypeMismatch);
    assertThat(codec.decode(bytes, 0, bytes.length)).isEqualTo(deepest);
  }

  /** Decodes from ever deeper in the stack, until it is refused there. */
  private static void descend(StoreCodec codec, byte[] bytes, List<Throwable> thrown) {
    try {
      codec.decode(bytes, 0, bytes.length);
    } catch (HotpotException e) {
      thrown.add(e);
    }
    if (thrown.isEmpty()) {
      descend(codec, bytes, thrown);
    }
  }

  @Test
  void whatIsNoBooleanAndNoNumber() {
    assertThatThrownBy(() -> codec.decode(new byte[] {ValueTag.BOOLEAN, 2}, 0, 2))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("boolean");
    byte[] number = {ValueTag.INTEGER, -1, -1, -1, -1, 0x1F};
    assertThatThrownBy(() -> codec.decode(number, 0, number.length))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("32 bits");
  }

  @Test
  void namesOfClassesInDataAreNotRead() {
    Encoder out = new Encoder();
    out.writeUnsigned(47);
    out.writeText("java.lang.Thread");
    out.writeUnsigned(0);
    byte[] bytes = out.toBytes();
    assertThatThrownBy(() -> codec.decode(bytes, 0, bytes.length))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("tag 47");
    assertThat(codec.encode(Map.of("k", new TypesTest.Circle[] {new TypesTest.Circle(1)})))
        .asString(java.nio.charset.StandardCharsets.ISO_8859_1)
        .doesNotContain("Circle");
  }

  private void decode(byte[] bytes) {
    ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = thread.getCurrentThreadAllocatedBytes();
    try {
      codec.decode(bytes, 0, bytes.length);
    } catch (HotpotException e) {
      refused++;
    } catch (RuntimeException | Error e) {
      throw new AssertionError("decoding " + Arrays.toString(bytes), e);
    }
    try {
      trees.decode(bytes, 0, bytes.length);
    } catch (HotpotException e) {
      refused++;
    } catch (RuntimeException | Error e) {
      throw new AssertionError("decoding as a tree " + Arrays.toString(bytes), e);
    }
    long allocated = thread.getCurrentThreadAllocatedBytes() - before;
    assertThat(allocated)
        .as("bytes of memory for %s bytes", bytes.length)
        .isLessThan(warm ? (long) MEMORY_PER_BYTE * bytes.length + MEMORY_OF_ITS_OWN : 50 << 20);
    warm = true;
  }

  /** The first time of all the JDK makes what it needs. */
  private boolean warm;
}
