package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Heaps on the guest's persistent memory. */
@Tag("guest")
@Timeout(300)
class GuestHeapTest {

  private static final Path FSDAX = Path.of(System.getProperty("hotpot.guest.fsdax", "/fsdax"));

  record Counter(String name, long value) {}

  @Test
  void theFileSystemMapsTheMediumItself() throws Exception {
    assertThat(Files.readAllLines(Path.of("/proc/mounts")))
        .anySatisfy(
            line -> assertThat(line).contains(" " + FSDAX + " ext4 ").contains("dax=always"));
  }

  @Test
  void bothHeapsKeepWhatIsCommitted() throws Exception {
    assertThat(LlplLibrary.obstacle()).isEmpty();
    for (HotpotOptions.HeapKind kind :
        List.of(HotpotOptions.HeapKind.LLPL, HotpotOptions.HeapKind.MAPPED)) {
      Path directory = Files.createTempDirectory(FSDAX, "store");
      HotpotOptions options = HotpotOptions.defaults().withHeap(kind).withMaxBytes(64L << 20);
      try (Hotpot store = Hotpot.open(directory, options)) {
        Dataset dataset = store.dataset("counters");
        Ref<Counter> ref = dataset.root("counter", () -> new Counter("a", 1));
        dataset.run(tx -> tx.update(ref, c -> new Counter(c.name(), c.value() + 41)));
      }
      try (Hotpot store = Hotpot.open(directory, options)) {
        Ref<Counter> ref = store.dataset("counters").root("counter", () -> new Counter("lost", 0));
        Counter found = store.dataset("counters").read(tx -> tx.get(ref));
        assertThat(found).isEqualTo(new Counter("a", 42));
      }
    }
  }
}
