package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A campaign as a user gives it: it says what passed and what failed, and goes on where it was. */
@Timeout(1800)
class CampaignTest {

  private static final long PASSES = 1;

  @TempDir Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int campaign(String... args) throws InterruptedException {
    List<String> all = new ArrayList<>(List.of(folder.toString()));
    all.addAll(List.of(args));
    return Campaign.run(
        all,
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  private String summary() throws IOException {
    return Files.readString(folder.resolve("summary.json"));
  }

  @Test
  void runsEachSeedOnceAndGoesOnWhereItWas() throws Exception {
    Path log = folder.resolve("seeds.log");
    Files.writeString(log, CampaignLog.passed(PASSES + 1, 0xFACE, 1) + "\n3 pass");
    assertThat(campaign("--from=" + PASSES, "--seeds=3", "--jvms=1")).isZero();
    assertThat(Files.readAllLines(log))
        .contains("2 passed face 1")
        .anyMatch(line -> line.startsWith("1 passed "))
        .anyMatch(line -> line.startsWith("3 passed "))
        .hasSize(3);
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("3 of 3 seeds run, 3 passed");
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("campaign: 3 of 3 seeds, 0 failed");
    assertThat(summary()).contains("\"passed\": 3, \"failed\": 0, \"complete\": true");
  }

  @Test
  void saysWhichSeedFailedAndHowToRunItAgain() throws Exception {
    assertThat(campaign("--memory=12m", "--seeds=5", "--jvms=1", "--failures=1")).isOne();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("FAILED seed 1, ")
        .contains("again: ./hotpot campaign " + folder + " --again=1");
    assertThat(summary()).contains("\"failed\": 1, \"complete\": false", "\"seed\": 1, ");
  }

  @Test
  void keepsWhatASeedFailedOf() {
    String why = "seed 7: it said \"\\n\"\nlately:\n  \\ and more";
    Path path = folder.resolve("seeds.log");
    new CampaignLog(path, 5, 10).add(CampaignLog.failed(7, why));
    assertThat(new CampaignLog(path, 5, 10).failed()).containsEntry(7L, why);
    assertThat(new CampaignLog(path, 8, 10).has(7)).isFalse();
  }

  @Test
  void anotherRunOfASeedHasTheTraceThatIsWritten() throws Exception {
    assertThat(campaign("--seeds=1", "--jvms=1")).isZero();
    String trace = Files.readString(folder.resolve("seeds.log")).split(" ")[2];
    assertThat(campaign("--again=1")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("with the trace " + trace);
  }

  @Test
  void whatIsNotUnderstoodIsSaid() throws Exception {
    assertThat(campaign("--seed=1")).isEqualTo(2);
    assertThat(campaign("--seeds=many")).isEqualTo(2);
    assertThat(campaign("--story=none")).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("unknown option --seed=1", "not many", "no story is called none", "usage: ");
  }
}
