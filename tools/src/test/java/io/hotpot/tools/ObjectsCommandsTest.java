package io.hotpot.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.store.Dataset;
import io.hotpot.store.Hotpot;
import io.hotpot.store.HotpotOptions;
import io.hotpot.store.Ref;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The commands on single objects, as a user gives them. */
@Timeout(60)
class ObjectsCommandsTest {

  record Account(String owner, long cents, List<Ref<Account>> friends) {}

  private static final String TYPE = Account.class.getName();

  @TempDir Path directory;
  private String store;
  private String ada;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void makeStore() {
    store = directory.resolve("store").toString();
    try (Hotpot hotpot =
        Hotpot.open(Path.of(store), HotpotOptions.defaults().withMaxBytes(64L << 20))) {
      Dataset accounts = hotpot.dataset("accounts");
      Ref<Account> ref = accounts.root("ada", () -> new Account("Ada", 100, List.of()));
      accounts.run(tx -> tx.allocate(new Account("Bob", 5, List.of(ref))));
      hotpot.dataset("empty");
      ada = ref.toString();
    }
  }

  private int run(String... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    CommandLine commandLine = Main.commandLine();
    commandLine.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
    return commandLine.execute(arguments);
  }

  @Test
  void lsShowsDatasetsAndObjects() {
    assertThat(run("ls", store)).isZero();
    assertThat(out.toString()).contains("accounts").contains("empty").contains("2 objects");
    assertThat(run("ls", store, "accounts")).isZero();
    assertThat(out.toString())
        .contains(ada + " {\"@type\":\"" + TYPE + "\",\"owner\":\"Ada\",\"cents\":100")
        .contains("\"friends\":[{\"@ref\":\"" + ada + "\"}]");
    assertThat(run("ls", store, "accounts", "--limit", "1")).isZero();
    assertThat(out.toString().lines()).hasSize(1);
    assertThat(err.toString()).contains("--limit");
    assertThat(run("ls", store, "nothing")).isEqualTo(2);
    assertThat(err.toString()).contains("there is no dataset 'nothing'");
  }

  @Test
  void getTakesReferencesAndRoots() {
    assertThat(run("get", store, ada, "accounts/ada", "--json")).isZero();
    assertThat(out.toString().lines()).hasSize(2).allMatch(line -> line.contains("\"Ada\""));
    assertThat(run("get", store, "@1.77.0")).isEqualTo(1);
    assertThat(err.toString()).contains("there is no object @1.77.0");
    assertThat(run("get", store, "@nonsense")).isEqualTo(2);
    assertThat(err.toString()).contains("is not a reference");
    assertThat(run("get", store, "accounts/nobody")).isEqualTo(2);
    assertThat(err.toString()).contains("has no root 'nobody'; it has [ada]");
  }

  @Test
  void putReplacesAndCreates() {
    String changed =
        "{\"@type\":\"" + TYPE + "\",\"owner\":\"Ada L.\",\"cents\":-1,\"friends\":[]}";
    assertThat(run("put", store, ada, changed)).isZero();
    assertThat(run("put", store, "accounts", changed.replace("Ada", "Eve"), "--root", "eve"))
        .isZero();
    try (Hotpot hotpot = Hotpot.open(Path.of(store))) {
      Dataset accounts = hotpot.dataset("accounts");
      Account found = accounts.read(tx -> tx.get(tx.<Account>root("ada").orElseThrow()));
      assertThat(found).isEqualTo(new Account("Ada L.", -1, List.of()));
      Account eve = accounts.read(tx -> tx.get(tx.<Account>root("eve").orElseThrow()));
      assertThat(eve.owner()).isEqualTo("Eve L.");
    }
  }

  @Test
  void putRefusesWhatDoesNotFit() {
    assertThat(run("put", store, ada, "{not json")).isEqualTo(2);
    assertThat(err.toString()).contains("not JSON");
    assertThat(run("put", store, ada, "{\"@type\":\"" + TYPE + "\",\"owner\":\"x\"}")).isEqualTo(3);
    assertThat(err.toString()).contains("component 'cents'").doesNotContain("\tat ");
    assertThat(run("put", store, "@1.77.0", "5")).isEqualTo(3);
    assertThat(err.toString()).contains("no object");
  }

