package io.hotpot.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.hotpot.store.Dataset;
import io.hotpot.store.DatasetOptions;
import io.hotpot.store.Hotpot;
import io.hotpot.store.HotpotOptions;
import io.hotpot.store.Ref;
import io.hotpot.store.TransactionMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands on single objects, as a user gives them. */
@Timeout(60)
class ObjectsCommandsTest {

  record Account(String owner, long cents, List<Ref<Account>> friends) {}

  private static final String TYPE = Account.class.getName();

  private final Cli cli = new Cli();
  @TempDir Path directory;
  private String store;
  private String ada;

  @BeforeEach
  void makeStore() {
    store = directory.resolve("store").toString();
    try (Hotpot hotpot = open()) {
      Dataset accounts = hotpot.dataset("accounts");
      Ref<Account> ref = accounts.root("ada", () -> new Account("Ada", 100, List.of()));
      accounts.run(tx -> tx.allocate(new Account("Bob", 5, List.of(ref))));
      hotpot.dataset("empty");
      ada = ref.toString();
    }
  }

  private Hotpot open() {
    return Hotpot.open(Path.of(store), HotpotOptions.defaults().withMaxBytes(64L << 20));
  }

  private static String account(String owner, long cents) {
    return "{\"@type\":\""
        + TYPE
        + "\",\"owner\":\""
        + owner
        + "\",\"cents\":"
        + cents
        + ",\"friends\":[]}";
  }

  @Test
  void lsShowsDatasetsAndObjects() {
    assertThat(cli.run("ls", store)).isZero();
    assertThat(cli.out()).contains("accounts").contains("empty").contains("2 objects");
    assertThat(cli.run("ls", store, "--json")).isZero();
    assertThat(cli.out()).contains("{\"dataset\":\"accounts\",\"objects\":2,");
    assertThat(cli.run("ls", store, "accounts")).isZero();
    assertThat(cli.out())
        .contains(ada + " {\"@type\":\"" + TYPE + "\",\"owner\":\"Ada\",\"cents\":100")
        .contains("\"friends\":[{\"@ref\":\"" + ada + "\"}]");
    assertThat(cli.run("ls", store, "accounts", "--limit", "1")).isZero();
    assertThat(cli.lines()).hasSize(1);
    assertThat(cli.err()).contains("--limit");
    assertThat(cli.run("ls", store, "accounts", "--limit", "0")).isZero();
    assertThat(cli.lines()).hasSize(2);
  }

  @Test
  void aDatasetThatIsNotThereIsSuggestedAnother() {
    assertThat(cli.run("ls", store, "acounts")).isEqualTo(1);
    assertThat(cli.err()).contains("there is no dataset 'acounts'; did you mean 'accounts'?");
    assertThat(cli.run("export", store, "zzz")).isEqualTo(1);
    assertThat(cli.err()).contains("there are: accounts, empty");
  }

  @Test
  void getTakesReferencesAndRoots() {
    assertThat(cli.run("get", store, ada, "accounts/ada", "--json")).isZero();
    assertThat(cli.lines()).hasSize(2).allMatch(line -> line.contains("\"Ada\""));
    assertThat(cli.run("get", store, "@1.77.0", ada)).isEqualTo(1);
    assertThat(cli.err()).contains("there is no object @1.77.0");
    assertThat(cli.out()).contains("\"Ada\"");
    for (String wrong :
        List.of("@nonsense", "@1.2", "@1.2.3.4", "@-1.2.3", "@9999999.1.0", "ada")) {
      assertThat(cli.run("get", store, wrong)).as(wrong).isEqualTo(2);
      assertThat(cli.err()).contains("reference").contains(wrong).contains("@1.42.0");
    }
    assertThat(cli.run("get", store, "accounts/adda")).isEqualTo(1);
    assertThat(cli.err()).contains("has no root 'adda'; did you mean 'ada'?");
    assertThat(cli.run("get", store, "empty/x")).isEqualTo(1);
    assertThat(cli.err()).contains("it has none");
  }

  @Test
  void whatBelongsToTheStoreItselfIsNoObject() {
    for (String command : List.of("get", "rm")) {
      assertThat(cli.run(command, store, "@0.1.0")).as(command).isEqualTo(1);
      assertThat(cli.run(command, store, "@1.0.0")).as(command).isEqualTo(1);
    }
    assertThat(cli.run("put", store, "@0.1.0", "5")).isEqualTo(1);
    assertThat(cli.run("put", store, "@1.0.0", "5")).isEqualTo(1);
    assertThat(cli.run("roots", store)).isZero();
    assertThat(cli.lines()).hasSize(1);
  }

  @Test
  void putReplacesAndCreates() throws IOException {
    assertThat(cli.run("put", store, ada, account("Ada L.", -1))).isZero();
    assertThat(cli.out().strip()).isEqualTo(ada);
    Path file = Files.writeString(directory.resolve("eve.json"), account("Eve", 7));
    assertThat(cli.run("put", store, "accounts", "-f", file.toString(), "--root", "eve", "--json"))
        .isZero();
    assertThat(cli.out()).contains("\"created\":true");
    assertThat(cli.run("put", store, "accounts/eve", account("Eve", 8))).isZero();
    try (Hotpot hotpot = open()) {
      Dataset accounts = hotpot.dataset("accounts");
      Account found = accounts.read(tx -> tx.get(tx.<Account>root("ada").orElseThrow()));
      assertThat(found).isEqualTo(new Account("Ada L.", -1, List.of()));
      Account eve = accounts.read(tx -> tx.get(tx.<Account>root("eve").orElseThrow()));
      assertThat(eve).isEqualTo(new Account("Eve", 8, List.of()));
    }
  }

