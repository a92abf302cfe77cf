package io.hotpot.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A note beside the heap of who opened it last, to tell whoever finds it locked. The lock itself is
 * on the heap.
 */
final class StoreHolder {

  private StoreHolder() {}

  private static Path note(Path heap) {
    return heap.resolveSibling("holder");
  }

  static void write(Path heap) {
    try {
      Files.writeString(note(heap), "process " + ProcessHandle.current().pid() + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write beside " + heap, e);
    }
  }

  /** Who it seems to be, for a message; empty if unknown. */
  static String describe(Path heap) {
    try {
      return " (" + Files.readString(note(heap)).strip() + ")";
    } catch (IOException e) {
      return "";
    }
  }
}
