package io.hotpot.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.store.Dataset;
import io.hotpot.store.Hotpot;
import io.hotpot.store.HotpotOptions;
import io.hotpot.store.HotpotOptions.HeapKind;
import io.hotpot.store.Ref;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands on whole stores: closed, in use, crashed, damaged. */
@Timeout(120)
class StoreCommandsTest {

  record Account(String owner, long cents) {}

  enum Kind {
    SAVINGS,
    CREDIT
  }

  private final Cli cli = new Cli();
  @TempDir Path directory;
  private Path path;
  private String store;
  private String ada;

  @BeforeEach
  void makeStore() {
    path = directory.resolve("store");
    store = path.toString();
    try (Hotpot hotpot = open()) {
      Dataset accounts = hotpot.dataset("accounts");
      ada = accounts.root("ada", () -> new Account("Ada", 100)).toString();
      accounts.run(tx -> tx.allocate(new Account("Bob the unreachable", 5)));
      hotpot.dataset("kinds").root("k", () -> Kind.CREDIT);
    }
  }

  private Hotpot open() {
    return Hotpot.open(
        path, HotpotOptions.defaults().withMaxBytes(64L << 20).withHeap(HeapKind.MAPPED));
  }

  private Map<?, ?> json() {
    return (Map<?, ?>) JsonTrees.parse(cli.out(), "");
  }

  private static List<?> list(Map<?, ?> json, String key) {
    return (List<?>) Objects.requireNonNull(json.get(key));
  }

  /** What a process that is killed leaves: the files as they are, without the lock. */
  private Path crashed() throws IOException {
    Path copy = Files.createDirectory(directory.resolve("crashed"));
    try (Hotpot hotpot = open()) {
      hotpot.dataset("accounts").run(tx -> tx.allocate(new Account("Eve", 1)));
      Files.copy(path.resolve("heap.mapped"), copy.resolve("heap.mapped"));
    }
    return copy;
  }

  // ---- inspect, events

  @Test
  void inspectShowsWhatTheStoreIs() {
    assertThat(cli.run("inspect", store)).isZero();
    assertThat(cli.out())
        .contains("heap        mapped: ")
        .contains("a new store here gets ")
        .contains(", as probed: ")
        .contains("chunks ")
        .contains("80 - 100 % live")
        .contains("closed      in order")
        .containsPattern("accounts +MRMW +2 ")
        .contains("RECORD  " + Account.class.getName() + "(string owner, long cents)")
        .contains("ENUM    " + Kind.class.getName() + "(SAVINGS, CREDIT)")
        .contains("last opened for writing at 20")
        .contains("relocatedRecords");
    assertThat(cli.run("inspect", store, "--json")).isZero();
    Map<?, ?> json = json();
    assertThat(json.get("heap")).isEqualTo("mapped");
    assertThat(json.get("cleanlyClosed")).isEqualTo(true);
    assertThat(list(json, "datasets")).hasSize(2);
    assertThat(list(json, "types")).hasSize(2);
    int chunks = list(json, "chunksByLiveFifth").stream().mapToInt(n -> (Integer) n).sum();
    assertThat(chunks).isPositive();
    Map<?, ?> counters = (Map<?, ?>) Objects.requireNonNull(json.get("counters"));
    assertThat(counters.containsKey("commitsInAGroup")).isTrue();
  }

  @Test
  void inspectTellsTypesOfSeveralVersionsApart() {
    assertThat(
            cli.run(
                "import",
                store,
                writeExport(
                        "{\"type\":\"T\",\"kind\":\"RECORD\",\"components\":[[\"a\",\"INT\"]],\"constants\":[]}",
                        "{\"type\":\"T\",\"kind\":\"RECORD\",\"components\":[[\"a\",\"LONG\"]],\"constants\":[]}",
                        "{\"end\":0}")
                    .toString()))
        .isZero();
    assertThat(cli.run("inspect", store)).isZero();
    assertThat(cli.out()).contains("T(int a)").contains("T(long a)");
  }

