package io.hotpot.replication;

import io.hotpot.store.TransactionMode;
import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.HeldParts;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The store of a node, in memory that outlives the node. */
final class TestParts implements HeldParts {

  private final Map<Integer, TestLog> logs = new TreeMap<>();
  private final Map<Integer, Integer> promised = new TreeMap<>();
  private int nodeId;

  Map<Integer, TestLog> all() {
    return logs;
  }

  /** Nobody reads in others' memory here. */
  @Override
  public byte @Nullable [] payloadOf(byte[] record, long objectId, long stamp) {
    return null;
  }

  void crash(VirtualWorld world) {
    logs.values().forEach(log -> log.crash(world));
  }

  @Override
  public Map<String, Long> counters() {
    return Map.of("appendedBytes", 7L);
  }

  @Override
  public long clusterId() {
    return 0;
  }

  @Override
  public int nodeId() {
    return nodeId;
  }

  @Override
  public void nodeId(int id) {
    nodeId = id;
  }

  @Override
  public long capacityBytes() {
    return 1L << 30;
  }

  @Override
  public long freeBytes() {
    return 1L << 30;
  }

  @Override
  public int growAhead(int chunks) {
    return chunks;
  }

  @Override
  public boolean areEndsToNote() {
    return false;
  }

  @Override
  public void noteEnds() {
    throw new UnsupportedOperationException("there is no medium");
  }

  @Override
  public List<HeldLog> logs() {
    return List.copyOf(logs.values());
  }

  @Override
  public @Nullable HeldLog log(int partition) {
    return logs.get(partition);
  }

  @Override
  public HeldLog create(int partition, TransactionMode mode) {
    TestLog log = new TestLog(partition);
    logs.put(partition, log);
    return log;
  }

  @Override
  public void dispose(int partition) {
    logs.remove(partition);
  }

  @Override
  public int promised(int partition) {
    return promised.getOrDefault(partition, 0);
  }

  @Override
  public void promise(int partition, int epoch) {
    promised.merge(partition, epoch, Math::max);
  }

  @Override
  public void flush() {
    logs.values().forEach(log -> log.flushed(log.tail()));
  }

  @Override
  public boolean needsFlush() {
    return logs.values().stream().anyMatch(l -> l.owned() != null && l.durableTo() < l.tail());
  }

  @Override
  public boolean makeRoom() {
    return false;
  }

  @Override
  public void excluded(int nodeId, int incarnation) {
    // These partitions keep no outcomes.
  }

  @Override
  public void check(Check check) {
    throw new UnsupportedOperationException("nothing is on a medium");
  }
}
