package io.hotpot.dispatcher;

import io.hotpot.store.CorruptException;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.io.MD5Hash;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.statemachine.impl.SimpleStateMachineStorage;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.LifeCycle;
import org.apache.ratis.util.MD5FileUtil;

/**
 * The cluster's state as Ratis drives it: applies entries, writes and loads snapshots. A snapshot
 * is one file, the bytes of {@link StateFormat}, with the digest that Ratis keeps beside it.
 *
 * <p>All on Ratis' threads, one call at a time for what changes the state; the state is immutable
 * and handed on.
 */
final class RaftLogMachine extends BaseStateMachine {

  /** Told on Ratis' threads. */
  interface Watcher {
    void applied(ClusterState before, ClusterState after);

    /** This member leads, and every entry of earlier terms is applied. */
    void ready();

    void leaderChanged();
  }

  private final SimpleStateMachineStorage storage = new SimpleStateMachineStorage();
  private final Watcher watcher;
  private volatile ClusterState state = ClusterState.empty();

  RaftLogMachine(Watcher watcher) {
    this.watcher = watcher;
  }

  ClusterState state() {
    return state;
  }

  @Override
  public void initialize(RaftServer server, RaftGroupId group, RaftStorage raftStorage)
      throws IOException {
    super.initialize(server, group, raftStorage);
    storage.init(raftStorage);
    load();
  }

  @Override
  public void reinitialize() throws IOException {
    load();
    if (getLifeCycleState() == LifeCycle.State.PAUSED) {
      getLifeCycle().transition(LifeCycle.State.STARTING);
      getLifeCycle().transition(LifeCycle.State.RUNNING);
    }
  }

  @Override
  public void pause() {
    getLifeCycle().transition(LifeCycle.State.PAUSING);
    getLifeCycle().transition(LifeCycle.State.PAUSED);
  }

  private void load() throws IOException {
    SingleFileSnapshotInfo snapshot = storage.loadLatestSnapshot();
    if (snapshot == null) {
      return;
    }
    File file = snapshot.getFile().getPath().toFile();
    MD5Hash digest = snapshot.getFile().getFileDigest();
    if (digest != null) {
      MD5FileUtil.verifySavedMD5(file, digest);
    }
    ClusterState before = state;
    state = StateFormat.read(Files.readAllBytes(file.toPath()));
    setLastAppliedTermIndex(snapshot.getTermIndex());
    watcher.applied(before, state);
  }

  @Override
  public long takeSnapshot() throws IOException {
    TermIndex upTo = getLastAppliedTermIndex();
    File file = storage.getSnapshotFile(upTo.getTerm(), upTo.getIndex());
    try (FileOutputStream out = new FileOutputStream(file)) {
      out.write(StateFormat.write(state));
      out.getFD().sync();
    }
    MD5Hash digest = MD5FileUtil.computeAndSaveMd5ForFile(file);
    storage.updateLatestSnapshot(
        new SingleFileSnapshotInfo(new FileInfo(file.toPath(), digest), upTo));
    return upTo.getIndex();
  }

  @Override
  public StateMachineStorage getStateMachineStorage() {
    return storage;
  }

  @Override
  public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
    LogEntryProto entry = transaction.getLogEntry();
    byte[] data = entry.getStateMachineLogEntry().getLogData().toByteArray();
    if (data.length == 0) {
      updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
      return CompletableFuture.completedFuture(new LedMessage(entry.getTerm()));
    }
    Command command;
    try {
      command = CommandFormat.read(data);
    } catch (CorruptException e) {
      return CompletableFuture.failedFuture(e);
    }
    ClusterState before = state;
    ClusterState.Applied applied = before.apply(command, entry.getTerm());
    state = applied.state();
    updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
    watcher.applied(before, state);
    return CompletableFuture.completedFuture(new ResultMessage(applied.result()));
  }

  @Override
  public void notifyLeaderReady() {
    watcher.ready();
  }

  @Override
  public void notifyLeaderChanged(RaftGroupMemberId self, RaftPeerId leader) {
    watcher.leaderChanged();
  }

  @Override
  public void notifyNotLeader(Collection<TransactionContext> pending) {
    watcher.leaderChanged();
  }

  /** A result on its way within this process: it is asked for here, and never encoded. */
  record ResultMessage(Result result) implements Message {
    @Override
    public ByteString getContent() {
      return ByteString.EMPTY;
    }
  }

  /** An entry without content was decided: its leader led this term when it wrote it. */
  record LedMessage(long term) implements Message {
    @Override
    public ByteString getContent() {
      return ByteString.EMPTY;
    }
  }
}
