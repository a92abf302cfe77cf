package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.store.HotpotOptions.HeapKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the operating system counts as written to the disk for a small durable commit. */
@Timeout(100)
class WrittenBytesTest {

  private static final Path COUNTERS = Path.of("/proc/self/io");
  private static final int COMMITS = 500;

  @ParameterizedTest
  @EnumSource(
      value = HeapKind.class,
      names = {"LLPL", "MAPPED"})
  void aSmallCommitWritesOnePage(HeapKind kind, @TempDir Path directory) throws IOException {
    LlplAssumption.assumeUsable(kind);
    Assumptions.assumeTrue(Files.isReadable(COUNTERS), COUNTERS + " is not there");
    HotpotOptions options = HotpotOptions.defaults().withHeap(kind).withMaxBytes(64L << 20);
    try (Hotpot hotpot = Hotpot.open(directory.resolve("store"), options)) {
      Assumptions.assumeTrue(
          hotpot.heapInfo().mechanism().startsWith("msync"), "the medium is no disk");
      Dataset dataset = hotpot.dataset("d");
      Ref<byte[]> ref = dataset.transact(tx -> tx.allocate(new byte[100]));
      long[] written = new long[COMMITS];
      for (int i = 0; i < COMMITS; i++) {
        long before = writtenBytes();
        dataset.run(tx -> tx.put(ref, new byte[100]));
        written[i] = writtenBytes() - before;
      }
      Arrays.sort(written);
      assertThat(written[COMMITS / 2]).as("median").isBetween(1L, 8192L);
    }
  }

  private static long writtenBytes() throws IOException {
    for (String line : Files.readAllLines(COUNTERS)) {
      if (line.startsWith("write_bytes: ")) {
        return Long.parseLong(line.substring("write_bytes: ".length()));
      }
    }
    throw new IOException("no count in " + COUNTERS);
  }
}
