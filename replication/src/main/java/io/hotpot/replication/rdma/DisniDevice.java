package io.hotpot.replication.rdma;

import com.ibm.disni.verbs.IbvContext;
import com.ibm.disni.verbs.IbvMr;
import com.ibm.disni.verbs.IbvPd;
import com.ibm.disni.verbs.RdmaCm;
import com.ibm.disni.verbs.RdmaCmEvent;
import com.ibm.disni.verbs.RdmaCmId;
import com.ibm.disni.verbs.RdmaConnParam;
import com.ibm.disni.verbs.RdmaEventChannel;
import com.ibm.disni.verbs.impl.NatIbvContext;
import com.ibm.disni.verbs.impl.NatRdmaEventChannel;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A device by DiSNI. One thread does all that concerns connections: DiSNI keeps its ids in maps
 * that threads must not share, and its own end points wait for ever for a connection that is
 * rejected.
 *
 * <p>Thread-safety: as {@link RdmaDevice} says; what is not marked is of the device's thread.
 */
final class DisniDevice implements RdmaDevice {

  private static final System.Logger LOG = System.getLogger(DisniDevice.class.getName());

  /** Retransmissions, and waits for a buffer; seven of the latter stand for no end of them. */
  private static final byte RETRIES = 7;

  private static final int RESOLVE_MS = 2_000;

  /** After so long, a connection that is not made is given up. */
  private static final long CONNECT_NS = 60_000_000_000L;

  private static final int BACKLOG = 64;

  /** Connections from outside that are being made. */
  private static final int MAX_ACCEPTING = 64;

  private static final int CLOSE_MS = 5_000;

  /** A connection that is being made, or was handed over. */
  private static final class Link {
    final @Nullable Dialled dialled;
    final long sinceNs = System.nanoTime();
    @Nullable DisniQueuePair pair;
    boolean isHandedOver;

    Link(@Nullable Dialled dialled) {
      this.dialled = dialled;
    }
  }

  private final RdmaEventChannel channel;
  private final EventChannel events;
  private final RdmaCmId listener;
  private final IbvPd domain;
  private final InetSocketAddress address;

  /** Whether the device can write to and read from memory that the kernel may move. */
  private final boolean hasPagesOnDemand;

  private final Selector selector;
  private final Thread thread;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final Set<Region> regions = ConcurrentHashMap.newKeySet();
  private final Map<RdmaCmId, Link> links = new HashMap<>();
  private @Nullable Arrivals arrivals;
  private volatile boolean isClosing;

  /**
   * Takes the device at an address.
   *
   * @throws IOException if none is there
   */
  DisniDevice(InetAddress at) throws IOException {
    Undo undo = new Undo();
    try {
      channel = RdmaEventChannel.createEventChannel();
      undo.add(channel::destroyEventChannel);
      listener = channel.createId(RdmaCm.RDMA_PS_TCP);
      undo.add(listener::destroyId);
      listener.bindAddr(new InetSocketAddress(at, 0));
      IbvContext context = listener.getVerbs();
      if (context == null) {
        throw new IOException("no device has this address");
      }
      int onDemand = context.queryOdpSupport();
      int needed = IbvContext.IBV_ODP_SUPPORT_WRITE | IbvContext.IBV_ODP_SUPPORT_READ;
      hasPagesOnDemand = onDemand > 0 && (onDemand & needed) == needed;
      domain = context.allocPd();
      undo.add(domain::deallocPd);
      int port = ((InetSocketAddress) listener.getSource()).getPort() & 0xffff;
      address = new InetSocketAddress(at, port);
      selector = Selector.open();
      undo.add(selector::close);
      events = new EventChannel(NativeDescriptors.of((NatRdmaEventChannel) channel), () -> {});
      events.configureBlocking(false);
      events.register(selector, SelectionKey.OP_READ);
      undo.forget();
    } finally {
      undo.run();
    }
    thread = Thread.ofPlatform().daemon().name("hotpot-rdma").unstarted(this::run);
    thread.start();
  }

  @Override
  public InetSocketAddress address() {
    return address;
  }

  @Override
  public void listen(Arrivals to) {
    execute(
        () -> {
          arrivals = to;
          try {
            listener.listen(BACKLOG);
          } catch (IOException e) {
            to.removed("it does not listen: " + e.getMessage());
          }
        });
  }

