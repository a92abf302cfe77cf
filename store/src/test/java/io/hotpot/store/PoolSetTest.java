package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The file that says on which device a heap lies. */
class PoolSetTest {

  private static final Path DEVICE = Path.of("/dev/dax0.0");

  @TempDir Path directory;

  @Test
  void isReadAsItWasWritten() throws IOException {
    PoolSet set = new PoolSet(DEVICE, OptionalLong.of(-2));
    Path file = directory.resolve("heap.pool");
    set.write(file);
    assertThat(Files.readString(file))
        .isEqualTo("PMEMPOOLSET\n# Hotpot store fffffffffffffffe\nAUTO /dev/dax0.0\n");
    assertThat(PoolSet.read(file)).contains(set);
    new PoolSet(DEVICE, OptionalLong.empty()).write(file);
    assertThat(PoolSet.read(file)).contains(new PoolSet(DEVICE, OptionalLong.empty()));
  }

  @Test
  void mayBeWrittenByHand() {
    assertThat(PoolSet.parse("PMEMPOOLSET\r\n\n # the second NVDIMM\n  AUTO /dev/dax0.0"))
        .contains(new PoolSet(DEVICE, OptionalLong.empty()));
  }

  @Test
  void aHeapItselfIsNone() throws IOException {
    Path file = directory.resolve("heap.pool");
    Files.writeString(file, "PMEMOBJ\0");
    assertThat(PoolSet.read(file)).isEqualTo(Optional.empty());
    Files.write(file, new byte[0]);
    assertThat(PoolSet.read(file)).isEqualTo(Optional.empty());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "AUTO /dev/dax0.0\nAUTO /dev/dax1.0\n",
        "AUTO /dev/dax0.0\nREPLICA\nAUTO /dev/dax1.0\n",
        "OPTION SINGLEHDR\nAUTO /dev/dax0.0\n",
        "8G /mnt/pool\n",
        "AUTO dax0.0\n",
        "AUTO /dev/dax\0\n",
        "# Hotpot store 1\n# Hotpot store 2\nAUTO /dev/dax0.0\n",
        "# Hotpot store x\nAUTO /dev/dax0.0\n"
      })
  void anotherFormIsRefused(String rest) throws IOException {
    Path file = directory.resolve(Heaps.LLPL_FILE);
    Files.writeString(file, "PMEMPOOLSET\n" + rest);
    byte[] before = Files.readAllBytes(file);
    for (boolean readOnly : new boolean[] {true, false}) {
      if (!readOnly) {
        LlplAssumption.assumeUsable();
      }
      assertThatThrownBy(
              () -> Hotpot.open(directory, HotpotOptions.defaults().withReadOnly(readOnly)))
          .isInstanceOf(NotAStore.class)
          .hasMessageContaining(file + " is a pool set, but not of the form");
    }
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
  }

  @Test
  void aLongFileIsRefused() throws IOException {
    Path file = directory.resolve(Heaps.LLPL_FILE);
    Files.writeString(file, "PMEMPOOLSET\nAUTO /dev/dax0.0\n" + "#\n".repeat(5000));
    assertThatThrownBy(() -> PoolSet.read(file)).isInstanceOf(NotAStore.class);
  }
}