  private Path writeExport(String... lines) {
    try {
      return Files.write(directory.resolve("export.jsonl"), List.of(lines));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void theCountersAreThoseOfTheLastWriter() {
    try (Hotpot hotpot = open()) {
      Dataset accounts = hotpot.dataset("accounts");
      Ref<Account> ref = Ref.parse(ada);
      for (int i = 0; i < 10; i++) {
        accounts.run(tx -> tx.update(ref, a -> new Account(a.owner(), a.cents() + 1)));
      }
      for (int i = 0; i < 90; i++) {
        accounts.read(tx -> tx.get(ref));
      }
    }
    assertThat(cli.run("events", store, "--json")).isZero();
    Map<?, ?> json = json();
    assertThat(json.get("commits")).isEqualTo(10);
    assertThat(json.get("objectReads")).isEqualTo(100);
    int hits = (Integer) Objects.requireNonNull(json.get("cacheHits"));
    int misses = (Integer) Objects.requireNonNull(json.get("cacheMisses"));
    assertThat(hits + misses).isEqualTo(100);
    assertThat(hits).isGreaterThan(80);
    assertThat(json.keySet().stream().map(String::valueOf))
        .contains(
            "retries",
            "conflicts",
            "appendedBytes",
            "drains",
            "commitsInAGroup",
            "cleanedChunks",
            "relocatedBytes");
    assertThat(cli.run("events", store)).isZero();
    assertThat(cli.lines()).hasSizeLessThan(24).allMatch(line -> line.length() < 80);
    assertThat(cli.run("events", store, "--watch", "--times", "1")).isZero();
    assertThat(cli.lines()).hasSize(1);
    assertThat(json().get("commits")).isEqualTo(10);
  }

  // ---- a store in use

  @Test
  void aStoreInUseIsInspectedFromOutsideAndOtherwiseRefused() {
    try (Hotpot hotpot = open()) {
      assertThat(hotpot.datasets()).hasSize(2);
      assertThat(cli.run("events", store)).isZero();
      assertThat(cli.out()).contains("commits").contains("appendedBytes");
      assertThat(cli.run("inspect", store)).isZero();
      assertThat(cli.out())
          .startsWith("IN USE: ")
          .contains("no object was read")
          .contains("heap        mapped")
          .containsPattern("partition 1 +1 chunks")
          .contains("opened for writing 2 times");
      assertThat(cli.run("inspect", store, "--json")).isZero();
      assertThat(json().get("inUse")).isNotNull();
      assertThat((Map<?, ?>) json().get("chunksByPartition")).hasSize(3);
      for (String command : List.of("ls", "roots", "check", "compact", "export")) {
        assertThat(cli.run(command, store)).as(command).isEqualTo(3);
        assertThat(cli.err()).contains("process");
        assertThat(cli.run(command, store, "--json")).isEqualTo(3);
        assertThat(cli.err()).contains("\"error\":\"StoreLocked\"");
      }
      assertThat(cli.run("get", store, ada)).isEqualTo(3);
      assertThat(cli.run("put", store, ada, "5")).isEqualTo(3);
      assertThat(cli.run("rm", store, ada)).isEqualTo(3);
      String copy = directory.resolve("copy").toString();
      assertThat(cli.run("backup", store, copy)).isEqualTo(3);
      assertThat(cli.run("import", store, writeExport("{\"end\":0}").toString())).isEqualTo(3);
    }
    assertThat(cli.run("events", directory.toString())).isEqualTo(3);
  }

  // ---- read-only

  @Test
  void aCrashedStoreIsShownWithoutBeingChanged() throws IOException {
    Path crashed = crashed();
    byte[] before = Files.readAllBytes(crashed.resolve("heap.mapped"));
    assertThat(cli.run("ls", crashed.toString(), "accounts")).isZero();
    assertThat(cli.out()).contains("Eve");
    assertThat(cli.err()).contains("not closed in order").contains("recovery is pending");
    assertThat(cli.run("ls", crashed.toString(), "--json")).isZero();
    assertThat(cli.err()).startsWith("{\"note\":");
    assertThat(cli.run("inspect", crashed.toString())).isZero();
    assertThat(cli.out()).contains("NOT in order: recovery is pending");
    assertThat(cli.run("check", crashed.toString())).isZero();
    assertThat(cli.out()).contains("recovery is pending").contains("sound");
    String export = directory.resolve("e.jsonl").toString();
    assertThat(cli.run("export", crashed.toString(), "-o", export)).isZero();
    assertThat(cli.run("backup", crashed.toString(), directory.resolve("b").toString())).isZero();
    assertThat(Files.readAllBytes(crashed.resolve("heap.mapped"))).isEqualTo(before);
    assertThat(cli.run("put", crashed.toString(), ada, "\"x\"")).isZero();
    assertThat(cli.run("ls", crashed.toString(), "accounts")).isZero();
    assertThat(cli.out()).contains("Eve");
    assertThat(cli.err()).isEmpty();
    assertThat(cli.run("inspect", crashed.toString())).isZero();
    assertThat(cli.out()).contains(", after a crash: ");
  }

  @Test
  void commandsThatOnlyLookLeaveEveryByte() throws IOException {
    byte[] before = Files.readAllBytes(path.resolve("heap.mapped"));
    for (String command : List.of("ls", "inspect", "roots", "check", "export", "events")) {
      assertThat(cli.run(command, store)).as(command).isZero();
    }
    assertThat(cli.run("get", store, ada)).isZero();
    assertThat(cli.run("check", store, "--unreachable")).isZero();
    assertThat(Files.readAllBytes(path.resolve("heap.mapped"))).isEqualTo(before);
  }

  // ---- check

  private void damage(String text) throws IOException {
    Path heap = path.resolve("heap.mapped");
    byte[] bytes = Files.readAllBytes(heap);
    byte[] wanted = text.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < bytes.length - wanted.length; i++) {
      if (java.util.Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
        try (RandomAccessFile file = new RandomAccessFile(heap.toFile(), "rw")) {
          file.seek(i);
          file.write('#');
        }
        return;
      }
    }
    throw new AssertionError("the heap does not hold " + text);
  }

  @Test
  void damageIsReportedByName() throws IOException {
    assertThat(cli.run("check", store)).isZero();
    assertThat(cli.out()).contains("sound: every checksum holds, all 3 objects can be read");
    damage("Bob the unreachable");
    assertThat(cli.run("check", store)).isEqualTo(1);
    assertThat(cli.out()).contains("damaged: dataset accounts").containsPattern("object @1\\.\\d");
    assertThat(cli.run("check", store, "--json")).isEqualTo(1);
    assertThat(json().get("sound")).isEqualTo(false);
    assertThat(list(json(), "damages")).isNotEmpty();
    assertThat(cli.run("ls", store, "accounts")).isEqualTo(1);
    assertThat(cli.out()).contains("Ada");
    assertThat(cli.err()).contains("cannot be shown");
    assertThat(cli.run("backup", store, directory.resolve("b").toString())).isEqualTo(1);
    assertThat(cli.out()).contains("damaged places");
  }

  @Test
  void aStoreDamagedBeyondOpeningIsDamagedToo() throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(path.resolve("heap.mapped").toFile(), "rw")) {
      file.setLength(5 << 20);
    }
    assertThat(cli.run("check", store)).isEqualTo(1);
    assertThat(cli.out()).contains("damaged: ").contains("truncated");
    assertThat(cli.run("ls", store)).isEqualTo(3);
  }

  @Test
  void whatNoRootReachesIsListed() {
    assertThat(cli.run("check", store, "--unreachable")).isZero();
    assertThat(cli.lines()).hasSize(1).allMatch(line -> line.endsWith(" in accounts"));
    assertThat(cli.out()).doesNotContain(ada + " ");
    assertThat(cli.run("check", store, "--unreachable", "--json")).isZero();
    assertThat((List<?>) JsonTrees.parse(cli.out(), "")).hasSize(1);
  }

  // ---- backup, restore, compact

  @Test
  void aStoreIsBackedUpAndRestored() {
    String backup = directory.resolve("backup").toString();
    String restored = directory.resolve("restored").toString();
    assertThat(cli.run("backup", store, backup)).isZero();
    assertThat(cli.out()).contains("verified");
    assertThat(cli.run("rm", store, "accounts/ada")).isZero();
    assertThat(cli.run("restore", backup, restored, "--json")).isZero();
    assertThat(json().get("damages")).isEqualTo(0);
    assertThat(cli.run("get", restored, ada)).isZero();
    assertThat(cli.run("restore", backup, restored)).isEqualTo(2);
    assertThat(cli.err()).contains("is not empty");
    assertThat(cli.run("backup", store, backup, "--json")).isZero();
    assertThat(cli.run("backup", store, directory.toString())).isEqualTo(2);
    assertThat(cli.err()).contains("holds files but no backup");
  }

  @Test
  void aBackupThatWasCutShortSaysSo() throws IOException {
    Path backup = directory.resolve("backup");
    assertThat(cli.run("backup", store, backup.toString())).isZero();
    Files.writeString(backup.resolve("backup.incomplete"), "");
    assertThat(cli.run("ls", backup.toString())).isEqualTo(3);
    assertThat(cli.err()).contains("cut short").contains("hotpot backup");
    assertThat(cli.run("backup", store, backup.toString())).isZero();
    assertThat(cli.run("ls", backup.toString())).isZero();
  }

  @Test
  void compactingGivesChunksBack() {
    try (Hotpot hotpot = Hotpot.open(path, HotpotOptions.defaults().withBackground(false))) {
      Dataset bulk = hotpot.dataset("bulk");
      byte[] large = new byte[1 << 20];
      for (int i = 0; i < 12; i++) {
        Ref<byte[]> ref = bulk.transact(tx -> tx.allocate(large));
        bulk.run(tx -> tx.delete(ref));
      }
    }
    assertThat(cli.run("compact", store, "--json")).isZero();
    assertThat((Integer) json().get("chunksFreed")).isPositive();
    assertThat(cli.run("check", store)).isZero();
    assertThat(cli.run("compact", store)).isZero();
    assertThat(cli.out()).contains("chunks of 4 MiB freed");
  }
}
