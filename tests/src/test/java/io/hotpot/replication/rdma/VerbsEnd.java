package io.hotpot.replication.rdma;

import com.ibm.disni.verbs.IbvCQ;
import com.ibm.disni.verbs.IbvContext;
import com.ibm.disni.verbs.IbvMr;
import com.ibm.disni.verbs.IbvPd;
import com.ibm.disni.verbs.IbvQP;
import com.ibm.disni.verbs.IbvQPInitAttr;
import com.ibm.disni.verbs.IbvRecvWR;
import com.ibm.disni.verbs.IbvSendWR;
import com.ibm.disni.verbs.IbvSge;
import com.ibm.disni.verbs.IbvWC;
import com.ibm.disni.verbs.RdmaCm;
import com.ibm.disni.verbs.RdmaCmEvent;
import com.ibm.disni.verbs.RdmaCmId;
import com.ibm.disni.verbs.RdmaConnParam;
import com.ibm.disni.verbs.RdmaEventChannel;
import com.ibm.disni.verbs.SVCPollCq;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedList;
import java.util.List;

/**
 * One end of a reliable connection: a queue pair, a registered buffer, and the completions that
 * came. Written on DiSNI's verbs alone, so that it tests the native library and nothing else.
 *
 * <p>The first half of the buffer is for what is sent and what peers write and read, the second one
 * for what is received. Confined to one thread.
 */
final class VerbsEnd implements AutoCloseable {

  static final int HALF = 1 << 15;

  /** Retries for ever: a guest on a busy machine answers late. */
  private static final byte RETRIES = 7;

  private static final int EVENT_TIMEOUT_MS = 300_000;

  private final RdmaEventChannel events;
  private final boolean ownsEvents;
  private final RdmaCmId id;
  private final IbvPd domain;
  private final IbvCQ queue;
  private final IbvQP pair;
  private final IbvMr region;
  private final IbvWC[] polled = {new IbvWC()};
  private final SVCPollCq poll;
  private final Deque<IbvWC> received = new ArrayDeque<>();

  final ByteBuffer buffer = ByteBuffer.allocateDirect(2 * HALF).order(ByteOrder.nativeOrder());

  private VerbsEnd(RdmaEventChannel events, boolean ownsEvents, RdmaCmId id) throws Exception {
    this.events = events;
    this.ownsEvents = ownsEvents;
    this.id = id;
    IbvContext context = id.getVerbs();
    domain = context.allocPd();
    queue = context.createCQ(context.createCompChannel(), 64, 0);
    IbvQPInitAttr attributes = new IbvQPInitAttr();
    attributes.setQp_type(IbvQP.IBV_QPT_RC);
    attributes.setSend_cq(queue);
    attributes.setRecv_cq(queue);
    attributes.cap().setMax_send_wr(16);
    attributes.cap().setMax_recv_wr(16);
    attributes.cap().setMax_inline_data(64);
    pair = id.createQP(domain, attributes);
    region =
        domain
            .regMr(
                buffer,
                IbvMr.IBV_ACCESS_LOCAL_WRITE
                    | IbvMr.IBV_ACCESS_REMOTE_WRITE
                    | IbvMr.IBV_ACCESS_REMOTE_READ)
            .execute()
            .free()
            .getMr();
    poll = queue.poll(polled, 1);
  }

  /** Where others dial. */
  record Listener(RdmaEventChannel events, RdmaCmId id) implements AutoCloseable {

    /** Waits for the next one who dials; nobody is answered before {@link #established}. */
    VerbsEnd accept() throws Exception {
      VerbsEnd end =
          new VerbsEnd(
              events, false, await(events, RdmaCmEvent.EventType.RDMA_CM_EVENT_CONNECT_REQUEST));
      end.postReceive();
      end.id.accept(parameters());
      return end;
    }

    @Override
    public void close() throws IOException {
      id.destroyId();
      events.destroyEventChannel();
    }
  }

  static Listener listen(InetSocketAddress address) throws Exception {
    RdmaEventChannel events = RdmaEventChannel.createEventChannel();
    RdmaCmId id = events.createId(RdmaCm.RDMA_PS_TCP);
    id.bindAddr(address);
    id.listen(4);
    return new Listener(events, id);
  }

  /** Dials, without waiting for the other end to accept. */
  static VerbsEnd dial(InetSocketAddress address) throws Exception {
    RdmaEventChannel events = RdmaEventChannel.createEventChannel();
    RdmaCmId id = events.createId(RdmaCm.RDMA_PS_TCP);
    id.resolveAddr(null, address, EVENT_TIMEOUT_MS);
    await(events, RdmaCmEvent.EventType.RDMA_CM_EVENT_ADDR_RESOLVED);
    id.resolveRoute(EVENT_TIMEOUT_MS);
    await(events, RdmaCmEvent.EventType.RDMA_CM_EVENT_ROUTE_RESOLVED);
    VerbsEnd end = new VerbsEnd(events, true, id);
    end.postReceive();
    id.connect(parameters());
    return end;
  }

