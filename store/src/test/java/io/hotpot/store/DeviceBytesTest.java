package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A device's bytes, with a file in the place of the device: that can be mapped too. */
class DeviceBytesTest {

  private static final int BYTES = 1 << 20;

  @TempDir Path directory;
  private Path file;
  private DaxDevice device;

  @BeforeEach
  void create() throws IOException {
    LlplAssumption.assumeUsable();
    file = directory.resolve("device");
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.setLength(BYTES);
    }
    device = new DaxDevice(file, BYTES, true);
  }

  @Test
  void whatIsWrittenIsThere() throws IOException {
    byte[] text = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    byte[] word = Arrays.copyOf(text, 8);
    try (DeviceBytes bytes = DeviceBytes.open(device, false)) {
      bytes.write(text, 5);
      bytes.write(word, 4096);
      bytes.write(word, 8191);
      bytes.write(text, BYTES - 9);
      bytes.force(true);
      assertThat(bytes.read(5, 9)).isEqualTo(text);
      assertThat(bytes.size()).isEqualTo(BYTES);
      assertThat(bytes.canGrow()).isFalse();
      assertThat(bytes.medium()).isEqualTo(Medium.PERSISTENT_MEMORY);
    }
    byte[] all = Files.readAllBytes(file);
    assertThat(Arrays.copyOfRange(all, 5, 14)).isEqualTo(text);
    assertThat(Arrays.copyOfRange(all, 4096, 4104)).isEqualTo(word);
    assertThat(Arrays.copyOfRange(all, 8191, 8199)).isEqualTo(word);
    assertThat(Arrays.copyOfRange(all, BYTES - 9, BYTES)).isEqualTo(text);
    try (DeviceBytes bytes = DeviceBytes.open(device, true)) {
      assertThat(bytes.read(4096, 8)).isEqualTo(word);
    }
  }

  @Test
  void behindTheEndAreZerosAndNoRoom() throws IOException {
    try (DeviceBytes bytes = DeviceBytes.open(device, false)) {
      bytes.write(new byte[] {1, 2}, BYTES - 2);
      assertThat(bytes.read(BYTES - 2, 4)).containsExactly(1, 2, 0, 0);
      assertThat(bytes.read(BYTES, 2)).containsExactly(0, 0);
      assertThat(bytes.read(1L << 40, 2)).containsExactly(0, 0);
      for (long offset : new long[] {-1, BYTES - 1, BYTES, 1L << 40, Long.MAX_VALUE}) {
        assertThatThrownBy(() -> bytes.write(new byte[2], offset))
            .isInstanceOf(IOException.class)
            .hasMessageContaining(file + " cannot become longer");
      }
      assertThatThrownBy(() -> bytes.read(-1, 2)).isInstanceOf(IndexOutOfBoundsException.class);
    }
    assertThat(Files.size(file)).isEqualTo(BYTES);
  }

  @Test
  void isMappedUntilTheArenaIsClosed() throws IOException {
    MemorySegment mapped;
    try (DeviceBytes bytes = DeviceBytes.open(device, false)) {
      try (Arena arena = Arena.ofShared()) {
        mapped = bytes.map(false, 100, arena);
        assertThat(mapped.byteSize()).isEqualTo(100);
        mapped.set(ValueLayout.JAVA_BYTE, 99, (byte) 7);
        assertThat(bytes.read(99, 1)).containsExactly(7);
        MemorySegment looked = bytes.map(true, 100, arena);
        assertThat(looked.get(ValueLayout.JAVA_BYTE, 99)).isEqualTo((byte) 7);
        assertThatThrownBy(() -> looked.set(ValueLayout.JAVA_BYTE, 0, (byte) 1))
            .isInstanceOf(IllegalArgumentException.class);
      }
      assertThatThrownBy(() -> mapped.get(ValueLayout.JAVA_BYTE, 0))
          .isInstanceOf(IllegalStateException.class);
      assertThat(bytes.read(99, 1)).containsExactly(7);
    }
  }

  @Test
  void aWriterIsAlone() throws IOException {
    try (DeviceBytes reader = DeviceBytes.open(device, true)) {
      DeviceBytes.open(device, true).close();
      isLocked(false);
      assertThat(reader.read(0, 1)).containsExactly(0);
    }
    try (DeviceBytes writer = DeviceBytes.open(device, false)) {
      isLocked(true);
      isLocked(false);
      // As libpmemobj does: no lock is lost by it.
      new RandomAccessFile(file.toFile(), "rw").close();
      isLocked(false);
      try (DeviceBytes look = DeviceBytes.look(device)) {
        writer.write(new byte[] {9}, 0);
        assertThat(look.read(0, 1)).containsExactly(9);
      }
      isLocked(true);
    }
    DeviceBytes.open(device, false).close();
  }

  private void isLocked(boolean readOnly) {
    assertThatThrownBy(() -> DeviceBytes.open(device, readOnly))
        .isInstanceOf(StoreLocked.class)
        .hasMessageContaining(file + " is open as the heap of a store");
  }

  @Test
  void whatTheSystemRefusesIsTold() {
    DaxDevice gone = new DaxDevice(directory.resolve("gone"), BYTES, true);
    assertThatThrownBy(() -> DeviceBytes.open(gone, true))
        .isInstanceOf(IOException.class)
        .hasMessage("cannot open " + gone.path() + ": No such file or directory (errno 2)");
    DaxDevice endless = new DaxDevice(file, 1L << 60, true);
    assertThatThrownBy(() -> DeviceBytes.open(endless, true))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("cannot map " + file + ": ");
  }

  @Test
  void aDeviceInUseOrTooSmallIsLeftAsItIs() throws IOException {
    Path store = directory.resolve(Heaps.LLPL_FILE);
    assertThatThrownBy(() -> LlplHeap.create(store, device, 1))
        .isInstanceOf(MisuseException.class)
        .hasMessageContaining("which has 1048576 bytes, expected at least ");
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.setLength(128 << 20);
      out.seek((2 << 20) - 1);
      out.write(1);
    }
    DaxDevice longer = new DaxDevice(file, 128 << 20, true);
    assertThatThrownBy(() -> LlplHeap.create(store, longer, 1))
        .isInstanceOf(MisuseException.class)
        .hasMessageContaining("there is something already: bytes that are not zero");
    Files.delete(file);
    LlplHeap.create(file, 5);
    assertThatThrownBy(() -> LlplHeap.create(store, longer(), 1))
        .isInstanceOf(MisuseException.class)
        .hasMessageContaining("an LLPL heap, of a store or of one whose creation was cut short")
        .hasMessageContaining("'pmempool rm -f " + file + "' gives it up");
    try (Heap heap = LlplHeap.open(file, HotpotOptions.MIN_BYTES, false, "test")) {
      assertThat(heap.storeId()).isEqualTo(5);
    }
    assertThat(store).doesNotExist();
  }

  private DaxDevice longer() throws IOException {
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.setLength(128 << 20);
    }
    return new DaxDevice(file, 128 << 20, true);
  }
}
