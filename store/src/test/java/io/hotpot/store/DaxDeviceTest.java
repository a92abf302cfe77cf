package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.store.HotpotOptions.HeapKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is taken for a device that a heap can have, and what is refused. */
class DaxDeviceTest {

  private static final Path NULL = Path.of("/dev/null");

  @TempDir Path directory;

  /** What the kernel would tell of a device with the numbers of {@code /dev/null}. */
  private Path kernel(String place, String subsystem) throws IOException {
    Path device = Files.createDirectories(directory.resolve(place));
    Files.writeString(device.resolve("size"), "262144000\n");
    Path of = Files.createDirectories(directory.resolve("bus").resolve(subsystem));
    Files.createSymbolicLink(device.resolve("subsystem"), of);
    Path kernel = Files.createDirectories(directory.resolve("char"));
    Files.deleteIfExists(kernel.resolve("1:3"));
    Files.createSymbolicLink(kernel.resolve("1:3"), device);
    return kernel;
  }

  @Test
  void ofAnNvdimmIsPersistent() throws IOException {
    assertThat(DaxDevice.find(NULL, "it", kernel("ACPI0012:00/ndbus0/region1/dax1.0", "dax")))
        .isEqualTo(new DaxDevice(NULL, 262144000, true));
  }

  @Test
  void ofOtherMemoryIsNot() throws IOException {
    assertThat(DaxDevice.find(NULL, "it", kernel("platform/hmem.0/dax1.0", "dax")).isPersistent())
        .isFalse();
    Path virtual = kernel("pci0000:00/virtio3/ndbus0/region0/dax0.0", "dax");
    assertThat(DaxDevice.find(NULL, "it", virtual).isPersistent()).isFalse();
  }

  @Test
  void numbersAreUnpackedAsLinuxPacksThem() {
    assertThat(DaxDevice.number(0x103)).isEqualTo("1:3");
    assertThat(DaxDevice.number(0xfb02)).isEqualTo("251:2");
    assertThat(DaxDevice.number(0x0000_1000_1230_0045L)).isEqualTo("4096:74565");
  }

  @Test
  void whatIsNoneIsRefused() throws IOException {
    LlplAssumption.assumeUsable();
    Path file = Files.createFile(directory.resolve("file"));
    isRefused(directory.resolve("nowhere"), "which does not exist");
    isRefused(file, "which is not a character device");
    isRefused(directory, "which is not a character device");
    isRefused(NULL, "which is a character device, but not one of DAX");
    assertThatThrownBy(() -> DaxDevice.find(NULL, "it", kernel("x", "mem")))
        .isInstanceOf(MisuseException.class)
        .hasMessageContaining("not one of DAX");
  }

  private void isRefused(Path device, String why) {
    Path store = directory.resolve("store");
    assertThatThrownBy(() -> Hotpot.open(store, HotpotOptions.defaults().withDevice(device)))
        .isInstanceOf(MisuseException.class)
        .hasMessageStartingWith("option device is " + device + ", " + why)
        .hasMessageContaining("ndctl list");
    assertThat(store.resolve(Heaps.LLPL_FILE)).doesNotExist();
    assertThat(store.resolve(Heaps.MAPPED_FILE)).doesNotExist();
  }

  @Test
  void aStoreWhoseDeviceIsGoneSaysSo() throws IOException {
    Path file = directory.resolve(Heaps.LLPL_FILE);
    Files.writeString(file, "PMEMPOOLSET\nAUTO " + directory.resolve("gone") + "\n");
    HotpotOptions look = HotpotOptions.defaults().withReadOnly(true);
    String gone =
        "the device of the store in " + file + " is " + directory.resolve("gone") + ", which does";
    assertThatThrownBy(() -> Hotpot.open(directory, look))
        .isInstanceOf(MisuseException.class)
        .hasMessageStartingWith(gone);
    assertThatThrownBy(() -> Hotpot.outline(directory))
        .isInstanceOf(MisuseException.class)
        .hasMessageStartingWith(gone);
    // Once more: what was refused is not held.
    assertThatThrownBy(() -> Hotpot.open(directory, look)).hasMessageStartingWith(gone);
  }

  @Test
  void aMappedHeapHasNone() throws IOException {
    HotpotOptions onDevice = HotpotOptions.defaults().withDevice(NULL);
    assertThatThrownBy(() -> onDevice.withHeap(HeapKind.MAPPED))
        .isInstanceOf(MisuseException.class)
        .hasMessageContaining("option device is /dev/null")
        .hasMessageContaining("option heap is mapped");
    Path store = directory.resolve("store");
    Hotpot.open(store, HotpotOptions.defaults().withHeap(HeapKind.MAPPED)).close();
    assertThatThrownBy(() -> Hotpot.open(store, onDevice))
        .isInstanceOf(MisuseException.class)
        .hasMessageContaining("has its heap in the file " + store.resolve(Heaps.MAPPED_FILE));
    Hotpot.open(store).close();
  }
}
