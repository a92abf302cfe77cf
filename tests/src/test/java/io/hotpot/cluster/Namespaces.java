package io.hotpot.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Hosts on one machine: network namespaces of Linux on one bridge, each with an address, whose
 * cables can be cut. Needs root and the command {@code ip}.
 *
 * <p>The test's own process is the host with number 0.
 */
final class Namespaces implements AutoCloseable, LoadedCluster.Hosts {

  private final String prefix = "hp" + Long.toString(ProcessHandle.current().pid() % 46_656, 36);
  private final String network = "10.231." + ProcessHandle.current().pid() % 250 + ".";
  private final List<Integer> hosts = new ArrayList<>();

  private Namespaces() {}

  /** Whether this machine and user can have them. */
  static boolean arePossible() {
    try (Namespaces some = withHosts(1)) {
      run("ip", "netns", "exec", some.name(1), "true");
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  static Namespaces withHosts(int count) throws IOException {
    Namespaces all = new Namespaces();
    try {
      run("ip", "link", "add", all.prefix, "type", "bridge");
      run("ip", "addr", "add", all.address(0) + "/24", "dev", all.prefix);
      run("ip", "link", "set", all.prefix, "up");
      for (int host = 1; host <= count; host++) {
        all.add(host);
      }
      return all;
    } catch (IOException e) {
      all.close();
      throw e;
    }
  }

  private void add(int host) throws IOException {
    String name = name(host);
    run("ip", "netns", "add", name);
    hosts.add(host);
    run("ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name);
    run("ip", "link", "set", name, "master", prefix, "up");
    run("ip", "-n", name, "addr", "add", address(host) + "/24", "dev", "eth0");
    run("ip", "-n", name, "link", "set", "lo", "up");
    run("ip", "-n", name, "link", "set", "eth0", "up");
  }

  private String name(int host) {
    return prefix + "h" + host;
  }

  @Override
  public String address(int host) {
    return network + (host + 1);
  }

  @Override
  public List<String> on(int host) {
    return List.of("ip", "netns", "exec", name(host));
  }

  /** Nothing comes to a host or leaves it any more. */
  void cut(int host) throws IOException {
    run("ip", "link", "set", name(host), "down");
  }

  void mend(int host) throws IOException {
    run("ip", "link", "set", name(host), "up");
  }

  /** What one host sends to another is lost; what comes from there arrives. */
  void cutOneWay(int from, int to) throws IOException {
    run("ip", "-n", name(from), "route", "add", "blackhole", address(to) + "/32");
  }

  void mendOneWay(int from, int to) throws IOException {
    run("ip", "-n", name(from), "route", "del", "blackhole", address(to) + "/32");
  }

  @Override
  public void close() {
    for (int host : hosts) {
      runAnyhow("ip", "netns", "del", name(host));
    }
    runAnyhow("ip", "link", "del", prefix);
  }

  private static void runAnyhow(String... command) {
    try {
      run(command);
    } catch (IOException e) {
      // What cannot be taken away was not there.
    }
  }

  private static void run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.onExit().join().exitValue() != 0) {
      throw new IOException(String.join(" ", command) + ": " + said.strip());
    }
  }
}