  @Override
  public void connect(InetSocketAddress to, Dialled dialled) {
    execute(
        () -> {
          if (isClosing) {
            dialled.failed("the device is closed");
            return;
          }
          try {
            RdmaCmId id = channel.createId(RdmaCm.RDMA_PS_TCP);
            links.put(id, new Link(dialled));
            try {
              id.bindAddr(new InetSocketAddress(address.getAddress(), 0));
              id.resolveAddr(null, to, RESOLVE_MS);
            } catch (IOException e) {
              failed(id, String.valueOf(e.getMessage()));
            }
          } catch (IOException e) {
            dialled.failed(String.valueOf(e.getMessage()));
          }
        });
  }

  /** Runs it on the device's thread. From any thread. */
  private void execute(Runnable task) {
    tasks.add(task);
    selector.wakeup();
  }

  // The device's thread.

  private void run() {
    while (!isClosing || !links.isEmpty()) {
      try {
        selector.select(RESOLVE_MS);
        selector.selectedKeys().clear();
        runTasks();
        RdmaCmEvent event = channel.getCmEvent(0);
        while (event != null) {
          handle(event);
          event = channel.getCmEvent(0);
        }
        runTasks();
        giveUp(isClosing ? "the device is closed" : "it took too long");
      } catch (IOException | RuntimeException e) {
        LOG.log(System.Logger.Level.ERROR, "the thread of the RDMA device goes on after", e);
      }
    }
    Undo undo = new Undo();
    undo.add(selector::close);
    undo.add(channel::destroyEventChannel);
    undo.add(events::close);
    undo.add(domain::deallocPd);
    List.copyOf(regions).forEach(region -> undo.add(region::close));
    undo.add(listener::destroyId);
    undo.run();
  }

  private void runTasks() {
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
  }

  /** Connections that are not made in time, or will not be needed. */
  private void giveUp(String reason) {
    long nowNs = System.nanoTime();
    for (Map.Entry<RdmaCmId, Link> each : List.copyOf(links.entrySet())) {
      Link link = each.getValue();
      if (!link.isHandedOver && (isClosing || nowNs - link.sinceNs > CONNECT_NS)) {
        failed(each.getKey(), reason);
      }
    }
  }

  private void handle(RdmaCmEvent event) {
    RdmaCmEvent.EventType[] types = RdmaCmEvent.EventType.values();
    int number = event.getEvent();
    if (number >= types.length) {
      return;
    }
    RdmaCmId id = event.getConnIdPriv();
    try {
      switch (types[number]) {
        case RDMA_CM_EVENT_CONNECT_REQUEST -> requested(id);
        case RDMA_CM_EVENT_ADDR_RESOLVED -> id.resolveRoute(RESOLVE_MS);
        case RDMA_CM_EVENT_ROUTE_RESOLVED -> resolved(id);
        case RDMA_CM_EVENT_ESTABLISHED -> established(id);
        case RDMA_CM_EVENT_ADDR_ERROR -> failed(id, "its address has no way to it");
        case RDMA_CM_EVENT_ROUTE_ERROR -> failed(id, "there is no route to it");
        case RDMA_CM_EVENT_UNREACHABLE -> failed(id, "it is not reached");
        case RDMA_CM_EVENT_REJECTED -> failed(id, "it does not take the connection");
        case RDMA_CM_EVENT_CONNECT_ERROR, RDMA_CM_EVENT_DISCONNECTED ->
            failed(id, "the connection broke");
        case RDMA_CM_EVENT_DEVICE_REMOVAL -> removed();
        default -> {
          // Multicast, and what comes after the end of a connection.
        }
      }
    } catch (IOException e) {
      failed(id, String.valueOf(e.getMessage()));
    }
  }

  /** Asked from outside; an id that is destroyed without an answer is a rejection. */
  private void requested(RdmaCmId id) throws IOException {
    Arrivals to = arrivals;
    long accepting =
        links.values().stream().filter(l -> l.dialled == null && !l.isHandedOver).count();
    if (to == null || isClosing || accepting >= MAX_ACCEPTING || !to.areWelcome()) {
      id.destroyId();
      return;
    }
    Link link = new Link(null);
    links.put(id, link);
    link.pair = new DisniQueuePair(id, domain, this::release);
    id.accept(parameters());
  }

