package io.hotpot.replication;

import io.hotpot.replication.rdma.MemoryRegion;
import io.hotpot.replication.rdma.RdmaDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One-sided access by the queue pairs of the sessions. */
final class OneSided implements RemoteMemory {

  /** A message with fewer bytes still is part of its request; a write would be another one. */
  private static final int LEAST_WRITE = 256;

  private static final Pattern ERROR_NUMBER = Pattern.compile("errno (\\d+)");

  private final RdmaDevice device;
  private final IntFunction<@Nullable RdmaWire> wires;

  /**
   * @param wires the wire by which the present session with a node is sent; null: there is none
   */
  OneSided(RdmaDevice device, IntFunction<@Nullable RdmaWire> wires) {
    this.device = device;
    this.wires = wires;
  }

  /** Memory here. Closed by one thread, others wait for it. */
  private static final class Registered implements Registration {
    private final MemoryRegion region;
    private final ReentrantLock closing = new ReentrantLock();
    private volatile boolean isClosed;

    Registered(MemoryRegion region) {
      this.region = region;
    }

    @Override
    public Key key() {
      return new Key(region.address(), region.lengthBytes(), region.remoteKey());
    }

    @Override
    public void close() {
      closing.lock();
      try {
        if (!isClosed) {
          isClosed = true;
          region.close();
        }
      } finally {
        closing.unlock();
      }
    }
  }

  @Override
  public Registration register(MemorySegment memory, Access access) throws NotRegistered {
    try {
      return new Registered(device.register(memory, access == Access.READ, access == Access.WRITE));
    } catch (IOException e) {
      throw new NotRegistered(explain(memory.byteSize(), String.valueOf(e.getMessage())));
    }
  }

  /** What a refusal means, and what an operator can do. */
  static String explain(long bytes, String message) {
    Matcher found = ERROR_NUMBER.matcher(message);
    String meaning =
        switch (found.find() ? found.group(1) : "") {
          case "12" ->
              "the limit on locked memory is too small: raise it (ulimit -l, LimitMEMLOCK= of the"
                  + " service)";
          case "14", "22", "95" ->
              "the device does not take memory of this kind: a file on ext4 or on persistent memory"
                  + " by fsdax needs on-demand paging; /dev/shm and device-dax do not";
          default -> "the device refuses it";
        };
    return meaning + " - bytes=" + bytes + ", error=" + message;
  }

  @Override
  public int leastWriteBytes() {
    return LEAST_WRITE;
  }

  @Override
  public boolean reaches(int nodeId) {
    return wires.apply(nodeId) != null;
  }

  @Override
  public boolean write(
      int nodeId, Key to, int offset, Registration from, int fromOffset, int lengthBytes) {
    Registered source = (Registered) from;
    check(offset, lengthBytes, to.lengthBytes());
    check(fromOffset, lengthBytes, source.region.lengthBytes());
    RdmaWire wire = wires.apply(nodeId);
    return wire != null
        && !source.isClosed
        && wire.write(source.region, fromOffset, lengthBytes, to.address() + offset, to.key());
  }

  @Override
  public boolean read(int nodeId, Key from, int offset, int lengthBytes, Reader reader) {
    check(offset, lengthBytes, from.lengthBytes());
    RdmaWire wire = wires.apply(nodeId);
    return wire != null && wire.read(from.address() + offset, from.key(), lengthBytes, reader);
  }

  private static void check(int offset, int lengthBytes, int boundBytes) {
    if (offset < 0 || lengthBytes <= 0 || offset > boundBytes - lengthBytes) {
      throw new IllegalArgumentException(
          "beyond the memory - offset="
              + offset
              + ", length="
              + lengthBytes
              + ", memory="
              + boundBytes);
    }
  }
}
