package io.hotpot.store;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/** The guest's device of persistent memory, given up by whoever had it. */
public final class ClearedDevice {

  private ClearedDevice() {}

  static Path path() {
    return Path.of(System.getProperty("hotpot.guest.devdax", "/dev/dax1.0"));
  }

  /** Clears the device by what the command {@code pmempool rm -f} calls, and by nothing more. */
  public static Path get() throws Throwable {
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle remove =
          Linker.nativeLinker()
              .downcallHandle(
                  SymbolLookup.libraryLookup("libpmempool.so.1", arena).findOrThrow("pmempool_rm"),
                  FunctionDescriptor.of(
                      ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
      int force = 1;
      int result = (int) remove.invokeExact(arena.allocateFrom(path().toString()), force);
      if (result != 0) {
        throw new IllegalStateException("pmempool_rm: " + result);
      }
      return path();
    }
  }
}
