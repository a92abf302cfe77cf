package io.hotpot.replication;

import io.hotpot.replication.RemoteMemory.Registration;
import java.util.TreeMap;

/**
 * Writes batches from an owner's chunks to the same places of a replica's, of which the replica has
 * told the keys in the present session.
 *
 * <p>Confined to the loop.
 */
final class OneSidedAppends {

  /** A replica tells of its last chunk and the next one; the owner may be a chunk behind. */
  private static final int MOST_KEYS = 4;

  private final RemoteAccess remote;
  private final OwnChunks own;
  private final int node;

  /** By the sequence of the chunk. */
  private final TreeMap<Integer, RemoteMemory.Key> keys = new TreeMap<>();

  OneSidedAppends(RemoteAccess remote, OwnChunks own, int node) {
    this.remote = remote;
    this.own = own;
    this.node = node;
  }

  /** The replica lets this node write to a chunk. */
  void told(int sequence, RemoteMemory.Key key) {
    keys.put(sequence, key);
    if (keys.size() > MOST_KEYS) {
      keys.pollFirstEntry();
    }
  }

  /** Whether it may write to a chunk that is not full, as far as it knows. */
  boolean hasKeys() {
    return !keys.isEmpty();
  }

  /** The session is another one. */
  void forget() {
    keys.clear();
  }

  /**
   * Writes what stands in the log. It is there when a message is received that is sent after this.
   *
   * @return false: nothing was written, so the message must carry the bytes; they are too few, or
   *     there is no key
   */
  boolean write(long address, int lengthBytes) {
    RemoteMemory memory = remote.memory();
    int sequence = LogAddress.sequence(address);
    // Of what is full the replica has taken the key back.
    keys.headMap(sequence).clear();
    RemoteMemory.Key key = keys.get(sequence);
    if (memory == null || key == null || !remote.isWorthWriting(lengthBytes)) {
      return false;
    }
    Registration from = own.of(sequence);
    int offset = LogAddress.offset(address);
    return from != null
        && offset + lengthBytes <= key.lengthBytes()
        && memory.write(node, key, offset, from, offset, lengthBytes);
  }
}
