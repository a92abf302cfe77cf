package io.hotpot.replication.rdma;

import com.ibm.disni.verbs.IbvCQ;
import com.ibm.disni.verbs.IbvCompChannel;
import com.ibm.disni.verbs.IbvMr;
import com.ibm.disni.verbs.IbvPd;
import com.ibm.disni.verbs.IbvQP;
import com.ibm.disni.verbs.IbvQPInitAttr;
import com.ibm.disni.verbs.IbvRecvWR;
import com.ibm.disni.verbs.IbvSendWR;
import com.ibm.disni.verbs.IbvSge;
import com.ibm.disni.verbs.IbvWC;
import com.ibm.disni.verbs.RdmaCmId;
import com.ibm.disni.verbs.SVCPollCq;
import com.ibm.disni.verbs.SVCPostRecv;
import com.ibm.disni.verbs.SVCReqNotify;
import com.ibm.disni.verbs.impl.NatIbvCompChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SelectableChannel;
import java.util.ArrayList;
import java.util.LinkedList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A queue pair of DiSNI. It has a completion queue and a completion channel of its own: DiSNI says
 * neither which completion queue an event is for nor which queue pair a failed completion is of.
 * The requests are built once; the device copies them when they are posted.
 *
 * <p>Thread-safety: made and released on the device's thread, in between as {@link QueuePair} says.
 */
final class DisniQueuePair implements QueuePair {

  /** Tells a slot's completions from those of receive buffers. */
  private static final long SLOT = 1 << 16;

  private static final int POLLED = 32;

  /**
   * Messages and writes of so many bytes are part of their requests, where the device can do that:
   * it looks up no memory. With them a request still fits into 256 bytes.
   */
  private static final int INLINE = 220;

  private final RdmaCmId id;
  private final ByteBuffer buffers;
  private final IbvCompChannel channel;
  private final IbvCQ completionQueue;
  private final IbvMr region;
  private final int inlineBytes;
  private final EventChannel events;
  private final List<ByteBuffer> views = new ArrayList<>();
  private final List<SVCPostRecv> receives = new ArrayList<>();
  private final WorkRequests send;
  private final WorkRequests write;
  private final WorkRequests read;

  /** A write and the message behind it, in one call. */
  private final WorkRequests writeAndSend;

  /** A write that is not posted yet. */
  private boolean isKept;

  private int keptSlot;
  private int keptFlags;
  private long keptAddress;
  private int keptBytes;
  private int keptKey;
  private long keptToAddress;
  private int keptToKey;

  private final IbvWC[] completions = new IbvWC[POLLED];
  private final SVCPollCq poll;
  private final SVCReqNotify notify;
  private boolean isDestroyed;

  /**
   * Makes a queue pair for an id that is not connected yet, with all receive buffers posted.
   *
   * @param released told when it is destroyed and no selector knows its events any more; then
   *     {@link #release} is due
   */
  DisniQueuePair(RdmaCmId id, IbvPd domain, Consumer<DisniQueuePair> released) throws IOException {
    this.id = id;
    buffers = ByteBuffer.allocateDirect((RECEIVES + SLOTS) * BUFFER).order(ByteOrder.nativeOrder());
    Undo undo = new Undo();
    try {
      region = domain.regMr(buffers, IbvMr.IBV_ACCESS_LOCAL_WRITE).execute().free().getMr();
      undo.add(() -> region.deregMr().execute());
      channel = id.getVerbs().createCompChannel();
      undo.add(channel::destroyCompChannel);
      completionQueue = id.getVerbs().createCQ(channel, RECEIVES + SLOTS, 0);
      undo.add(completionQueue::destroyCQ);
      inlineBytes = create(id, domain);
      undo.add(id::destroyQP);
      IbvQP pair = id.getQp();
      for (int buffer = 0; buffer < RECEIVES + SLOTS; buffer++) {
        views.add(buffers.slice(buffer * BUFFER, BUFFER).order(ByteOrder.nativeOrder()));
      }
      for (int buffer = 0; buffer < RECEIVES; buffer++) {
        receives.add(receive(pair, buffer));
        receives.get(buffer).execute();
      }
      send = new WorkRequests(pair, IbvSendWR.IBV_WR_SEND);
      write = new WorkRequests(pair, IbvSendWR.IBV_WR_RDMA_WRITE);
      read = new WorkRequests(pair, IbvSendWR.IBV_WR_RDMA_READ);
      writeAndSend = new WorkRequests(pair, IbvSendWR.IBV_WR_RDMA_WRITE, IbvSendWR.IBV_WR_SEND);
      for (int i = 0; i < POLLED; i++) {
        completions[i] = new IbvWC();
      }
      poll = completionQueue.poll(completions, POLLED);
      notify = completionQueue.reqNotification(false);
      events =
          new EventChannel(
              NativeDescriptors.of((NatIbvCompChannel) channel), () -> released.accept(this));
      events.configureBlocking(false);
      undo.forget();
    } finally {
      undo.run();
    }
  }

