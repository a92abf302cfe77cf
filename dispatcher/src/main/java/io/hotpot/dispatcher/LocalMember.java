package io.hotpot.dispatcher;

import io.hotpot.replication.NodeLoop;
import io.hotpot.store.CorruptException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * The only member there is: it leads, and what it has written is decided. Every start is a new
 * term. If a write fails it stops leading for good, since nobody can say what is on the medium; the
 * leases then run out.
 *
 * <p>Confined to its loop; the log is used by the writer only, which runs one task after another.
 */
public final class LocalMember implements Consensus {

  private static final int TERM = 1;
  private static final int COMMAND = 2;
  private static final int SNAPSHOT = 3;

  /** So many commands after a snapshot the next one is written. */
  static final int COMMANDS_BETWEEN_SNAPSHOTS = 1024;

  private record Proposal(Command command, Consumer<Result> done) {}

  private final NodeLoop loop;
  private final MemberLog log;
  private final Executor writer;
  private final Deque<Proposal> written = new ArrayDeque<>();
  private Listener listener = new NobodyListens();
  private ClusterState state = ClusterState.empty();
  private long term;
  private int commandsInLog;
  private boolean leads;

  /**
   * @param writer runs the writes in order, and may block; a simulation runs them at once
   */
  public LocalMember(NodeLoop loop, MemberLog log, Executor writer) {
    this.loop = loop;
    this.log = log;
    this.writer = writer;
  }

  @Override
  public void start(Listener listener) {
    this.listener = listener;
    try {
      List<byte[]> records = log.open();
      records.forEach(this::recover);
      term++;
      log.append(new FieldWriter().u8(TERM).u64(term).toBytes());
    } catch (IOException e) {
      throw new UncheckedIOException("the dispatcher's log cannot be used: " + e.getMessage(), e);
    }
    leads = true;
    loop.execute(() -> listener.leading(term));
  }

  private void recover(byte[] record) {
    FieldReader in = new FieldReader(record, "a record of the dispatcher's log");
    int type = in.u8();
    switch (type) {
      case TERM -> term = in.u64();
      case COMMAND -> {
        state = state.apply(CommandFormat.read(in.bytes(FileLog.MAX_RECORD)), term).state();
        commandsInLog++;
      }
      case SNAPSHOT -> {
        term = in.u64();
        state = StateFormat.read(in.bytes(FileLog.MAX_RECORD));
        commandsInLog = 0;
      }
      default -> throw new CorruptException("the dispatcher's log has a record of type " + type);
    }
    in.end();
  }

  @Override
  public boolean isLeader() {
    return leads;
  }

  @Override
  public long term() {
    return term;
  }

  @Override
  public int leader() {
    return leads ? 1 : 0;
  }

  @Override
  public ClusterState state() {
    return state;
  }

  @Override
  public void propose(Command command, Consumer<Result> done) {
    if (!leads) {
      done.accept(new Result.Lost("the dispatcher's log cannot be written"));
      return;
    }
    written.add(new Proposal(command, done));
    byte[] record = new FieldWriter().u8(COMMAND).bytes(CommandFormat.write(command)).toBytes();
    write(() -> log.append(record), this::applyNext);
  }

  private interface Write {
    void run() throws IOException;
  }

  private void write(Write write, Runnable then) {
    writer.execute(
        () -> {
          try {
            write.run();
            loop.execute(then);
          } catch (IOException e) {
            loop.execute(() -> fail(e.toString()));
          }
        });
  }

  private void applyNext() {
    Proposal next = written.poll();
    if (!leads || next == null) {
      return;
    }
    ClusterState before = state;
    ClusterState.Applied applied = before.apply(next.command(), term);
    state = applied.state();
    commandsInLog++;
    listener.applied(before, state);
    next.done().accept(applied.result());
    snapshotIfLong();
  }

  /** Only when nothing is being written: what follows in the log then follows the snapshot. */
  private void snapshotIfLong() {
    if (commandsInLog < COMMANDS_BETWEEN_SNAPSHOTS || !written.isEmpty()) {
      return;
    }
    byte[] record =
        new FieldWriter().u8(SNAPSHOT).u64(term).bytes(StateFormat.write(state)).toBytes();
    commandsInLog = 0;
    write(() -> log.replace(record), () -> {});
  }

  private void fail(String reason) {
    if (!leads) {
      return;
    }
    leads = false;
    listener.following(0);
    for (Proposal lost = written.poll(); lost != null; lost = written.poll()) {
      lost.done().accept(new Result.Lost("the dispatcher's log cannot be written: " + reason));
    }
  }

  @Override
  public void confirmLeadership(Consumer<Boolean> done) {
    loop.execute(() -> done.accept(leads));
  }

  @Override
  public void close() {
    leads = false;
    writer.execute(
        () -> {
          try {
            log.close();
          } catch (IOException e) {
            throw new UncheckedIOException("the dispatcher's log cannot be closed", e);
          }
        });
  }

  /** Before the start. */
  private static final class NobodyListens implements Listener {
    @Override
    public void applied(ClusterState before, ClusterState after) {}

    @Override
    public void leading(long term) {}

    @Override
    public void following(int leader) {}
  }
}
