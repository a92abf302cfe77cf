package io.hotpot.dispatcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.store.CorruptException;
import io.hotpot.store.TransactionMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalMemberTest {

  @TempDir Path directory;

  private final TestWorld world = new TestWorld(1);
  private final List<Long> terms = new ArrayList<>();

  private LocalMember start(MemberLog log) {
    LocalMember member = new LocalMember(world.loop(), log, Runnable::run);
    member.start(
        new Consensus.Listener() {
          @Override
          public void applied(ClusterState before, ClusterState after) {}

          @Override
          public void leading(long term) {
            terms.add(term);
          }

          @Override
          public void following(int leader) {
            terms.add(-1L);
          }
        });
    world.runUntil(world.nowNs());
    return member;
  }

  private Result propose(LocalMember member, String dataset) {
    List<Result> results = new ArrayList<>();
    member.propose(new Command.CreateDataset(dataset, TransactionMode.MRMW, 1, 1), results::add);
    world.runUntil(world.nowNs());
    return results.getFirst();
  }

  @Test
  void whatWasDecidedIsThereAfterACrash() throws IOException {
    Path file = directory.resolve("log");
    LocalMember member = start(FileLog.at(file));
    int count = LocalMember.COMMANDS_BETWEEN_SNAPSHOTS + 10;
    for (int i = 0; i < count; i++) {
      assertThat(propose(member, "d" + i)).isInstanceOf(Result.Accepted.class);
    }
    LocalMember again = start(FileLog.at(file));

    assertThat(again.state()).isEqualTo(member.state());
    assertThat(again.state().configuration().datasets()).hasSize(count);
    assertThat(terms).containsExactly(1L, 2L);
  }

  @Test
  void aRecordThatWasCutShortIsAsIfItHadNeverBeen() throws IOException {
    Path file = directory.resolve("log");
    LocalMember member = start(FileLog.at(file));
    propose(member, "kept");
    ClusterState kept = member.state();
    long before = Files.size(file);
    propose(member, "torn");
    byte[] bytes = Files.readAllBytes(file);
    for (int length = (int) before; length < bytes.length; length++) {
      Files.write(file, Arrays.copyOf(bytes, length));
      assertThat(start(FileLog.at(file)).state()).as("cut to %d", length).isEqualTo(kept);
    }
  }

  @Test
  void damageBeforeTheEndIsRefused() throws IOException {
    Path file = directory.resolve("log");
    LocalMember member = start(FileLog.at(file));
    propose(member, "one");
    long end = Files.size(file);
    propose(member, "two");
    byte[] bytes = Files.readAllBytes(file);
    for (int at = 0; at < end; at++) {
      byte[] bad = bytes.clone();
      bad[at] ^= 0x10;
      Files.write(file, bad);
      assertThatThrownBy(() -> start(FileLog.at(file)))
          .as("byte %d", at)
          .isInstanceOf(CorruptException.class);
    }
  }

  @Test
  void aLogThatCannotBeWrittenEndsTheLead() throws IOException {
    FileLog log = FileLog.at(directory.resolve("log"));
    LocalMember member = start(log);
    log.close();

    assertThat(propose(member, "d")).isInstanceOf(Result.Lost.class);
    assertThat(member.isLeader()).isFalse();
    assertThat(terms).containsExactly(1L, -1L);
  }
}
