package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Map;

/**
 * Compares the table that a replica keeps with what recovery makes of the same log, from nothing.
 */
final class WarmChecks {

  private final LogCopy copy;
  private final Hotpot store;

  WarmChecks(LogCopy copy, Hotpot store) {
    this.copy = copy;
    this.store = store;
  }

  /** As far as it is led on now; the log may go on. Returns whether there is a table. */
  boolean checkOnTheWay() {
    TableReplay warm = copy.warm.replay();
    if (warm == null || warm.isOvertaking()) {
      return false;
    }
    assertThat(copy.warm.takenTo()).as("taken in").isLessThanOrEqualTo(copy.settledTo());
    Map<String, String> warmState = TableState.of(warm.target(), warm.rebuild());
    Map<Integer, Long> liveBytes = TableState.liveBytes(warm.target());
    Partition cold = fresh();
    FoundLog found = found(warm.position());
    Rebuild rebuild = new Rebuild(cold, new ArrayList<>(), true);
    cold.chunks.all().forEach(chunk -> chunk.liveBytes.set(0));
    if (found.checkpoint != null) {
      rebuild.load(found, found.checkpoint);
    }
    for (LogChunk chunk : cold.chunks.all()) {
      ChunkBatches.forEach(
          chunk,
          found.seed,
          offset -> {
            if (Address.of(chunk.sequence, offset) < warm.position()) {
              rebuild.batch(chunk, offset);
            }
          });
    }
    assertThat(TableState.differences(warmState, TableState.of(cold, rebuild))).isEmpty();
    TableState.liveBytes(cold, liveBytes);
    return true;
  }

  /**
   * As it would be taken over now; it is of no use afterwards. All of the log is settled and
   * durable. Returns whether there was a table.
   */
  boolean checkWhole() {
    if (!copy.warm.takeAll(copy.tail())) {
      return false;
    }
    Partition warm = copy.warm.finish();
    assertThat(warm).as("of a sound log").isNotNull();
    Map<String, String> warmState = TableState.of(warm);
    Partition cold = fresh();
    cold.log.endAt(null, copy.lastChecksum(), copy.tail());
    cold.log.durable(copy.tail());
    assertThat(((HeldStore) store.heldParts()).rebuild(cold)).isEmpty();
    assertThat(TableState.differences(warmState, TableState.of(cold))).isEmpty();
    return true;
  }

  private Partition fresh() {
    Partition held = copy.held();
    return ((HeldStore) store.heldParts()).newPartition(held.id, held.mode, held.chunks);
  }

  /** The log with the newest checkpoint that is completed below an address. */
  private FoundLog found(long end) {
    FoundLog found = new FoundLog(copy.partition(), store.heldParts().clusterId());
    copy.held().chunks.all().forEach(chunk -> found.chunks.put(chunk.sequence, chunk));
    for (LogChunk chunk : copy.held().chunks.all()) {
      ChunkBatches.forEach(
          chunk,
          found.seed,
          offset -> {
            long address = Address.of(chunk.sequence, offset);
            if (BatchFormat.kind(chunk.memory, offset) == BatchFormat.CHECKPOINT
                && address + BatchFormat.length(chunk.memory, offset) <= end) {
              found.checkpoint = CheckpointFormat.read(found, address);
              found.checkpointAddress = address;
            }
          });
    }
    return found;
  }
}
