package io.hotpot.replication;

import io.hotpot.replication.LocalFabric.End;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One-sided access between nodes of one process: the bytes are copied from one's memory to the
 * other's by the thread that asks, so that they are there before any later message.
 *
 * <p>A key that is not valid, or a range outside of it, ends the session, as a network device does.
 */
final class LocalMemory implements RemoteMemory {

  /** What may be reached, until it is closed. The lock is held while bytes are copied. */
  private static final class Registered implements Registration {
    final MemorySegment memory;
    final Access access;
    final Key key;
    final ReentrantLock lock = new ReentrantLock();
    boolean isClosed;

    Registered(MemorySegment memory, Access access, int key) {
      this.memory = memory;
      this.access = access;
      this.key = new Key(memory.address(), (int) memory.byteSize(), key);
    }

    @Override
    public Key key() {
      return key;
    }

    @Override
    public void close() {
      lock.lock();
      try {
        isClosed = true;
      } finally {
        lock.unlock();
      }
    }

    private boolean holds(int offset, int lengthBytes) {
      return offset >= 0 && lengthBytes >= 0 && (long) offset + lengthBytes <= memory.byteSize();
    }

    /** Copies bytes in; false: they may not be written there. */
    boolean put(int offset, byte[] bytes) {
      lock.lock();
      try {
        boolean may = !isClosed && access == Access.WRITE && holds(offset, bytes.length);
        if (may) {
          MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, offset, bytes.length);
        }
        return may;
      } finally {
        lock.unlock();
      }
    }

    /** Copies bytes out; null: they may not be read. */
    byte @Nullable [] get(int offset, int lengthBytes) {
      lock.lock();
      try {
        if (isClosed || !holds(offset, lengthBytes)) {
          return null;
        }
        byte[] bytes = new byte[lengthBytes];
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, offset, bytes, 0, lengthBytes);
        return bytes;
      } finally {
        lock.unlock();
      }
    }
  }

  private static final String REFUSED = "a key that is not valid, or a range outside of it";

  private final LocalHub hub;
  private final LocalFabric fabric;
  private final NodeLoop loop;
  private final AtomicInteger lastKey = new AtomicInteger();
  private final Map<Integer, Registered> registered = new ConcurrentHashMap<>();

  LocalMemory(LocalHub hub, LocalFabric fabric, NodeLoop loop) {
    this.hub = hub;
    this.fabric = fabric;
    this.loop = loop;
  }

  @Override
  public int leastWriteBytes() {
    return 1;
  }

  @Override
  public Registration register(MemorySegment memory, Access access) throws NotRegistered {
    if (memory.byteSize() > Integer.MAX_VALUE) {
      throw new NotRegistered("more than 2 GiB in one piece");
    }
    Registered made = new Registered(memory, access, lastKey.incrementAndGet());
    registered.put(made.key.key(), made);
    return new Registration() {
      @Override
      public Key key() {
        return made.key();
      }

      @Override
      public void close() {
        made.close();
        registered.remove(made.key.key());
      }
    };
  }

  @Override
  public boolean reaches(int nodeId) {
    return other(nodeId) != null;
  }

  /** Of the node at the other end of the present session; null: it has none. */
  private @Nullable LocalMemory other(int nodeId) {
    End mine = fabric.sessions().get(nodeId);
    End theirs = mine == null ? null : mine.other;
    return theirs == null ? null : theirs.owner.memory();
  }

  private @Nullable Registered of(Key key) {
    Registered found = registered.get(key.key());
    return found != null && found.key.equals(key) ? found : null;
  }

  @Override
  public boolean write(
      int nodeId, Key to, int offset, Registration from, int fromOffset, int lengthBytes) {
    return hub.undisturbed(
        () -> {
          LocalMemory other = other(nodeId);
          if (other == null) {
            return false;
          }
          Registered source = of(from.key());
          Registered target = other.of(to);
          byte[] bytes = source == null ? null : source.get(fromOffset, lengthBytes);
          if (bytes == null || target == null || !target.put(offset, bytes)) {
            fabric.disconnect(nodeId, REFUSED);
          }
          return true;
        });
  }

  @Override
  public boolean read(int nodeId, Key from, int offset, int lengthBytes, Reader reader) {
    return hub.undisturbed(
        () -> {
          LocalMemory other = other(nodeId);
          if (other == null) {
            return false;
          }
          Registered source = other.of(from);
          byte[] bytes = source == null ? null : source.get(offset, lengthBytes);
          if (bytes == null) {
            fabric.disconnect(nodeId, REFUSED);
            loop.execute(() -> reader.failed(REFUSED));
          } else {
            loop.execute(() -> reader.read(MemorySegment.ofArray(bytes).asReadOnly()));
          }
          return true;
        });
  }
}
