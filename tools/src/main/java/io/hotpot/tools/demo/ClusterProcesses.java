package io.hotpot.tools.demo;

import io.hotpot.tools.ExitCode;
import io.hotpot.tools.Failure;
import io.hotpot.tools.NodeNetwork;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * The child processes of the demo on a cluster. None outlives it.
 *
 * <p>Thread-safety: all methods from any thread; a child is used by one.
 */
final class ClusterProcesses implements AutoCloseable {

  private final Queue<Child> children = new ConcurrentLinkedQueue<>();
  private volatile boolean closed;

  /** A process that runs {@link ClusterChild}. */
  static final class Child {
    private final String name;
    private final Process process;
    private final BufferedReader says;

    private Child(String name, Process process) {
      this.name = name;
      this.process = process;
      this.says = process.inputReader(StandardCharsets.UTF_8);
    }

    String name() {
      return name;
    }

    /** With SIGKILL. What it has said until then can still be heard. */
    void kill() {
      process.toHandle().destroyForcibly();
    }

    void tell(String order) {
      try {
        process.getOutputStream().write((order + "\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
      } catch (IOException e) {
        throw new UncheckedIOException(name + " cannot be told '" + order + "'", e);
      }
    }

    /** The next that it says; null: it has ended. */
    @Nullable String hear() {
      try {
        return says.readLine();
      } catch (IOException e) {
        throw new UncheckedIOException(name + " cannot be heard", e);
      }
    }

    /**
     * The words of the next line.
     *
     * @throws Failure if it does not begin with this one
     */
    String[] expect(String first) {
      String line = hear();
      String[] words = line == null ? new String[0] : line.split(" ", -1);
      if (words.length == 0 || !words[0].equals(first)) {
        throw new Failure(
            ExitCode.PROBLEM,
            name
                + (line == null ? " has ended" : " says '" + line + "'")
                + ", expected '"
                + first
                + "'");
      }
      return words;
    }
  }

  /** Starts one, with what {@link ClusterChild} takes. */
  Child start(String name, NodeNetwork network, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.add("--add-exports=java.base/sun.nio.ch=ALL-UNNAMED");
    command.add("-Xmx512m");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(ClusterChild.class.getName());
    command.addAll(arguments);
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
      // Not among the arguments, which all users of the machine see.
      builder.environment().put(ClusterChild.NETWORK, network.toWords());
      Process process = builder.start();
      Child child = new Child(name, process);
      children.add(child);
      if (closed) {
        end();
      }
      return child;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start " + name, e);
    }
  }

  /** As {@link #end}. */
  @Override
  public void close() {
    end();
  }

  /** Kills all that are left, and waits until they are gone. */
  void end() {
    closed = true;
    children.forEach(Child::kill);
    for (Child child = children.poll(); child != null; child = children.poll()) {
      child.process.onExit().join();
    }
  }
}
