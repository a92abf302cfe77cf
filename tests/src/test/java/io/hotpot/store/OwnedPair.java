package io.hotpot.store;

import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.OwnedPartition;
import io.hotpot.store.spi.OwnerSide;
import io.hotpot.store.spi.Spared;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.LongConsumer;

/**
 * A partition on two nodes: one owns it, the other has a copy. What the owner appends waits in a
 * stream until the test delivers it, and is acknowledged when the test says so. One thread.
 */
final class OwnedPair implements AutoCloseable {

  static final int PARTITION = 7;

  private static final long CLUSTER = 0x77L;

  private static final class Node {
    SimHeap heap;
    Hotpot store;
    HeldLog log;

    Node(SimHeap heap) {
      this.heap = heap;
      this.store = open(heap);
      HeldLog held = store.heldParts().log(PARTITION);
      this.log = held != null ? held : store.heldParts().create(PARTITION, TransactionMode.MRMW);
    }
  }

  /** One item of the stream. */
  private record Sent(long address, byte[] batch, int released) {}

  private final class Stream implements OwnerSide {
    private final ArrayDeque<Sent> items = new ArrayDeque<>();
    private long appendedTo;
    private long acknowledgedTo;

    @Override
    public Admission admit(int copiesWanted) {
      return Admission.ADMITTED;
    }

    @Override
    public void appended(long address, byte[] bytes, int length, long[] changed, Spared except) {
      items.addLast(new Sent(address, Arrays.copyOf(bytes, length), -1));
      appendedTo = address + length;
    }

    @Override
    public long acknowledgedTo() {
      return acknowledgedTo;
    }

    @Override
    public void unlocked(long[] objectIds) {}

    @Override
    public void released(int sequence) {
      items.addLast(new Sent(0, new byte[0], sequence));
      released++;
    }
  }

  private Node ownerNode;
  private Node copyNode;
  private Stream stream = new Stream();
  private OwnedPartition owned;
  private int epoch = 1;
  private int released;
  private long warmPromotions;
  private LongConsumer changed = objectId -> {};

  OwnedPair(int chunks) {
    ownerNode = new Node(new SimHeap(chunks, CLUSTER, Durability.POWER));
    copyNode = new Node(new SimHeap(chunks, CLUSTER, Durability.POWER));
    promise();
    owned = ownerNode.log.begin(epoch, stream);
    settleAll();
    owned.serve();
  }

  private static Hotpot open(SimHeap heap) {
    return Hotpot.open(
        heap,
        HotpotOptions.defaults()
            .withBackground(false)
            .withMaxBytes((long) heap.maxChunks() * Heap.CHUNK_BYTES),
        SystemSeams.all());
  }

  private void promise() {
    ownerNode.store.heldParts().promise(PARTITION, epoch);
    copyNode.store.heldParts().promise(PARTITION, epoch);
  }

  OwnedPartition owned() {
    return owned;
  }

  Hotpot owner() {
    return ownerNode.store;
  }

  Partition partition() {
    for (Partition partition : owner().partitions()) {
      if (partition.id == PARTITION) {
        return partition;
      }
    }
    throw new AssertionError("the owner does not have the partition");
  }

  /** The end of what the owner has appended. */
  long appendedTo() {
    return stream.appendedTo;
  }

  /** How many chunks the owners have released. */
  int released() {
    return released;
  }

  /** Who is told of the objects that appends to the copy change. */
  void whenChanged(LongConsumer told) {
    changed = told;
  }

  void deliver(int items) {
    for (int i = 0; i < items && !stream.items.isEmpty(); i++) {
      Sent sent = stream.items.getFirst();
      if (sent.released >= 0) {
        copyNode.log.releaseWhenSettled(sent.released);
      } else {
        append(sent);
      }
      stream.items.removeFirst();
    }
  }

  private void append(Sent sent) {
    try {
      copyNode.log.append(sent.address, sent.batch, changed);
    } catch (HeapFull e) {
      // What it has been told to release waits for being settled.
      acknowledge();
      settle();
      copyNode.log.append(sent.address, sent.batch, changed);
    }
  }

  /** The copy makes durable what it has, and says so. */
  void acknowledge() {
    copyNode.log.startFlush();
    copyNode.store.heldParts().flush();
    stream.acknowledgedTo = copyNode.log.durableTo();
  }

  void flushOwner() {
    ownerNode.store.heldParts().flush();
  }

