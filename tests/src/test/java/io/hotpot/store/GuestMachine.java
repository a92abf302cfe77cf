package io.hotpot.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One life of a virtual machine, whose program tells in files of this host what it does.
 *
 * <p>Thread-safety: one thread.
 */
final class GuestMachine implements AutoCloseable {

  /** A machine that has not come so far until then hangs; emulation on a busy machine is slow. */
  private static final Duration LIMIT =
      Duration.ofSeconds(Long.getLong("hotpot.power.seconds", 1200));

  /** A condition that is looked at again and again. */
  interface Condition {
    boolean holds() throws IOException;
  }

  private final String where;
  private final Path folder;
  private final Process process;
  private final Map<GrowingFile, Consumer<String>> files = new LinkedHashMap<>();

  /**
   * Starts it.
   *
   * @param where says for a failure which machine it was
   * @param folder of the machine
   * @param command that is the machine: with it, it ends
   * @param heard who takes in what is told, by the name of the file that it is told in
   */
  GuestMachine(String where, Path folder, List<String> command, Map<String, Consumer<String>> heard)
      throws IOException {
    this.where = where;
    this.folder = folder;
    Files.deleteIfExists(folder.resolve("status"));
    for (Map.Entry<String, Consumer<String>> each : heard.entrySet()) {
      Path file = folder.resolve(each.getKey());
      Files.deleteIfExists(file);
      files.put(new GrowingFile(file), each.getValue());
    }
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("qemu.log").toFile())
            .start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
  }

  /**
   * Waits, and takes in what is told meanwhile.
   *
   * @param machines that must live
   * @param otherwise what has not happened where it takes too long
   * @throws IllegalStateException if a machine ends before, or it takes too long
   */
  static void await(List<GuestMachine> machines, Condition condition, String otherwise)
      throws IOException, InterruptedException {
    long beganNs = System.nanoTime();
    while (true) {
      for (GuestMachine machine : machines) {
        machine.hear();
      }
      if (condition.holds()) {
        return;
      }
      for (GuestMachine machine : machines) {
        if (machine.process.waitFor(1, TimeUnit.MILLISECONDS)) {
          machine.hear();
          throw new IllegalStateException(machine.where + " ended by itself; see console.log");
        }
      }
      checkTime(beganNs, machines.getFirst().where + ": " + otherwise);
    }
  }

  /**
   * @throws IllegalStateException if its program failed, or it takes too long
   */
  void awaitEnd() throws IOException, InterruptedException {
    long beganNs = System.nanoTime();
    while (!process.waitFor(100, TimeUnit.MILLISECONDS)) {
      checkTime(beganNs, where + ": it does not end");
    }
    hear();
    Path status = folder.resolve("status");
    if (!Files.exists(status) || !Files.readString(status).strip().equals("0")) {
      throw new IllegalStateException(where + " failed; see console.log");
    }
  }

  private static void checkTime(long beganNs, String otherwise) {
    if (System.nanoTime() - beganNs > LIMIT.toNanos()) {
      throw new IllegalStateException(otherwise + " within " + LIMIT + "; see console.log");
    }
  }

  /** SIGKILL; then takes in the last that it told. */
  void kill() throws IOException, InterruptedException {
    process.destroyForcibly().waitFor();
    hear();
  }

  /** Takes in what was told since the last call. */
  private void hear() throws IOException {
    for (Map.Entry<GrowingFile, Consumer<String>> each : files.entrySet()) {
      each.getKey().newLines().forEach(each.getValue());
    }
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    process.onExit().join();
    for (GrowingFile file : files.keySet()) {
      file.close();
    }
    Path console = folder.resolve("console.log");
    if (Files.exists(console)) {
      Files.copy(
          console,
          folder.resolve("console-" + where.replace(' ', '-') + ".log"),
          StandardCopyOption.REPLACE_EXISTING);
    }
  }
}
