package io.hotpot.cluster;

import io.hotpot.replication.RemoteMemory.Access;
import io.hotpot.replication.RemoteMemory.Key;
import io.hotpot.replication.RemoteMemory.Registration;
import io.hotpot.sim.Simulation;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The network device of a simulated machine in one life: it knows which memory others may reach,
 * and lets their bytes land there, piece by piece.
 *
 * <p>Confined to the simulation.
 */
public final class SimDevice {

  /** Stores to the machine's memory, as its heap sees them. */
  public interface Store {
    void write(MemorySegment memory, int offset, byte[] bytes);
  }

  private static final long MAX_CLOSING_NS = 2_000_000;
  private static final long MAX_READING_NS = 50_000;

  /** Keys are the device's own: one of an earlier life opens nothing. */
  private record Registered(MemorySegment memory, Access access, Key key) {}

  private final Simulation simulation;
  private final Store store;
  private final Map<Integer, Registered> registered = new TreeMap<>();
  private long maxClosingNs = MAX_CLOSING_NS;
  private int damageOneIn;
  private int leastWriteBytes = 1;

  public SimDevice(Simulation simulation, Store store) {
    this.simulation = simulation;
    this.store = store;
  }

  /** How long it may write in a session that its node has ended. */
  public void closesWithin(long ns) {
    maxClosingNs = ns;
  }

  /** One of so many pieces that land, or are read, has a wrong byte; 0: none has. */
  public void damageOneIn(int pieces) {
    damageOneIn = pieces;
  }

  /** So few bytes are worth a write; others go with messages. */
  public void leastWriteBytes(int bytes) {
    leastWriteBytes = bytes;
  }

  int leastWriteBytes() {
    return leastWriteBytes;
  }

  long closingNs() {
    return simulation.between(1, maxClosingNs);
  }

  Registration register(MemorySegment memory, Access access) {
    int number;
    do {
      number = (int) simulation.between(1, Integer.MAX_VALUE);
    } while (registered.containsKey(number));
    Key key = new Key(number * 4096L, (int) memory.byteSize(), number);
    registered.put(number, new Registered(memory, access, key));
    return new Registration() {
      @Override
      public Key key() {
        return key;
      }

      @Override
      public void close() {
        registered.remove(key.key());
      }
    };
  }

  /** What is written at once lands in up to three pieces. */
  List<byte[]> pieces(byte[] bytes) {
    List<byte[]> pieces = new ArrayList<>();
    int at = 0;
    for (int cuts = (int) simulation.between(0, 3); cuts > 0 && bytes.length - at > 1; cuts--) {
      int next = at + (int) simulation.between(1, bytes.length - at);
      pieces.add(Arrays.copyOfRange(bytes, at, next));
      at = next;
    }
    pieces.add(Arrays.copyOfRange(bytes, at, bytes.length));
    return pieces;
  }

  /** Bytes of registered memory; null: it is not. */
  byte @Nullable [] read(int key, int offset, int lengthBytes) {
    Registered from = registered.get(key);
    if (from == null || !holds(from, offset, lengthBytes)) {
      return null;
    }
    return from.memory.asSlice(offset, lengthBytes).toArray(ValueLayout.JAVA_BYTE);
  }

  /** Lets bytes land; false: nobody may write there. */
  boolean write(int key, int offset, byte[] bytes) {
    Registered to = registered.get(key);
    if (to == null || to.access != Access.WRITE || !holds(to, offset, bytes.length)) {
      return false;
    }
    damage(bytes);
    store.write(to.memory, offset, bytes);
    return true;
  }

  /**
   * Reads for another machine, in two halves, between which the memory may change.
   *
   * @param done gets null if nobody may read there
   */
  void readLater(int key, int offset, int lengthBytes, Consumer<byte @Nullable []> done) {
    byte[] first = readable(key, offset, lengthBytes);
    simulation.after(
        simulation.between(1, MAX_READING_NS),
        () -> {
          byte[] bytes = first == null ? null : readable(key, offset, lengthBytes);
          if (bytes != null) {
            System.arraycopy(first, 0, bytes, 0, lengthBytes / 2);
            damage(bytes);
          }
          done.accept(bytes);
        });
  }

  private byte @Nullable [] readable(int key, int offset, int lengthBytes) {
    Registered from = registered.get(key);
    return from == null || from.access != Access.READ ? null : read(key, offset, lengthBytes);
  }

  private void damage(byte[] bytes) {
    if (damageOneIn > 0 && simulation.oneIn(damageOneIn)) {
      bytes[(int) simulation.between(0, bytes.length)] ^= 1;
    }
  }

  private static boolean holds(Registered in, int offset, int lengthBytes) {
    return offset >= 0 && lengthBytes >= 0 && (long) offset + lengthBytes <= in.memory.byteSize();
  }
}
