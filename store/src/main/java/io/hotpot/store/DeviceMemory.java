package io.hotpot.store;

import java.io.IOException;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;

/**
 * A device that is open, to be mapped and locked: the calls of the C library that {@code
 * FileChannel} has no way to make, since it maps nothing that tells no length, and since its locks
 * are lost when the process closes another descriptor of the same device, as libpmemobj does. Those
 * here belong to the open device ({@code F_OFD_SETLK}).
 *
 * <p>The constants are those of Linux on 64-bit machines.
 *
 * <p>Thread-safety: all methods from any thread, {@link #close} last.
 */
final class DeviceMemory implements AutoCloseable {

  private static final int O_RDONLY = 0;
  private static final int O_RDWR = 2;
  private static final int O_CLOEXEC = 0x80000;
  private static final int PROT_READ = 1;
  private static final int PROT_WRITE = 2;
  private static final int MAP_SHARED = 1;
  private static final long MAP_FAILED = -1;
  private static final int F_OFD_SETLK = 37;
  private static final short F_RDLCK = 0;
  private static final short F_WRLCK = 1;
  private static final int EACCES = 13;
  private static final int EAGAIN = 11;

  /** {@code struct flock}: kind of lock, whence, start, length (0: all), process (0). */
  private static final long LOCK_BYTES = 32;

  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  /** Bound when a device is first opened, and not before. */
  private static final class Library {
    @SuppressWarnings("restricted")
    private static final AddressLayout TEXT =
        ValueLayout.ADDRESS.withTargetLayout(
            MemoryLayout.sequenceLayout(4096, ValueLayout.JAVA_BYTE));

    static final MethodHandle OPEN =
        bind(
            "open",
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
            Linker.Option.firstVariadicArg(2),
            Linker.Option.captureCallState("errno"));
    static final MethodHandle FCNTL =
        bind(
            "fcntl",
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS),
            Linker.Option.firstVariadicArg(2),
            Linker.Option.captureCallState("errno"));
    static final MethodHandle MMAP =
        bind(
            "mmap",
            FunctionDescriptor.of(
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG),
            Linker.Option.captureCallState("errno"));
    static final MethodHandle MUNMAP =
        bind(
            "munmap",
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
    static final MethodHandle CLOSE =
        bind("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    static final MethodHandle STRERROR =
        bind("strerror", FunctionDescriptor.of(TEXT, ValueLayout.JAVA_INT));

    @SuppressWarnings("restricted")
    private static MethodHandle bind(
        String name, FunctionDescriptor descriptor, Linker.Option... options) {
      Linker linker = Linker.nativeLinker();
      return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor, options);
    }
  }

  private final Path device;
  private final long bytes;
  private final int descriptor;

  /**
   * @param bytes how long the device is
   * @throws IOException if the operating system refuses
   * @throws MisuseException if the JVM does
   */
  static DeviceMemory open(Path device, long bytes, boolean readOnly) throws IOException {
    MethodHandle open;
    try {
      open = Library.OPEN;
    } catch (LinkageError e) {
      throw new MisuseException(
          device
              + " can only be mapped, and that by native code, which is not allowed here; start the JVM with"
              + " --enable-native-access=ALL-UNNAMED",
          e);
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      int flags = (readOnly ? O_RDONLY : O_RDWR) | O_CLOEXEC;
      int descriptor = (int) open.invokeExact(state, arena.allocateFrom(device.toString()), flags);
      if (descriptor < 0) {
        throw refused("open", device, state);
      }
      return new DeviceMemory(device, bytes, descriptor);
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new LinkageError("open cannot be called", e);
    }
  }

  private DeviceMemory(Path device, long bytes, int descriptor) {
    this.device = device;
    this.bytes = bytes;
    this.descriptor = descriptor;
  }

  /** Locks the device until it is closed; false if another has it, in this process or not. */
  boolean lock(boolean shared) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MemorySegment lock = arena.allocate(LOCK_BYTES, Long.BYTES);
      lock.set(ValueLayout.JAVA_SHORT, 0, shared ? F_RDLCK : F_WRLCK);
      if ((int) Library.FCNTL.invokeExact(state, descriptor, F_OFD_SETLK, lock) == 0) {
        return true;
      }
      int errno = (int) ERRNO.get(state, 0L);
      if (errno == EAGAIN || errno == EACCES) {
        return false;
      }
      throw refused("lock", device, state);
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new LinkageError("fcntl cannot be called", e);
    }
  }

  /** Maps the whole device, which may take no part of it, until the arena is closed. */
  @SuppressWarnings("restricted")
  MemorySegment map(boolean readOnly, Arena arena) throws IOException {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment state = call.allocate(STATE);
      int protection = readOnly ? PROT_READ : PROT_READ | PROT_WRITE;
      MemorySegment mapped =
          (MemorySegment)
              Library.MMAP.invokeExact(
                  state, MemorySegment.NULL, bytes, protection, MAP_SHARED, descriptor, 0L);
      if (mapped.address() == MAP_FAILED) {
        throw refused("map", device, state);
      }
      MemorySegment memory = mapped.reinterpret(bytes, arena, DeviceMemory::unmap);
      return readOnly ? memory.asReadOnly() : memory;
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new LinkageError("mmap cannot be called", e);
    }
  }

  private static void unmap(MemorySegment memory) {
    try {
      int ignored = (int) Library.MUNMAP.invokeExact(memory, memory.byteSize());
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new LinkageError("munmap cannot be called", e);
    }
  }

  private static IOException refused(String what, Path device, MemorySegment state)
      throws Throwable {
    int errno = (int) ERRNO.get(state, 0L);
    MemorySegment text = (MemorySegment) Library.STRERROR.invokeExact(errno);
    return new IOException(
        "cannot " + what + " " + device + ": " + text.getString(0) + " (errno " + errno + ")");
  }

  /** Unlocks the device. What is mapped stays mapped. */
  @Override
  public void close() {
    try {
      int ignored = (int) Library.CLOSE.invokeExact(descriptor);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new LinkageError("close cannot be called", e);
    }
  }
}