  /** Waits until the connection is up. */
  VerbsEnd established() throws Exception {
    await(events, RdmaCmEvent.EventType.RDMA_CM_EVENT_ESTABLISHED);
    return this;
  }

  /** Where the buffer is for those who write to it or read from it. */
  long address() {
    return region.getAddr();
  }

  int key() {
    return region.getRkey();
  }

  /** Writes bytes of this buffer to the same place of another one: the completion's status. */
  int write(int at, int bytes, long remoteAddress, int remoteKey) throws IOException {
    return work(IbvSendWR.IBV_WR_RDMA_WRITE, at, bytes, remoteAddress + at, remoteKey);
  }

  /** Reads bytes of another buffer into the same place of this one: the completion's status. */
  int read(int at, int bytes, long remoteAddress, int remoteKey) throws IOException {
    return work(IbvSendWR.IBV_WR_RDMA_READ, at, bytes, remoteAddress + at, remoteKey);
  }

  /** Sends the head of the buffer: the completion's status. */
  int send(int bytes) throws IOException {
    return work(IbvSendWR.IBV_WR_SEND, 0, bytes, 0, 0);
  }

  /** Waits for a message, which is at {@link #HALF} then: its length in bytes. */
  int receive() throws IOException {
    while (received.isEmpty()) {
      completion();
    }
    IbvWC message = received.remove();
    if (message.getStatus() != IbvWC.IbvWcStatus.IBV_WC_SUCCESS.ordinal()) {
      throw new IOException("receiving failed with status " + message.getStatus());
    }
    return message.getByte_len();
  }

  void postReceive() throws IOException {
    IbvRecvWR request = new IbvRecvWR();
    request.setWr_id(1);
    request.setSg_list(new LinkedList<>(List.of(range(HALF, HALF))));
    request.setNum_sge(1);
    pair.postRecv(List.of(request), null).execute().free();
  }

  private int work(int opcode, int at, int bytes, long remoteAddress, int remoteKey)
      throws IOException {
    IbvSendWR request = new IbvSendWR();
    request.setWr_id(2);
    request.setSg_list(new LinkedList<>(List.of(range(at, bytes))));
    request.setNum_sge(1);
    request.setOpcode(opcode);
    request.setSend_flags(IbvSendWR.IBV_SEND_SIGNALED);
    request.getRdma().setRemote_addr(remoteAddress);
    request.getRdma().setRkey(remoteKey);
    pair.postSend(List.of(request), null).execute().free();
    while (true) {
      IbvWC completion = completion();
      if (completion != null && completion.getWr_id() == 2) {
        return completion.getStatus();
      }
    }
  }

  private IbvSge range(int at, int bytes) {
    IbvSge range = new IbvSge();
    range.setAddr(region.getAddr() + at);
    range.setLength(bytes);
    range.setLkey(region.getLkey());
    return range;
  }

  /** One completion, null if there is none now. Those of messages are kept for {@link #receive}. */
  private IbvWC completion() throws IOException {
    if (poll.execute().getPolls() == 0) {
      Thread.yield();
      return null;
    }
    IbvWC completion = polled[0].clone();
    if (completion.getWr_id() == 1) {
      received.add(completion);
    }
    return completion;
  }

  private static RdmaConnParam parameters() throws IOException {
    RdmaConnParam parameters = new RdmaConnParam();
    parameters.setRetry_count(RETRIES);
    parameters.setRnr_retry_count(RETRIES);
    return parameters;
  }

  private static RdmaCmId await(RdmaEventChannel events, RdmaCmEvent.EventType expected)
      throws IOException {
    RdmaCmEvent event = events.getCmEvent(EVENT_TIMEOUT_MS);
    if (event == null || event.getEvent() != expected.ordinal()) {
      throw new IOException(
          "expected="
              + expected
              + ", actual="
              + (event == null ? "none" : RdmaCmEvent.EventType.values()[event.getEvent()]));
    }
    return event.getConnIdPriv();
  }

  @Override
  public void close() throws IOException {
    id.disconnect();
    id.destroyQP();
    id.destroyId();
    region.deregMr().execute().free();
    poll.free();
    try {
      queue.destroyCQ();
      domain.deallocPd();
    } catch (Exception e) {
      throw new IOException(e);
    }
    if (ownsEvents) {
      events.destroyEventChannel();
    }
  }
}
