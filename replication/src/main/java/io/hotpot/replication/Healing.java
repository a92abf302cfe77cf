package io.hotpot.replication;

import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.LogMessage.BatchBytes;
import io.hotpot.replication.LogMessage.ReadBatches;
import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.HeldLog.Damaged;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Heals what is damaged in this node's log of a partition (PROTOCOL 13.5), one damage after the
 * other: asks the others of the in-sync set for the bytes, the owner first, until one has sound
 * ones, and puts them in place.
 *
 * <p>Confined to the loop.
 */
final class Healing {

  /** One damage, and who waits for its end. */
  private static final class Job {
    final long address;
    final List<Consumer<Boolean>> waiting = new ArrayList<>();
    private final Deque<Integer> peers = new ArrayDeque<>();
    private @Nullable Damaged where;
    private HeldLog.@Nullable Pin pin;
    private byte[] bytes = {};
    private int received;
    private int peer;
    private long request;
    private long askedNs;

    Job(long address) {
      this.address = address;
    }
  }

  /** What stands at an address, kept from going away. */
  private record Found(@Nullable Damaged where, HeldLog.@Nullable Pin pin) {

    void unpin() {
      if (pin != null) {
        pin.close();
      }
    }
  }

  private final Surroundings node;
  private final MediumWork work;
  private final HeldLog log;
  private PartitionInfo info;
  private final Deque<Job> jobs = new ArrayDeque<>();
  private @Nullable Job current;
  private long lastRequest;

  /**
   * @param info with the epoch in which this node has its present role
   */
  Healing(Surroundings node, MediumWork work, HeldLog log, PartitionInfo info) {
    this.node = node;
    this.work = work;
    this.log = log;
    this.info = info;
  }

  /** The sets have changed within the epoch. */
  void configured(PartitionInfo now) {
    info = now;
  }

  /**
   * Heals a batch.
   *
   * @param address of the batch, or of something in it
   * @param done is told whether it is worthwhile to look again
   */
  void heal(long address, Consumer<Boolean> done) {
    Job now = current;
    if (now != null && now.address == address) {
      now.waiting.add(done);
      return;
    }
    for (Job job : jobs) {
      if (job.address == address) {
        job.waiting.add(done);
        return;
      }
    }
    Job job = new Job(address);
    job.waiting.add(done);
    jobs.addLast(job);
    if (now == null) {
      next();
    }
  }

  /** Heals all that is damaged, as far as anybody has sound bytes of it. */
  void healAll(List<Damaged> damages, Runnable done) {
    int[] left = {damages.size()};
    if (left[0] == 0) {
      done.run();
    }
    for (Damaged damaged : damages) {
      heal(
          LogAddress.of(damaged.sequence(), damaged.offset()),
          lookAgain -> {
            if (--left[0] == 0) {
              done.run();
            }
          });
    }
  }

  private void next() {
    Job job = jobs.pollFirst();
    current = job;
    if (job != null) {
      work.run(() -> find(job.address), found -> isFound(job, found), Found::unpin);
    }
  }

  private Found find(long address) {
    HeldLog.Pin pin = log.pin(LogAddress.sequence(address));
    return new Found(pin == null ? null : log.damageAt(address), pin);
  }

  private void isFound(Job job, Found found) {
    if (current != job) {
      found.unpin();
      return;
    }
    job.pin = found.pin();
    Damaged where = found.where();
    if (where == null) {
      end(job, true);
      return;
    }
    job.where = where;
    job.bytes = new byte[where.lengthBytes()];
    info.inSync().stream().sorted().forEach(job.peers::addLast);
    if (job.peers.remove(info.owner())) {
      job.peers.addFirst(info.owner());
    }
    job.peers.remove(node.self());
    tryNextPeer(job);
  }

  // ---- asking

  private void tryNextPeer(Job job) {
    Integer peer = job.peers.pollFirst();
    if (peer == null) {
      node.events()
          .accept(
              "partition %d: nobody has sound bytes of %s"
                  .formatted(info.id(), String.valueOf(job.where)));
      end(job, false);
      return;
    }
    job.peer = peer;
    job.received = 0;
    ask(job);
  }

  private void ask(Job job) {
    Damaged where = job.where;
    if (where == null) {
      return;
    }
    int length = Math.min(CatchUpDesk.MAX_READ_BYTES, job.bytes.length - job.received);
    job.request = ++lastRequest;
    job.askedNs = node.loop().bootNs();
    ReadBatches message =
        new ReadBatches(
            info.id(),
            info.epoch(),
            job.request,
            where.sequence(),
            where.offset() + job.received,
            length);
    if (!node.context().send(job.peer, message)) {
      tryNextPeer(job);
    }
  }

  void received(int from, BatchBytes answer) {
    Job job = current;
    if (job == null || job.peer != from || job.request != answer.request()) {
      return;
    }
    int wanted = Math.min(CatchUpDesk.MAX_READ_BYTES, job.bytes.length - job.received);
    if (answer.bytes().length != wanted) {
      tryNextPeer(job);
      return;
    }
    System.arraycopy(answer.bytes(), 0, job.bytes, job.received, wanted);
    job.received += wanted;
    if (job.received < job.bytes.length) {
      ask(job);
    } else {
      mend(job);
    }
  }

  private void mend(Job job) {
    Damaged where = job.where;
    if (where == null) {
      return;
    }
    int from = job.peer;
    job.peer = 0;
    work.run(
        () -> log.mend(where, job.bytes),
        isMended -> {
          if (current != job) {
            return;
          }
          if (isMended) {
            node.events()
                .accept(
                    "partition %d: %s was damaged; it has the bytes of node %d now"
                        .formatted(info.id(), where, from));
            end(job, true);
          } else {
            tryNextPeer(job);
          }
        },
        isMended -> {});
  }

  private void end(Job job, boolean lookAgain) {
    HeldLog.Pin pin = job.pin;
    if (pin != null) {
      pin.close();
    }
    next();
    job.waiting.forEach(waiter -> waiter.accept(lookAgain));
  }

  // ---- others

  /** Answers who has damage. */
  static void answer(Surroundings node, @Nullable HeldLog log, int from, ReadBatches read) {
    if (read.length() <= 0 || read.length() > CatchUpDesk.MAX_READ_BYTES || read.offset() < 0) {
      node.fabric().disconnect(from, "it asks for bytes that no chunk has: " + read);
      return;
    }
    byte[] bytes = new byte[read.length()];
    boolean isThere = log != null && log.read(read.sequence(), read.offset(), bytes, bytes.length);
    node.context()
        .send(
            from,
            new BatchBytes(
                read.partition(), read.epoch(), read.request(), isThere ? bytes : new byte[0]));
  }

  void sessionEnded(int peer) {
    Job job = current;
    if (job != null && job.peer == peer) {
      tryNextPeer(job);
    }
  }

  /** Four times in a lease: who does not answer for longer is not waited for. */
  void tick() {
    Job job = current;
    if (job != null
        && job.peer != 0
        && node.loop().bootNs() - job.askedNs >= node.settings().leaseNs()) {
      tryNextPeer(job);
    }
  }

  /** The role is over: whoever waits is to look again, at what has become of the partition. */
  void stop() {
    List<Job> all = new ArrayList<>(jobs);
    jobs.clear();
    Job now = current;
    current = null;
    if (now != null) {
      all.addFirst(now);
    }
    for (Job job : all) {
      HeldLog.Pin pin = job.pin;
      if (pin != null) {
        pin.close();
      }
      job.waiting.forEach(waiter -> waiter.accept(true));
    }
  }
}
