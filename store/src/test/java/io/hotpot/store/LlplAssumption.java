package io.hotpot.store;

import io.hotpot.store.HotpotOptions.HeapKind;
import org.junit.jupiter.api.Assumptions;

/** Skips what needs LLPL where its native libraries are missing, and says why. */
final class LlplAssumption {

  private LlplAssumption() {}

  static void assumeUsable() {
    String obstacle = LlplLibrary.obstacle().orElse("");
    Assumptions.assumeTrue(obstacle.isEmpty(), obstacle);
  }

  static void assumeUsable(HeapKind heap) {
    if (heap == HeapKind.LLPL) {
      assumeUsable();
    }
  }
}