  private void resolved(RdmaCmId id) throws IOException {
    Link link = links.get(id);
    if (link == null) {
      return;
    }
    if (!isSameDevice(id.getVerbs())) {
      throw new IOException("the way to it leads through another device than " + address);
    }
    link.pair = new DisniQueuePair(id, domain, this::release);
    id.connect(parameters());
  }

  private boolean isSameDevice(@Nullable IbvContext context) throws IOException {
    return context != null
        && ((NatIbvContext) context).getObjId() == ((NatIbvContext) listener.getVerbs()).getObjId();
  }

  private static RdmaConnParam parameters() throws IOException {
    RdmaConnParam parameters = new RdmaConnParam();
    parameters.setRetry_count(RETRIES);
    parameters.setRnr_retry_count(RETRIES);
    return parameters;
  }

  private void established(RdmaCmId id) {
    Link link = links.get(id);
    DisniQueuePair pair = link == null ? null : link.pair;
    if (link == null || pair == null || link.isHandedOver) {
      return;
    }
    link.isHandedOver = true;
    Arrivals to = arrivals;
    try {
      if (link.dialled != null) {
        link.dialled.connected(pair);
      } else if (to != null) {
        to.arrived(pair);
      } else {
        pair.destroy();
      }
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.DEBUG, "nobody takes a queue pair any more", e);
      pair.destroy();
    }
  }

  /** A connection that was never made; what was handed over finds out by itself. */
  private void failed(@Nullable RdmaCmId id, String reason) {
    Link link = links.get(id);
    if (id == null || link == null || link.isHandedOver) {
      return;
    }
    link.isHandedOver = true;
    DisniQueuePair pair = link.pair;
    if (pair != null) {
      pair.destroy();
    } else {
      links.remove(id);
      Undo undo = new Undo();
      undo.add(id::destroyId);
      undo.run();
    }
    if (link.dialled != null) {
      link.dialled.failed(reason);
    }
  }

  private void release(DisniQueuePair pair) {
    execute(
        () -> {
          if (links.remove(pair.id()) != null) {
            pair.release();
          }
        });
  }

  private void removed() {
    Arrivals to = arrivals;
    if (to != null) {
      to.removed("the RDMA device at " + address + " was removed");
    }
  }

  // Memory; any thread.

  @Override
  public MemoryRegion register(MemorySegment memory, boolean remoteRead, boolean remoteWrite)
      throws IOException {
    if (!memory.isNative() || memory.byteSize() > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("not registrable: " + memory);
    }
    int access =
        (remoteRead ? IbvMr.IBV_ACCESS_REMOTE_READ : 0)
            | (remoteWrite ? IbvMr.IBV_ACCESS_LOCAL_WRITE | IbvMr.IBV_ACCESS_REMOTE_WRITE : 0);
    IbvMr registered;
    try {
      registered = register(memory, access);
    } catch (IOException e) {
      if (!hasPagesOnDemand) {
        throw e;
      }
      // A file on persistent memory, or one of ext4: its pages may move.
      registered = register(memory, access | IbvMr.IBV_ACCESS_ON_DEMAND);
    }
    Region region = new Region(registered);
    regions.add(region);
    return region;
  }

  private IbvMr register(MemorySegment memory, int access) throws IOException {
    return domain.regMr(memory.address(), (int) memory.byteSize(), access).execute().free().getMr();
  }

  private final class Region implements MemoryRegion {
    private final IbvMr registered;
    private final AtomicBoolean isGone = new AtomicBoolean();

    Region(IbvMr registered) {
      this.registered = registered;
    }

    @Override
    public long address() {
      return registered.getAddr();
    }

    @Override
    public int lengthBytes() {
      return registered.getLength();
    }

    @Override
    public int localKey() {
      return registered.getLkey();
    }

    @Override
    public int remoteKey() {
      return registered.getRkey();
    }

    @Override
    public void close() {
      if (!isGone.compareAndSet(false, true)) {
        return;
      }
      regions.remove(this);
      try {
        registered.deregMr().execute();
      } catch (IOException e) {
        throw new IllegalStateException("the device keeps memory: " + e.getMessage(), e);
      }
    }
  }

  @Override
  public void close() {
    execute(() -> isClosing = true);
    try {
      thread.join(CLOSE_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
