package io.hotpot.store;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A pool that has a device-DAX device to itself. The device can only be mapped, and so reading and
 * writing are copies from and to a mapping. What is written is flushed out of the CPU's caches.
 */
final class DeviceBytes implements PoolBytes {

  private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle();

  private final DaxDevice device;
  private final DeviceMemory memory;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment mapping;

  /** Null if it is only looked at: that needs no libpmem. */
  private final @Nullable CacheFlush caches;

  /**
   * Opens a device and locks it, to be shared by readers only.
   *
   * @throws StoreLocked if another store or another process has it
   */
  static DeviceBytes open(DaxDevice device, boolean readOnly) throws IOException {
    return open(device, readOnly, true);
  }

  /** Opens a device to read it while another process may write to it. */
  static DeviceBytes look(DaxDevice device) throws IOException {
    return open(device, true, false);
  }

  private static DeviceBytes open(DaxDevice device, boolean readOnly, boolean locks)
      throws IOException {
    DeviceMemory memory = DeviceMemory.open(device.path(), device.bytes(), readOnly);
    boolean opened = false;
    try {
      if (locks && !memory.lock(readOnly)) {
        throw new StoreLocked(
            device.path()
                + " is open as the heap of a store, in this or another process; wait until that has closed the"
                + " store, or stop it");
      }
      DeviceBytes bytes = new DeviceBytes(device, memory, readOnly);
      opened = true;
      return bytes;
    } finally {
      if (!opened) {
        memory.close();
      }
    }
  }

  private DeviceBytes(DaxDevice device, DeviceMemory memory, boolean readOnly) throws IOException {
    this.device = device;
    this.memory = memory;
    this.caches = readOnly ? null : new CacheFlush();
    this.mapping = memory.map(readOnly, arena);
  }

  DaxDevice device() {
    return device;
  }

  @Override
  public byte[] read(long offset, int lengthBytes) {
    byte[] bytes = new byte[lengthBytes];
    int there = Math.clamp(device.bytes() - offset, 0, lengthBytes);
    if (there > 0) {
      MemorySegment.copy(mapping, ValueLayout.JAVA_BYTE, offset, bytes, 0, there);
    }
    return bytes;
  }

  /** An aligned word is one store, so that a power loss leaves the old one or the new one. */
  @Override
  public void write(byte[] bytes, long offset) throws IOException {
    CacheFlush flush = Objects.requireNonNull(caches, "opened to be read");
    if (offset < 0 || offset > device.bytes() - bytes.length) {
      throw new IOException(
          device.path()
              + " cannot become longer: it has "
              + device.bytes()
              + " bytes, "
              + bytes.length
              + " were to be written at "
              + offset);
    }
    if (bytes.length == Long.BYTES && offset % Long.BYTES == 0) {
      WORD.setRelease(mapping, offset, Bytes.getLong(bytes, 0));
    } else {
      MemorySegment.copy(bytes, 0, mapping, ValueLayout.JAVA_BYTE, offset, bytes.length);
    }
    flush.flush(mapping, offset, bytes.length);
  }

  @Override
  public void force(boolean metadata) {
    if (caches != null) {
      caches.drain();
    }
  }

  @Override
  public long size() {
    return device.bytes();
  }

  @Override
  public boolean canGrow() {
    return false;
  }

  @Override
  public MemorySegment map(boolean readOnly, long lengthBytes, Arena arena) throws IOException {
    return memory.map(readOnly, arena).asSlice(0, lengthBytes);
  }

  @Override
  public Medium medium() {
    return device.isPersistent() ? Medium.PERSISTENT_MEMORY : Medium.VOLATILE_MEMORY;
  }

  @Override
  public void close() {
    arena.close();
    memory.close();
  }
}
