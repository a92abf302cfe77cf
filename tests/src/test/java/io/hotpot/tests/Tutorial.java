package io.hotpot.tests;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The code of a page of the documentation as one program, and what the page says that it prints.
 *
 * @param source all blocks of Java, imports first
 * @param expected all blocks of text
 */
record Tutorial(String source, String expected) {

  private static final Pattern BLOCK =
      Pattern.compile("```(java|text)\n(.*?)```", Pattern.DOTALL | Pattern.MULTILINE);

  /**
   * @param page from the project's folder
   */
  static Tutorial of(String page) throws IOException {
    String text = Files.readString(Path.of(System.getProperty("basedir", "tests"), "..", page));
    StringBuilder imports = new StringBuilder();
    StringBuilder body = new StringBuilder();
    StringBuilder expected = new StringBuilder();
    Matcher block = BLOCK.matcher(text);
    while (block.find()) {
      if (block.group(1).equals("text")) {
        expected.append(block.group(2));
        continue;
      }
      for (String line : block.group(2).split("\n")) {
        (line.startsWith("import ") ? imports : body).append(line).append('\n');
      }
    }
    return new Tutorial(imports + "void main() {\n" + body + "}\n", expected.toString());
  }

  /** With something in the source that differs where the tests run. */
  Tutorial with(UnaryOperator<String> change) {
    return new Tutorial(change.apply(source), expected);
  }

  /** Compiles and runs it; returns what it prints. */
  String run(Path directory) throws IOException, InterruptedException {
    Path file = directory.resolve("Tutorial.java");
    Files.writeString(file, source);
    // What nodes tell on standard error is not of the page; all else there is.
    Path logging = directory.resolve("logging.properties");
    Files.writeString(
        logging, "handlers=java.util.logging.ConsoleHandler\nio.hotpot.cluster.level=WARNING\n");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Djava.util.logging.config.file=" + logging,
            "-cp",
            System.getProperty("java.class.path"),
            file.toString()));
    Process process =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output;
  }
}
