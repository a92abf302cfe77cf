package io.hotpot.cluster;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A JVM of its own that runs a class of this class path, and what it says. */
final class ChildProcess implements AutoCloseable {

  private final Process process;
  private final BufferedReader says;
  private final List<String> heard = Collections.synchronizedList(new ArrayList<>());

  private ChildProcess(Process process) {
    this.process = process;
    this.says = process.inputReader(StandardCharsets.UTF_8);
  }

  /**
   * Starts one, with the -XX options of this JVM; its standard error comes with its standard
   * output.
   */
  static ChildProcess start(Class<?> main, List<String> arguments) throws IOException {
    return start(List.of(), "256m", main, arguments);
  }

  /**
   * Starts one somewhere else, or with other memory.
   *
   * @param before what to put before its command
   * @param memory the largest size of its Java heap
   */
  static ChildProcess start(
      List<String> before, String memory, Class<?> main, List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>(before);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> option.startsWith("-XX:"))
        .forEach(command::add);
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "-Djdk.trackAllThreads=false",
            "-Xmx" + memory,
            "-cp",
            System.getProperty("java.class.path"),
            main.getName()));
    command.addAll(arguments);
    return new ChildProcess(new ProcessBuilder(command).redirectErrorStream(true).start());
  }

  /** The next line that begins so; those before it are kept for {@link #heard}. */
  String await(String beginning) throws IOException {
    for (String line = says.readLine(); line != null; line = says.readLine()) {
      heard.add(line);
      if (line.startsWith(beginning)) {
        return line;
      }
    }
    throw new AssertionError("it has ended, and never said '" + beginning + "': " + heard);
  }

  void tell(String order) throws IOException {
    process.getOutputStream().write((order + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
  }

  /** All that it says until its end. */
  List<String> toEnd() throws IOException {
    for (String line = says.readLine(); line != null; line = says.readLine()) {
      heard.add(line);
    }
    return heard();
  }

  List<String> heard() {
    return List.copyOf(heard);
  }

  int exitValue() throws InterruptedException {
    return process.waitFor();
  }

  /** SIGTERM. What it says then can still be heard. */
  void terminate() {
    process.toHandle().destroy();
  }

  /** SIGSTOP: it does nothing, and does not know it, until {@link #goOn}. */
  void pause() throws IOException {
    signal("-STOP");
  }

  /** SIGCONT. */
  void goOn() throws IOException {
    signal("-CONT");
  }

  private void signal(String name) throws IOException {
    // The shell's own: not every machine has a program of that name.
    Process kill = new ProcessBuilder("sh", "-c", "kill " + name + " " + process.pid()).start();
    if (kill.onExit().join().exitValue() != 0) {
      throw new IOException("kill " + name + " " + process.pid() + " failed: " + heard);
    }
  }

  /** SIGKILL. */
  void kill() {
    process.toHandle().destroyForcibly();
  }

  @Override
  public void close() {
    kill();
    process.onExit().join();
  }
}