  @Test
  void rmDeletesAllOrNone() {
    assertThat(run("rm", store, ada, "@1.77.0")).isEqualTo(3);
    assertThat(run("get", store, ada)).isZero();
    assertThat(run("rm", store, ada)).isZero();
    assertThat(run("get", store, ada)).isEqualTo(1);
    assertThat(run("check", store)).isZero();
  }

  @Test
  void rootsAreListed() {
    assertThat(run("roots", store)).isZero();
    assertThat(out.toString()).isEqualToIgnoringNewLines("accounts/ada " + ada);
    assertThat(run("roots", store, "--json")).isZero();
    assertThat(out.toString()).contains("{\"accounts\":{\"ada\":\"" + ada + "\"},\"empty\":{}}");
  }

  @Test
  void anExportIsImportedWithItsReferences() throws IOException {
    Path file = directory.resolve("export.jsonl");
    String copy = directory.resolve("copy").toString();
    assertThat(run("export", store, "-o", file.toString())).isZero();
    assertThat(run("import", copy, file.toString())).isZero();
    assertThat(out.toString()).contains("imported 2 objects and 1 roots");
    try (Hotpot hotpot = Hotpot.open(Path.of(copy))) {
      Dataset accounts = hotpot.dataset("accounts");
      Ref<Account> found =
          accounts.read(tx -> tx.<Account>root("ada")).orElseThrow(AssertionError::new);
      for (Ref<?> ref : accounts.refs()) {
        Account account = (Account) accounts.<Object>read(tx -> tx.get(Ref.fromId(ref.id())));
        if (account.owner().equals("Bob")) {
          assertThat(account.friends()).containsExactly(found);
        }
      }
      assertThat(hotpot.findDataset("empty")).isPresent();
    }
    assertThat(run("import", copy, file.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("there is a dataset 'accounts' already");
  }

  @Test
  void anImportThatFailsLeavesNothing() throws IOException {
    Path file = directory.resolve("bad.jsonl");
    Files.writeString(file, "{\"dataset\":\"half\",\"mode\":\"MRMW\"}\n{\"nonsense\":true}\n");
    assertThat(run("import", store, file.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("line 2 is none that 'export' writes");
    assertThat(run("ls", store)).isZero();
    assertThat(out.toString()).doesNotContain("half");
  }

  @Test
  void aStoreIsBackedUpAndRestored() {
    String backup = directory.resolve("backup").toString();
    String restored = directory.resolve("restored").toString();
    assertThat(run("backup", store, backup)).isZero();
    assertThat(out.toString()).contains("verified");
    assertThat(run("rm", store, ada)).isZero();
    assertThat(run("restore", backup, restored)).isZero();
    assertThat(run("get", restored, ada)).isZero();
    assertThat(run("restore", backup, restored)).isEqualTo(2);
    assertThat(err.toString()).contains("is not empty");
  }

  @Test
  void theShellCanComplete() {
    assertThat(run("generate-completion")).isZero();
    assertThat(out.toString()).contains("complete -F").contains("export");
  }

  @Test
  void whatNoRootReachesIsListed() {
    assertThat(run("check", store, "--unreachable")).isZero();
    assertThat(out.toString().lines()).hasSize(1).allMatch(line -> line.endsWith(" in accounts"));
    assertThat(out.toString()).doesNotContain(ada + " ");
  }

  @Test
  void eventsAreReadBesideAStoreInUse() {
    try (Hotpot hotpot = Hotpot.open(Path.of(store))) {
      assertThat(hotpot.datasets()).hasSize(2);
      assertThat(run("events", store)).isZero();
      assertThat(out.toString()).contains("commits").contains("appendedBytes");
      assertThat(run("ls", store)).isEqualTo(3);
      assertThat(err.toString()).contains("process");
    }
    assertThat(run("events", directory.toString())).isEqualTo(3);
  }
}
