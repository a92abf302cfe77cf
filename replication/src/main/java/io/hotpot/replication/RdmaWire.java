package io.hotpot.replication;

import io.hotpot.replication.rdma.MemoryRegion;
import io.hotpot.replication.rdma.QueuePair;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.SelectableChannel;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Carries the frames of a session by a queue pair, whole ones in parcels of up to 16 KiB:
 *
 * <pre>
 *   parcel   credits u16: receive buffers that the sender has made ready again, frames
 * </pre>
 *
 * A sender has a credit for each receive buffer of the other end and sends nothing without one; the
 * last is kept for a parcel without frames, which gives credits back. What comes before {@link
 * #deliver} waits in its buffers, and so the other end stops. One request in 16 is signalled; when
 * it is done, so are those before it.
 *
 * <p>Thread-safety: confined to the loop.
 */
final class RdmaWire implements NettyLoop.Watched {

  private static final System.Logger LOG = System.getLogger(RdmaWire.class.getName());

  /** What is done with what comes. */
  interface Host {
    /**
     * The other end's first frame, which comes alone in its parcel.
     *
     * @throws MalformedMessage if it is not what was expected
     */
    void opened(RdmaWire wire, int type, ByteBuf in, int lengthBytes);

    /**
     * A later frame.
     *
     * @throws MalformedMessage if it is none
     */
    void frame(int type, ByteBuf in, int lengthBytes);

    /** There may be room to send more. */
    void flush();

    /** The wire is of no use any more; who is told closes it. */
    void broken(RdmaWire wire, String reason);
  }

  static final int PARCEL_HEADER = 2;

  /** Reads under way; they share the slots with what is sent. */
  static final int MAX_READS = 16;

  /** Writes that wait for a slot. */
  static final int MAX_WAITING = 256;

  /** Credits owed that are worth a parcel of their own. */
  private static final int WORTH_A_PARCEL = QueuePair.RECEIVES / 2;

  private static final int SIGNALLED_ONE_IN = 16;

  /** A write that waits for a slot. */
  private record Write(
      MemoryRegion from, int fromOffset, int lengthBytes, long toAddress, int toKey) {}

  private final QueuePair pair;
  private final ByteBuf[] received = new ByteBuf[QueuePair.RECEIVES];
  private final ByteBuf[] slots = new ByteBuf[QueuePair.SLOTS];
  private final QueuePair.Completions completions = new Taking();
  private Host host;

  // Sending. Requests are numbered from 0; number n has the slot n modulo their count.
  private long posted;
  private long done;
  private int sinceSignal;
  private int credits = QueuePair.RECEIVES;
  private final ArrayDeque<Write> waiting = new ArrayDeque<>();
  private final RemoteMemory.@Nullable Reader[] readers = new RemoteMemory.Reader[QueuePair.SLOTS];
  private final int[] readBytes = new int[QueuePair.SLOTS];
  private int reads;

  // Receiving.
  private boolean isOpened;
  private boolean isDelivering;
  private int owed;

  /** Parcels that came before they may be delivered, in order. */
  private final int[] held = new int[QueuePair.RECEIVES];

  private int heldCount;
  private final int[] parcelBytes = new int[QueuePair.RECEIVES];

  private Runnable whenClosed = () -> {};
  private boolean isBroken;
  private boolean isClosed;

  RdmaWire(QueuePair pair, Host host) {
    this.pair = pair;
    this.host = host;
    Arrays.setAll(received, i -> Unpooled.wrappedBuffer(pair.receiveBuffer(i)));
    Arrays.setAll(slots, i -> Unpooled.wrappedBuffer(pair.slotBuffer(i)));
  }

  @Override
  public SelectableChannel events() {
    return pair.events();
  }

  /** What is done first when the wire closes. */
  void whenClosed(Runnable task) {
    whenClosed = task;
  }

  /** From now on another is told. */
  void host(Host now) {
    host = now;
  }

  // Sending.

  /** Sends a frame of its own, before any message. */
  void say(int type, byte... payload) {
    if (isUsable() && hasSlot() && credits > 0) {
      ByteBuf out = parcel();
      out.writeIntLE(payload.length).writeByte(type).writeBytes(payload);
      send(out);
    }
  }

  /** Sends what waits, as far as there is room for it. */
  void flush(SendQueue queue) {
    while (isUsable() && hasSlot() && !waiting.isEmpty()) {
      Write next = waiting.remove();
      post(next.from, next.fromOffset, next.lengthBytes, next.toAddress, next.toKey);
    }
    while (isUsable() && waiting.isEmpty() && hasSlot() && credits > 1) {
      ByteBuf out = parcel();
      if (!queue.fill(out)) {
        break;
      }
      send(out);
    }
  }

  private void giveCreditsBack() {
    if (owed >= WORTH_A_PARCEL && isUsable() && hasSlot() && credits > 0) {
      send(parcel());
    }
  }

  private boolean isUsable() {
    return !isClosed && !isBroken;
  }

  private boolean hasSlot() {
    return posted - done < QueuePair.SLOTS;
  }

  private int nextSlot() {
    return (int) (posted % QueuePair.SLOTS);
  }

  private ByteBuf parcel() {
    ByteBuf out = slots[nextSlot()];
    return out.clear().writeShortLE(owed);
  }

  private void send(ByteBuf parcel) {
    owed = 0;
    credits--;
    try {
      pair.send(nextSlot(), parcel.readableBytes(), isSignalDue());
      posted++;
    } catch (IOException e) {
      broken("it does not send: " + e.getMessage());
    }
  }

  private boolean isSignalDue() {
    sinceSignal = sinceSignal + 1 == SIGNALLED_ONE_IN ? 0 : sinceSignal + 1;
    return sinceSignal == 0;
  }

  /**
   * Writes to the other end's memory, before anything that is flushed later.
   *
   * @return false if too many writes wait already
   */
  boolean write(MemoryRegion from, int fromOffset, int lengthBytes, long toAddress, int toKey) {
    if (!isUsable() || waiting.size() >= MAX_WAITING) {
      return false;
    }
    if (waiting.isEmpty() && hasSlot()) {
      post(from, fromOffset, lengthBytes, toAddress, toKey);
    } else {
      waiting.add(new Write(from, fromOffset, lengthBytes, toAddress, toKey));
    }
    return true;
  }

  private void post(MemoryRegion from, int fromOffset, int lengthBytes, long toAddress, int toKey) {
    try {
      pair.write(nextSlot(), from, fromOffset, lengthBytes, toAddress, toKey, isSignalDue());
      posted++;
    } catch (IOException e) {
      broken("it does not write: " + e.getMessage());
    }
  }

  /**
   * Reads the other end's memory.
   *
   * @return false if nothing will come
   */
  boolean read(long fromAddress, int fromKey, int lengthBytes, RemoteMemory.Reader reader) {
    if (!isUsable() || !hasSlot() || reads == MAX_READS || lengthBytes > RemoteMemory.MAX_READ) {
      return false;
    }
    int slot = nextSlot();
    try {
      pair.read(slot, fromAddress, fromKey, lengthBytes);
    } catch (IOException e) {
      broken("it does not read: " + e.getMessage());
      return false;
    }
    sinceSignal = 0;
    posted++;
    readers[slot] = reader;
    readBytes[slot] = lengthBytes;
    reads++;
    return true;
  }

  // Receiving.

  /**
   * Takes what has come, a bounded number of completions.
   *
   * @return how many
   */
  @Override
  public int look() {
    if (!isUsable()) {
      return 0;
    }
    int count = 0;
    try {
      // A message mostly follows a write at once, and takes it along.
      pair.postKept();
      count = pair.poll(completions);
    } catch (IOException e) {
      broken("it cannot be looked at: " + e.getMessage());
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "a session failed", e);
      broken("it failed: " + e);
    }
    if (count > 0 && isUsable()) {
      host.flush();
      giveCreditsBack();
    }
    return count;
  }

  /** What comes, and what has come so far, goes to the host now. */
  void deliver() {
    isDelivering = true;
    for (int i = 0; i < heldCount && isUsable(); i++) {
      frames(held[i]);
    }
    heldCount = 0;
    giveCreditsBack();
  }

  private final class Taking implements QueuePair.Completions {

    @Override
    public void received(int buffer, int lengthBytes) {
      if (!isUsable()) {
        return;
      }
      try {
        parcel(buffer, lengthBytes);
      } catch (MalformedMessage e) {
        broken("it broke the protocol: " + e.getMessage());
      }
    }

    @Override
    public void done(int slot) {
      if (!isUsable()) {
        return;
      }
      RemoteMemory.Reader reader = readers[slot];
      if (reader != null) {
        readers[slot] = null;
        reads--;
        reader.read(MemorySegment.ofBuffer(pair.slotBuffer(slot)).asSlice(0, readBytes[slot]));
      }
      // Of the numbers that have this slot only one is under way.
      done += (slot - done % QueuePair.SLOTS + QueuePair.SLOTS) % QueuePair.SLOTS + 1;
    }

    @Override
    public void failed(String reason) {
      broken(reason);
    }
  }

  private void parcel(int buffer, int lengthBytes) {
    ByteBuf in = received[buffer].setIndex(0, lengthBytes);
    if (lengthBytes < PARCEL_HEADER) {
      throw new MalformedMessage("a parcel has " + lengthBytes + " bytes");
    }
    int given = in.readUnsignedShortLE();
    if (given > QueuePair.RECEIVES - credits) {
      throw new MalformedMessage(
          "a parcel gives more credits back than were used - credits=" + given);
    }
    credits += given;
    parcelBytes[buffer] = lengthBytes;
    if (!isOpened) {
      isOpened = true;
      open(buffer, in);
    } else if (isDelivering || lengthBytes == PARCEL_HEADER) {
      frames(buffer);
    } else {
      held[heldCount++] = buffer;
    }
  }

  private void open(int buffer, ByteBuf in) {
    int type = type(in);
    int length = length(in);
    if (in.readableBytes() != length) {
      throw new MalformedMessage("the first parcel holds more than a frame");
    }
    host.opened(this, type, in, length);
    postAgain(buffer);
  }

  private void frames(int buffer) {
    ByteBuf in = received[buffer].setIndex(PARCEL_HEADER, parcelBytes[buffer]);
    while (in.isReadable() && isUsable()) {
      int type = type(in);
      int length = length(in);
      int next = in.readerIndex() + length;
      host.frame(type, in, length);
      in.readerIndex(next);
    }
    postAgain(buffer);
  }

  private static int type(ByteBuf in) {
    if (in.readableBytes() < Frame.HEADER) {
      throw new MalformedMessage("a parcel ends within the header of a frame");
    }
    return in.getByte(in.readerIndex() + 4);
  }

  private static int length(ByteBuf in) {
    int length = in.readIntLE();
    in.skipBytes(1);
    if (length < 0 || length > in.readableBytes()) {
      throw new MalformedMessage(
          "a frame is longer than its parcel - bytes=" + (length & 0xffff_ffffL));
    }
    return length;
  }

  private void postAgain(int buffer) {
    if (!isUsable()) {
      return;
    }
    try {
      pair.postReceive(buffer);
      owed++;
    } catch (IOException e) {
      broken("it does not receive: " + e.getMessage());
    }
  }

  @Override
  public void arm() {
    if (!isUsable()) {
      return;
    }
    try {
      pair.arm();
    } catch (IOException e) {
      broken("it cannot be waited for: " + e.getMessage());
    }
  }

  @Override
  public void awoken() {
    try {
      pair.takeEvents();
    } catch (IOException e) {
      broken("it cannot be waited for: " + e.getMessage());
    }
  }

  // The end.

  /** It is of no use any more, for a reason that the queue pair does not know. */
  void fail(String reason) {
    broken(reason);
  }

  private void broken(String reason) {
    if (!isUsable()) {
      return;
    }
    isBroken = true;
    host.broken(this, reason);
  }

  /** Destroys the queue pair; then nothing lands here any more. */
  void close(String reason) {
    if (isClosed) {
      return;
    }
    isClosed = true;
    whenClosed.run();
    pair.destroy();
    waiting.clear();
    for (int slot = 0; slot < readers.length; slot++) {
      RemoteMemory.Reader reader = readers[slot];
      readers[slot] = null;
      if (reader != null) {
        reader.failed(reason);
      }
    }
  }

  /** For tests: what must hold between two calls. */
  void checkInvariants() {
    if (posted - done < 0
        || posted - done > QueuePair.SLOTS
        || credits < 0
        || credits > QueuePair.RECEIVES
        || owed < 0
        || owed + heldCount > QueuePair.RECEIVES
        || reads < 0
        || reads > MAX_READS) {
      throw new AssertionError(
          "posted="
              + posted
              + ", done="
              + done
              + ", credits="
              + credits
              + ", owed="
              + owed
              + ", held="
              + heldCount
              + ", reads="
              + reads);
    }
  }
}
