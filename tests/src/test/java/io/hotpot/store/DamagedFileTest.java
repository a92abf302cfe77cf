package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damages the file around the chunks of a mapped heap: cut, emptied, foreign, newer, and every word
 * of its superblock, registers and labels. Each is refused with its own reason, or harmless.
 */
@Timeout(300)
class DamagedFileTest {

  @TempDir Path directory;
  private Path file;
  private byte[] head;
  private long length;
  private final List<Ref<String>> refs = new ArrayList<>();

  @BeforeEach
  void makeStore() throws IOException {
    Path store = directory.resolve("store");
    file = store.resolve(Heaps.MAPPED_FILE);
    try (Hotpot hotpot = Hotpot.open(store, options())) {
      Dataset dataset = hotpot.dataset("d");
      for (int i = 0; i < 10; i++) {
        String value = "value " + i;
        refs.add(dataset.transact(tx -> tx.allocate(value)));
      }
    }
    length = Files.size(file);
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      head = new byte[(int) Math.min(length, 64 << 10)];
      in.readFully(head);
    }
  }

  private static HotpotOptions options() {
    return HotpotOptions.defaults()
        .withHeap(HotpotOptions.HeapKind.MAPPED)
        .withBackground(false)
        .withMaxBytes(64L << 20);
  }

  private Hotpot open() {
    return Hotpot.open(directory.resolve("store"), options().withReadOnly(true));
  }

  private void overwrite(long offset, byte[] bytes) throws IOException {
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.seek(offset);
      out.write(bytes);
    }
  }

  private void cut(long to) throws IOException {
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.setLength(to);
    }
  }

  @Test
  void anEmptyFileIsNotAStore() throws IOException {
    cut(0);
    assertThatThrownBy(this::open)
        .isInstanceOf(HotpotException.class)
        .hasMessageContaining(file.toString());
  }

  @Test
  void aForeignFileIsNotAStore() throws IOException {
    overwrite(0, "SQLite format 3\0 and so on".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    overwrite(MappedHeapFormat.COPY_OFFSET, new byte[64]);
    assertThatThrownBy(this::open)
        .isInstanceOf(NotAStore.class)
        .hasMessageContaining("not a Hotpot");
  }

  @Test
  void aFileOfALaterVersionIsRefusedAsThat() throws IOException {
    byte[] later = MappedHeapFormat.superblock(77);
    Bytes.putInt(later, 8, MappedHeapFormat.VERSION + 1);
    java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
    crc.update(later, 0, 12);
    crc.update(later, 16, MappedHeapFormat.SUPERBLOCK_BYTES - 16);
    Bytes.putInt(later, 12, (int) crc.getValue());
    overwrite(0, later);
    assertThatThrownBy(this::open).isInstanceOf(FormatTooNew.class).hasMessageContaining("newer");
  }

  @Test
  void anyCutIsRefusedOrReported() throws IOException {
    byte[] whole = Files.readAllBytes(file);
    for (long to :
        new long[] {1, 63, 4096, 8192, 8200, 1 << 20, 4 << 20, (4 << 20) + 130, length - 1}) {
      Files.write(file, whole);
      cut(to);
      isRefusedOrRight("cut to " + to);
    }
  }

  @Test
  void everyWordOfTheHeadIsRefusedOrHarmless() throws IOException {
    int used = MappedHeapFormat.LABELS_OFFSET + 64;
    int opened = 0;
    for (int offset = 0; offset < used; offset += 8) {
      if (offset == 64) {
        offset = MappedHeapFormat.COPY_OFFSET;
      } else if (offset == MappedHeapFormat.COPY_OFFSET + 64) {
        offset = MappedHeapFormat.REGISTERS_OFFSET;
      } else if (offset == MappedHeapFormat.REGISTERS_OFFSET + 64) {
        offset = MappedHeapFormat.LABELS_OFFSET;
      }
      for (int bit : new int[] {0, 13, 37, 63}) {
        byte[] word = java.util.Arrays.copyOfRange(head, offset, offset + 8);
        word[bit / 8] ^= (byte) (1 << (bit % 8));
        overwrite(offset, word);
        opened += isRefusedOrRight("bit " + bit + " at " + offset) ? 1 : 0;
        overwrite(offset, new byte[8]);
        opened += isRefusedOrRight("zeros at " + offset) ? 1 : 0;
        overwrite(offset, java.util.Arrays.copyOfRange(head, offset, offset + 8));
      }
    }
    // One copy of the superblock, an unused register or a label is not the store.
    assertThat(opened).isGreaterThan(50);
  }

  private boolean isRefusedOrRight(String where) {
    try (Hotpot store = open()) {
      for (int i = 0; i < refs.size(); i++) {
        Ref<String> ref = refs.get(i);
        try {
          assertThat(store.<String>read(tx -> tx.get(ref))).as(where).isEqualTo("value " + i);
        } catch (ObjectNotFound e) {
          throw new AssertionError(where + ": " + ref + " is gone", e);
        } catch (HotpotException refused) {
          assertThat(store.recovery().damages()).as(where).isNotEmpty();
        }
      }
      return true;
    } catch (HotpotException refused) {
      assertThat(refused).as(where).hasMessageContaining(file.getParent().toString());
      return false;
    }
  }
}
