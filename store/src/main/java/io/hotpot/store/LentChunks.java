package io.hotpot.store;

import io.hotpot.store.spi.HeldLog.Lending;
import io.hotpot.store.spi.HeldLog.Loan;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The chunks of a log, and the one prepared to be its next, as devices of the network reach them.
 *
 * <p>Thread-safety: all methods from any thread; they wait for the devices.
 */
record LentChunks(Partition partition) {

  @Nullable LogChunk chunk(int sequence) {
    LogChunk chunk = partition.chunks.get(sequence);
    if (chunk != null) {
      return chunk;
    }
    LogChunk next = partition.log.prepared();
    return next != null && next.sequence == sequence ? next : null;
  }

  /** Lends a chunk; one that is full, or that this node owns, is not for others to write to. */
  @Nullable Loan lend(int sequence, boolean writable, Lending lending) {
    LogChunk chunk = chunk(sequence);
    if (chunk == null) {
      return null;
    }
    ChunkMemory memory = chunk.memory;
    return memory.loans.lend(
        memory.segment(), writable, () -> isStill(chunk) && (!writable || isOpen(chunk)), lending);
  }

  private boolean isStill(LogChunk chunk) {
    return chunk(chunk.sequence) == chunk;
  }

  private boolean isOpen(LogChunk chunk) {
    return !chunk.closed && !partition.isReplicated();
  }

  /** When this returns, nobody writes to the log but this node. */
  void takeBackWritable() {
    forEach(chunk -> chunk.memory.loans.takeBackWritable());
  }

  private void forEach(Consumer<LogChunk> action) {
    partition.chunks.all().forEach(action);
    LogChunk next = partition.log.prepared();
    if (next != null) {
      action.accept(next);
    }
  }
}