  @Test
  void whatLsPrintsCanBePutBack() {
    assertThat(cli.run("ls", store, "accounts")).isZero();
    List<String> before = cli.lines();
    for (String line : before) {
      int blank = line.indexOf(' ');
      assertThat(cli.run("put", store, line.substring(0, blank), line.substring(blank + 1)))
          .isZero();
    }
    assertThat(cli.run("ls", store, "accounts")).isZero();
    assertThat(cli.lines()).isEqualTo(before);
  }

  @Test
  void putRefusesWhatDoesNotFit() {
    assertThat(cli.run("put", store, ada, "{\"a\":\n  not json")).isEqualTo(2);
    assertThat(cli.err()).contains("not JSON, line 2, column");
    assertThat(cli.run("put", store, ada, "{\"a\":1,\"a\":2}")).isEqualTo(2);
    assertThat(cli.run("put", store, ada, "5 6")).isEqualTo(2);
    assertThat(cli.run("put", store, ada, " ")).isEqualTo(2);
    assertThat(cli.run("put", store, ada, "null")).isEqualTo(2);
    assertThat(cli.run("put", store, ada, "{\"@type\":\"" + TYPE + "\",\"owner\":\"x\"}"))
        .isEqualTo(2);
    assertThat(cli.err()).contains("component 'cents'").doesNotContain("\tat ");
    assertThat(cli.run("put", store, ada, account("x", 1).replace("cents", "sents"))).isEqualTo(2);
    assertThat(cli.err()).contains("cents");
    assertThat(cli.run("put", store, ada, "{\"@type\":\"bank.Nothing\"}")).isEqualTo(2);
    assertThat(cli.err()).contains("no type 'bank.Nothing'").contains(TYPE);
    assertThat(cli.run("put", store, "@1.77.0", "5")).isEqualTo(1);
    assertThat(cli.err()).contains("no object");
    assertThat(cli.run("put", store, "acounts", "5")).isEqualTo(1);
    assertThat(cli.err()).contains("did you mean 'accounts'");
    assertThat(cli.run("put", store, ada, "5", "-f", "x")).isEqualTo(2);
    assertThat(cli.run("put", store, ada, "-f", directory.resolve("no.json").toString()))
        .isEqualTo(3);
    assertThat(cli.err()).contains("no.json does not exist");
    assertThat(cli.run("get", store, ada)).isZero();
    assertThat(cli.out()).contains("\"cents\":100");
  }

  @Test
  void rmDeletesAllOrNone() {
    assertThat(cli.run("rm", store, ada, "@1.77.0")).isEqualTo(1);
    assertThat(cli.err()).contains("no object @1.77.0");
    assertThat(cli.run("get", store, ada)).isZero();
    assertThat(cli.run("rm", store, ada, "--json")).isZero();
    assertThat(cli.out()).contains("{\"deleted\":[\"" + ada + "\"]}");
    assertThat(cli.err()).contains("accounts/ada");
    assertThat(cli.run("get", store, ada)).isEqualTo(1);
    assertThat(cli.run("rm", store, ada)).isEqualTo(1);
    assertThat(cli.run("check", store)).isEqualTo(1);
    assertThat(cli.out()).contains("root accounts/ada names " + ada);
  }

  @Test
  void rmByTheNameOfARootTakesTheNameToo() {
    assertThat(cli.run("rm", store, "accounts/ada")).isZero();
    assertThat(cli.err()).isEmpty();
    assertThat(cli.run("roots", store)).isZero();
    assertThat(cli.out()).isEmpty();
    assertThat(cli.run("check", store)).isZero();
  }

  @Test
  void objectsWhoseWritersExcludeOneAnotherAreWrittenToo() {
    String ref;
    try (Hotpot hotpot = open()) {
      Dataset locked =
          hotpot.dataset("locked", DatasetOptions.defaults().withMode(TransactionMode.MRSW));
      ref = locked.root("r", () -> "text").toString();
    }
    assertThat(cli.run("put", store, ref, "\"other\"")).isZero();
    assertThat(cli.run("get", store, ref)).isZero();
    assertThat(cli.out()).contains("\"other\"");
    assertThat(cli.run("rm", store, "locked/r")).isZero();
  }

  @Test
  void rootsAreListed() {
    assertThat(cli.run("roots", store)).isZero();
    assertThat(cli.out()).isEqualToIgnoringNewLines("accounts/ada " + ada);
    assertThat(cli.run("roots", store, "--json")).isZero();
    assertThat(cli.out()).contains("{\"accounts\":{\"ada\":\"" + ada + "\"},\"empty\":{}}");
    assertThat(cli.run("roots", store, "empty")).isZero();
    assertThat(cli.out()).isEmpty();
  }

  @Test
  void textIsSafeForATerminal() {
    try (Hotpot hotpot = open()) {
      hotpot.dataset("odd").run(tx -> tx.allocate("a\u001b[2Jb\u009bc\u2603"));
    }
    assertThat(cli.run("ls", store, "odd")).isZero();
    assertThat(cli.out()).contains("\"a\\u001b[2Jb\\u009bc\u2603\"");
    assertThat(cli.run("ls", store, "odd", "--json")).isZero();
    Map<?, ?> row = (Map<?, ?>) JsonTrees.parse(cli.out(), "");
    assertThat(row.get("value")).isEqualTo("a\u001b[2Jb\u009bc\u2603");
  }
}
