package io.hotpot.peers;

import java.util.Optional;

/** Finds out whether a native library can be used here. */
final class Obstacles {

  /** Loads a library, or tries to. */
  @FunctionalInterface
  interface Loading {
    void load() throws Exception;
  }

  private Obstacles() {}

  /** Why a library does not load; empty if it does. */
  static Optional<String> of(Loading loading) {
    try {
      loading.load();
      return Optional.empty();
    } catch (Exception | LinkageError e) {
      return Optional.of("its native library does not load here: " + e);
    }
  }
}
