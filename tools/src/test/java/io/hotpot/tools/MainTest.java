package io.hotpot.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** Help, versions, wrong command lines, places that hold no store. */
@Timeout(60)
class MainTest {

  private final Cli cli = new Cli();
  @TempDir Path directory;

  static Stream<String> commands() {
    return Main.commandLine().getSubcommands().keySet().stream();
  }

  /** All that take a store, with the arguments that they need besides. */
  static Stream<String> commandsOnStores() {
    return Stream.of(
        "inspect",
        "ls",
        "get @1.1.0",
        "put @1.1.0 5",
        "rm @1.1.0",
        "roots",
        "check",
        "compact",
        "backup copy",
        "restore copy",
        "export",
        "events");
  }

  private int runOn(Path store, String command, String... more) {
    List<String> words = new ArrayList<>(List.of(command.split(" ", -1)));
    words.replaceAll(word -> word.equals("copy") ? directory.resolve("copy").toString() : word);
    words.add(1, store.toString());
    words.addAll(List.of(more));
    return cli.run(words.toArray(String[]::new));
  }

  @Test
  void versionIsTheOneOfTheBuild() {
    assertThat(cli.run("--version")).isZero();
    assertThat(cli.out())
        .matches("(?s)hotpot \\d+\\.\\d+\\.\\d+\\S*\\R.*")
        .contains("java " + Runtime.version())
        .contains("heap llpl: ")
        .contains("heap mapped: available");
    String printed = cli.out();
    assertThat(cli.run("version")).isZero();
    assertThat(cli.out()).isEqualTo(printed);
    assertThat(cli.run("version", "--json")).isZero();
    Map<?, ?> json = (Map<?, ?>) JsonTrees.parse(cli.out(), "");
    assertThat((Map<?, ?>) json.get("heaps")).hasSize(2);
  }

  @Test
  void helpListsTheCommands() {
    assertThat(cli.run("help")).isZero();
    assertThat(cli.out()).contains("inspect", "export", "Exit codes:");
    String printed = cli.out();
    assertThat(cli.run("--help")).isZero();
    assertThat(cli.out()).isEqualTo(printed);
  }

  @ParameterizedTest
  @MethodSource("commands")
  void helpOfEachCommandFitsTheScreenAndTells(String command) {
    assertThat(cli.run("help", command)).isZero();
    assertThat(cli.out()).contains("Exit codes:").contains("Usage: hotpot " + command);
    assertThat(cli.lines()).allMatch(line -> line.length() <= 80);
    if (commandsOnStores().anyMatch(c -> c.startsWith(command))) {
      assertThat(cli.out()).containsPattern("Examples?:\\R  hotpot " + command);
    }
  }

  @Test
  void aCommandThatDoesNotExistIsSuggestedAnother() {
    assertThat(cli.run("inspekt")).isEqualTo(2);
    assertThat(cli.err()).contains("'inspekt'").contains("inspect").contains("hotpot --help");
    assertThat(cli.run()).isEqualTo(2);
    assertThat(cli.err()).contains("a command is missing");
    assertThat(cli.run("ls", "--jsno", "x")).isEqualTo(2);
    assertThat(cli.err()).contains("--jsno").contains("--json").contains("hotpot ls --help");
  }

  @ParameterizedTest
  @MethodSource("commandsOnStores")
  void whatIsMissingIsNamed(String command) {
    assertThat(cli.run(command.split(" ", -1)[0])).isEqualTo(2);
    assertThat(cli.err()).contains("<store>").doesNotContain("\tat ");
  }

  @ParameterizedTest
  @MethodSource("commandsOnStores")
  void noStoreIsMadeWhereThereIsNone(String command) {
    Path nothing = directory.resolve("nothing");
    assertThat(runOn(nothing, command)).isEqualTo(3);
    assertThat(cli.err()).containsPattern("does not exist|has no file").doesNotContain("\tat ");
    assertThat(nothing).doesNotExist();
    assertThat(directory.resolve("copy")).doesNotExist();
  }

  @ParameterizedTest
  @MethodSource("commandsOnStores")
  void filesAndForeignFoldersAreLeftAlone(String command) throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "text");
    assertThat(runOn(file, command)).isEqualTo(3);
    assertThat(file).hasContent("text");
    Path empty = Files.createDirectory(directory.resolve("empty"));
    assertThat(runOn(empty, command)).isEqualTo(3);
    assertThat(empty).isEmptyDirectory();
    Path foreign = Files.createDirectory(directory.resolve("foreign"));
    Files.writeString(foreign.resolve("heap.mapped"), "this is no heap, it is a text".repeat(500));
    assertThat(runOn(foreign, command, "--json")).isEqualTo(3);
    Map<?, ?> error = (Map<?, ?>) JsonTrees.parse(cli.err(), "");
    assertThat(error.get("error")).isEqualTo("NotAStore");
    assertThat(error.get("exitCode")).isEqualTo(3);
  }

  @Test
  void wrongUsageIsAJsonObjectToo() {
    assertThat(cli.run("ls", "--json")).isEqualTo(2);
    Map<?, ?> error = (Map<?, ?>) JsonTrees.parse(cli.err(), "");
    assertThat(error.get("error")).isEqualTo("Usage");
    assertThat(String.valueOf(error.get("message"))).contains("<store>");
  }

  @Test
  void aReaderThatIsGoneEndsACommandQuietly() {
    assertThat(runInto("Broken pipe")).isEqualTo(ExitCode.READER_GONE);
    assertThat(cli.err()).isEmpty();
  }

  @Test
  void aFullDiskBehindTheOutputIsAnError() {
    StringWriter err = new StringWriter();
    assertThat(runInto("No space left on device", err)).isEqualTo(ExitCode.UNUSABLE);
    assertThat(err.toString()).contains("cannot").contains("No space left on device");
  }

  private static int runInto(String failure) {
    return runInto(failure, new StringWriter());
  }

  private static int runInto(String failure, StringWriter err) {
    CommandLine commandLine = Main.commandLine();
    commandLine.setErr(new PrintWriter(err, true));
    commandLine.setOut(
        StandardOutput.writer(
            new OutputStream() {
              @Override
              public void write(int b) throws IOException {
                throw new IOException(failure);
              }
            }));
    return commandLine.execute("version");
  }

  @Test
  void theShellCanComplete() {
    assertThat(cli.run("generate-completion")).isZero();
    assertThat(cli.out()).contains("complete -F").contains("export");
  }
}
