package io.hotpot.replication.rdma;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;

/**
 * A reliable connection between two devices, with its registered buffers and its completion queue.
 * What is posted is done in order, but for reads, whose bytes come later.
 *
 * <p>Thread-safety: confined to one thread from the moment that it is handed over.
 */
public interface QueuePair {

  /** Bytes of a buffer. */
  int BUFFER = 16 << 10;

  /** Buffers for what comes; all are posted when the queue pair is handed over. */
  int RECEIVES = 64;

  /** Work requests that can be under way, each with a buffer of its own. */
  int SLOTS = 64;

  /** Told of completions. */
  interface Completions {

    /** A buffer was filled; it is posted again by who is told. */
    void received(int buffer, int lengthBytes);

    /** The signalled request of a slot is done, and so are all that were posted before it. */
    void done(int slot);

    /** A request failed; the queue pair is of no use any more. */
    void failed(String reason);
  }

  ByteBuffer receiveBuffer(int buffer);

  ByteBuffer slotBuffer(int slot);

  /** Makes a buffer ready for what comes. */
  void postReceive(int buffer) throws IOException;

  /** Sends the first bytes of a slot's buffer into one of the other end's receive buffers. */
  void send(int slot, int lengthBytes, boolean isSignalled) throws IOException;

  /**
   * Writes registered memory into the other end's. It may be kept back, to be posted with the next
   * request by one call of the system; at {@link #postKept} at the latest.
   */
  void write(
      int slot,
      MemoryRegion from,
      int fromOffset,
      int lengthBytes,
      long toAddress,
      int toKey,
      boolean isSignalled)
      throws IOException;

  /** Posts what is kept back, if anything is. */
  void postKept() throws IOException;

  /** Reads the other end's memory into the slot's buffer; signalled. */
  void read(int slot, long fromAddress, int fromKey, int lengthBytes) throws IOException;

  /**
   * Takes completions that are there, a bounded number of them. After {@link #destroy}, also within
   * this call, none are told.
   *
   * @return how many
   */
  int poll(Completions to) throws IOException;

  /** Makes the next completion show in {@link #events}. */
  void arm() throws IOException;

  /** Readable when a completion came since {@link #arm}. */
  SelectableChannel events();

  /** Takes what made {@link #events} readable. */
  void takeEvents() throws IOException;

  /**
   * Breaks the connection: when this returns, nothing that the other end does lands here any more.
   * Closes {@link #events}. More than once.
   */
  void destroy();
}