  /** The owner publishes what is settled, and tells the copy. */
  void settle() {
    owned.publish();
    copyNode.log.settledTo(Math.min(stream.acknowledgedTo, ownerNode.log.durableTo()));
  }

  /** The copy's table is led on by some steps, if it is kept. */
  void warmUp(int steps) {
    boolean isMore = copyNode.log.isWarmUpDue();
    for (int i = 0; i < steps && isMore; i++) {
      isMore = copyNode.log.warmUp();
    }
  }

  /** Of the copy's table. */
  WarmChecks warmChecks() {
    return new WarmChecks(copy(), copyNode.store);
  }

  /** How often the copy that became the owner had kept its table. */
  long warmPromotions() {
    return warmPromotions;
  }

  void settleAll() {
    flushOwner();
    deliver(Integer.MAX_VALUE);
    acknowledge();
    settle();
  }

  /** Ends the chunk in use, so that the cleaner may take it. */
  void closeChunk() {
    Partition partition = partition();
    if (partition.pool.available() <= partition.pool.reserveFor(ChunkPool.Purpose.GROWTH)) {
      return;
    }
    partition.commitLock.lock();
    try {
      partition.log.closeCurrent();
    } finally {
      partition.commitLock.unlock();
    }
  }

  /**
   * The copy becomes the owner, with what was delivered to it and no more.
   *
   * @param powerLoss null, or: it first loses its power
   * @return the end of its log
   */
  long promote(SplittableRandom powerLoss) {
    epoch++;
    promise();
    if (powerLoss != null) {
      SimHeap left = copyNode.heap.afterPowerLoss(powerLoss);
      copyNode.store.close();
      copyNode = new Node(left);
    }
    long tail = copyNode.log.tail();
    int checksum = copyNode.log.lastChecksum();
    owned.depose();
    ownerNode.log.cut(tail, checksum);
    change();
    long before = owner().events().warmPromotions.sum();
    owned = ownerNode.log.promote(epoch, stream);
    warmPromotions += owner().events().warmPromotions.sum() - before;
    releaseWhatTheOwnerDoesWithout();
    return tail;
  }

  /** What is on the copy's medium is all that its node knows afterwards. */
  void losePowerAtCopy(SplittableRandom random) {
    SimHeap left = copyNode.heap.afterPowerLoss(random);
    copyNode.store.close();
    copyNode = new Node(left);
  }

  /** Both nodes note how far their logs are durable. */
  void noteEnds() {
    copyNode.store.heldParts().noteEnds();
    ownerNode.store.heldParts().noteEnds();
  }

  /** Again, where that has failed. */
  void promoteAgain() {
    owned = ownerNode.log.promote(epoch, stream);
  }

  /** The copy becomes the owner, where the other node does not come back. */
  void promoteAlone() {
    epoch++;
    promise();
    change();
    promoteAgain();
  }

  private void change() {
    Node next = copyNode;
    copyNode = ownerNode;
    ownerNode = next;
    stream = new Stream();
  }

  /** It may have released chunks in an earlier epoch, and nobody has heard of it. */
  private void releaseWhatTheOwnerDoesWithout() {
    Set<Integer> kept = new HashSet<>();
    ownerNode.log.chunks().forEach(chunk -> kept.add(chunk.sequence()));
    for (HeldLog.ChunkEnd chunk : copyNode.log.chunks()) {
      if (!kept.contains(chunk.sequence())) {
        copyNode.log.releaseWhenSettled(chunk.sequence());
      }
    }
  }

  /** Bytes of the owner's log rot. */
  void rot(long address, byte[] into) {
    LogChunk chunk = partition().chunks.get(Address.sequence(address));
    ownerNode.heap.corrupt(chunk.memory.index(), Address.offset(address), into);
  }

  /** Likewise of the copy. */
  void rotCopy(long address, byte[] into) {
    LogChunk chunk = copy().held().chunks.get(Address.sequence(address));
    copyNode.heap.corrupt(chunk.memory.index(), Address.offset(address), into);
  }

  SimHeap copyHeap() {
    return copyNode.heap;
  }

  SimHeap ownerHeap() {
    return ownerNode.heap;
  }

  LogCopy copy() {
    return (LogCopy) copyNode.log;
  }

  @Override
  public void close() {
    ownerNode.store.close();
    copyNode.store.close();
  }
}
