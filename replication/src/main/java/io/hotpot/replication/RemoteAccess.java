package io.hotpot.replication;

import io.hotpot.replication.RemoteMemory.Access;
import io.hotpot.replication.RemoteMemory.NotRegistered;
import io.hotpot.replication.RemoteMemory.Registration;
import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.HeldLog.Loan;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One-sided access between this node and others, as far as its fabric has it and the device takes
 * this node's memory (docs/RDMA.md).
 *
 * <p>Thread-safety: {@link #lend} from any thread; all else on the loop.
 */
final class RemoteAccess {

  private final @Nullable RemoteMemory memory;
  private final Consumer<String> events;
  private final AtomicBoolean isRefusalTold = new AtomicBoolean();

  /**
   * @param memory null: the fabric has none
   * @param events is told once if the device does not take the memory
   */
  RemoteAccess(@Nullable RemoteMemory memory, Consumer<String> events) {
    this.memory = memory;
    this.events = events;
  }

  /** Whether there may be any. From any thread. */
  boolean isThere() {
    return memory != null;
  }

  /** Whether the present session with a node carries it. */
  boolean reaches(int node) {
    return memory != null && memory.reaches(node);
  }

  /** Whether so many bytes are better written than sent in a message. From any thread. */
  boolean isWorthWriting(int lengthBytes) {
    return memory != null && lengthBytes >= memory.leastWriteBytes();
  }

  /** The fabric's; null: it has none. */
  @Nullable RemoteMemory memory() {
    return memory;
  }

  /**
   * Lets others reach a chunk of a log. May block for the device.
   *
   * @return null: it is not lent, or the device refuses it
   */
  @Nullable LentChunk lend(HeldLog log, int sequence, Access access) {
    RemoteMemory device = memory;
    if (device == null) {
      return null;
    }
    AtomicReference<@Nullable Registration> made = new AtomicReference<>();
    AtomicBoolean isGone = new AtomicBoolean();
    Loan loan =
        log.lend(
            sequence,
            access == Access.WRITE,
            chunk -> {
              Registration registration = register(device, chunk, access);
              made.set(registration);
              return registration == null ? null : () -> takeBack(registration, isGone);
            });
    Registration registration = made.get();
    return loan == null || registration == null
        ? null
        : new LentChunk(sequence, registration, loan, isGone);
  }

  private static void takeBack(Registration registration, AtomicBoolean isGone) {
    isGone.set(true);
    registration.close();
  }

  private @Nullable Registration register(RemoteMemory device, MemorySegment chunk, Access access) {
    try {
      return device.register(chunk, access);
    } catch (NotRegistered e) {
      if (isRefusalTold.compareAndSet(false, true)) {
        events.accept(
            "this node's heap, or more of it, is not known to the network device, and other nodes"
                + " reach it by messages only: "
                + e.getMessage());
      }
      return null;
    }
  }
}
