package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Objects take no Java heap beside the cache: many of them are created, found after a crash and
 * after a close in a process that has 32 bytes of heap for each, handle tables included.
 */
@Timeout(600)
class ManyObjectsTest {

  private static final int OBJECTS = Integer.getInteger("hotpot.objects", 2_000_000);

  @ParameterizedTest
  @EnumSource(
      value = HotpotOptions.HeapKind.class,
      names = {"MAPPED", "LLPL"})
  void needLittleMemory(HotpotOptions.HeapKind kind, @TempDir Path directory) throws Exception {
    // As 10 million in 256 MiB; below, a JVM with a store has enough to do with itself.
    int megabytes = (int) Math.max(64, OBJECTS * 256L / 10_000_000);
    String store = directory.resolve("store").toString();
    String found = OBJECTS + " objects, seen " + OBJECTS + ", wrong 0, damages 0\nclosed\n";
    assertThat(run(megabytes, "fill", store, kind)).isEqualTo("filled\n");
    assertThat(run(megabytes, "open", store, kind)).isEqualTo("crashed " + found);
    assertThat(run(megabytes, "open", store, kind)).isEqualTo("clean " + found);
  }

  private static String run(int megabytes, String what, String store, HotpotOptions.HeapKind kind)
      throws Exception {
    return ManyObjects.run(megabytes, what, store, kind.name(), Integer.toString(OBJECTS));
  }
}
