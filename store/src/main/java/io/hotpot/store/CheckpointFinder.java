package io.hotpot.store;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Finds the checkpoints that the replay of a log may begin at: the two newest, which the cleaner
 * keeps whole, and no others.
 *
 * <p>Reads the medium only, fills in what was found. One thread.
 */
final class CheckpointFinder {

  private CheckpointFinder() {}

  /**
   * @param found with all its chunks
   * @param damages to be added to
   */
  static void find(FoundLog found, List<Damage> damages) {
    List<Long> addresses = pointers(found);
    if (!addresses.isEmpty()) {
      // The pointer was written when all before it was durable.
      found.newestPointer = addresses.getFirst();
    }
    for (long address : addresses.subList(0, Math.min(2, addresses.size()))) {
      Checkpoint checkpoint = CheckpointFormat.read(found, address);
      if (checkpoint == null) {
        if (found.checkpoint == null) {
          damages.add(damaged(found, address));
        }
      } else if (found.checkpoint == null) {
        found.checkpoint = checkpoint;
        found.checkpointAddress = address;
      } else {
        found.olderCheckpoint = checkpoint;
        found.olderCheckpointAddress = address;
      }
    }
    // The cleaner forgets deletions only when there are two checkpoints that know of them.
    found.deletesForgotten =
        found.checkpoint == null && addresses.size() + found.damagedHeaders.size() >= 2;
  }

  /** Where checkpoints were completed, the newest first. */
  static List<Long> pointers(FoundLog found) {
    List<Long> addresses = new ArrayList<>();
    for (LogChunk chunk : found.chunks.values()) {
      for (long address : ChunkFormat.checkpointPointers(chunk.memory)) {
        if (address != 0 && Address.sequence(address) == chunk.sequence) {
          addresses.add(address);
        }
      }
    }
    addresses.sort(Comparator.reverseOrder());
    return addresses;
  }

  private static Damage damaged(FoundLog found, long address) {
    return new Damage(
        found.partition,
        found.chunk(Address.sequence(address)).memory.index(),
        Address.offset(address),
        0,
        "",
        "a checkpoint is damaged; an older one, or the whole log, is read instead");
  }
}