  /** Creates the queue pair with inline sends, or without where the device has none. */
  private int create(RdmaCmId id, IbvPd domain) throws IOException {
    IbvQPInitAttr attributes = new IbvQPInitAttr();
    attributes.setQp_type(IbvQP.IBV_QPT_RC);
    attributes.setSend_cq(completionQueue);
    attributes.setRecv_cq(completionQueue);
    attributes.cap().setMax_send_wr(SLOTS);
    attributes.cap().setMax_recv_wr(RECEIVES);
    attributes.cap().setMax_send_sge(1);
    attributes.cap().setMax_recv_sge(1);
    attributes.cap().setMax_inline_data(INLINE);
    try {
      id.createQP(domain, attributes);
      return INLINE;
    } catch (IOException e) {
      attributes.cap().setMax_inline_data(0);
      id.createQP(domain, attributes);
      return 0;
    }
  }

  private SVCPostRecv receive(IbvQP pair, int buffer) throws IOException {
    IbvSge bytes = new IbvSge();
    bytes.setAddr(region.getAddr() + (long) buffer * BUFFER);
    bytes.setLength(BUFFER);
    bytes.setLkey(region.getLkey());
    IbvRecvWR request = new IbvRecvWR();
    request.setSg_list(new LinkedList<>(List.of(bytes)));
    request.setNum_sge(1);
    request.setWr_id(buffer);
    return pair.postRecv(new LinkedList<>(List.of(request)), null);
  }

  RdmaCmId id() {
    return id;
  }

  @Override
  public ByteBuffer receiveBuffer(int buffer) {
    return views.get(buffer);
  }

  @Override
  public ByteBuffer slotBuffer(int slot) {
    return views.get(RECEIVES + slot);
  }

  private long slotAddress(int slot) {
    return region.getAddr() + (long) (RECEIVES + slot) * BUFFER;
  }

  @Override
  public void postReceive(int buffer) throws IOException {
    receives.get(buffer).execute();
  }

  @Override
  public void send(int slot, int lengthBytes, boolean isSignalled) throws IOException {
    WorkRequests requests = isKept ? withKept(writeAndSend) : send;
    int flags = flags(isSignalled, lengthBytes);
    requests.last().set(SLOT + slot, flags, slotAddress(slot), lengthBytes, region.getLkey());
    requests.post();
  }

  private WorkRequests withKept(WorkRequests requests) {
    isKept = false;
    requests.first().set(SLOT + keptSlot, keptFlags, keptAddress, keptBytes, keptKey);
    requests.first().setRemote(keptToAddress, keptToKey);
    return requests;
  }

  private int flags(boolean isSignalled, int lengthBytes) {
    return (isSignalled ? IbvSendWR.IBV_SEND_SIGNALED : 0)
        | (lengthBytes <= inlineBytes ? IbvSendWR.IBV_SEND_INLINE : 0);
  }

  @Override
  public void write(
      int slot,
      MemoryRegion from,
      int fromOffset,
      int lengthBytes,
      long toAddress,
      int toKey,
      boolean isSignalled)
      throws IOException {
    postKept();
    keptSlot = slot;
    keptFlags = flags(isSignalled, lengthBytes);
    keptAddress = from.address() + fromOffset;
    keptBytes = lengthBytes;
    keptKey = from.localKey();
    keptToAddress = toAddress;
    keptToKey = toKey;
    isKept = true;
  }

  @Override
  public void postKept() throws IOException {
    if (isKept && !isDestroyed) {
      withKept(write).post();
    }
  }

  @Override
  public void read(int slot, long fromAddress, int fromKey, int lengthBytes) throws IOException {
    postKept();
    read.first()
        .set(
            SLOT + slot,
            IbvSendWR.IBV_SEND_SIGNALED,
            slotAddress(slot),
            lengthBytes,
            region.getLkey());
    read.first().setRemote(fromAddress, fromKey);
    read.post();
  }

  @Override
  public int poll(Completions to) throws IOException {
    if (isDestroyed) {
      return 0;
    }
    int count = poll.execute().getPolls();
    for (int i = 0; i < count && !isDestroyed; i++) {
      tell(completions[i], to);
    }
    return count;
  }

  private static void tell(IbvWC completion, Completions to) {
    if (completion.getStatus() != CompletionStatus.SUCCESS) {
      to.failed(CompletionStatus.describe(completion.getStatus()));
    } else if (completion.getWr_id() >= SLOT) {
      to.done((int) (completion.getWr_id() - SLOT));
    } else {
      to.received((int) completion.getWr_id(), completion.getByte_len());
    }
  }

  @Override
  public void arm() throws IOException {
    notify.execute();
  }

  @Override
  public SelectableChannel events() {
    return events;
  }

  @Override
  public void takeEvents() throws IOException {
    // One each time: if there is another, it shows again, and mostly there is none.
    if (!isDestroyed && channel.getCqEvent(completionQueue, 0)) {
      // At once: a completion queue is not destroyed while one is not acknowledged.
      completionQueue.ackEvents(1);
    }
  }

  @Override
  public void destroy() {
    if (isDestroyed) {
      return;
    }
    isDestroyed = true;
    Undo undo = new Undo();
    undo.add(events::close);
    undo.add(id::destroyQP);
    undo.run();
  }

  /** Gives back what the destroyed queue pair used, its id last. On the device's thread. */
  void release() {
    poll.free();
    receives.forEach(SVCPostRecv::free);
    send.free();
    write.free();
    read.free();
    writeAndSend.free();
    Undo undo = new Undo();
    undo.add(id::destroyId);
    undo.add(() -> region.deregMr().execute());
    undo.add(channel::destroyCompChannel);
    undo.add(completionQueue::destroyCQ);
    // Tells the other end, if its own end of the session has not.
    undo.add(id::disconnect);
    undo.run();
  }
}
