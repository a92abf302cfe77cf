package io.hotpot.dispatcher;

import io.hotpot.replication.Fabric;
import io.hotpot.replication.NettyLoop;
import io.hotpot.replication.Peer;
import io.hotpot.replication.TcpFabric;
import io.hotpot.store.ClusterSecurity;
import io.hotpot.store.MisuseException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A member of the central dispatcher that listens on a port: alone, with a log in one file, or one
 * of three that agree by Raft.
 *
 * <p>Thread-safety: all methods from any thread but its own.
 */
public final class DispatcherServer implements AutoCloseable {

  private final NettyLoop loop = new NettyLoop("hotpot-dispatcher");
  private final ExecutorService writer =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("hotpot-dispatcher-log").factory());
  private @Nullable FileChannel directoryLock;
  private final TcpFabric fabric;
  private final CentralDispatcher dispatcher;

  /**
   * How a dispatcher is run.
   *
   * @param host where it listens for nodes
   * @param port 0: the system chooses one
   * @param directory of its log
   * @param number of this member, from 1
   * @param members where the members listen for one another; empty: it is alone
   */
  public record Settings(
      String host,
      int port,
      Path directory,
      int number,
      List<Fabric.Address> members,
      ClusterSecurity security) {

    public Settings {
      members = List.copyOf(members);
    }

    /** A dispatcher without others. */
    public static Settings alone(String host, int port, Path directory, ClusterSecurity security) {
      return new Settings(host, port, directory, 1, List.of(), security);
    }
  }

  private DispatcherServer(Settings settings, Consumer<String> events) {
    SecureRandom random = new SecureRandom();
    boolean started = false;
    try {
      Files.createDirectories(settings.directory());
      directoryLock = lock(settings.directory());
      fabric =
          TcpFabric.bind(
              loop,
              TcpClusterProvider.fabric(settings.host(), settings.port(), settings.security()));
      dispatcher =
          new CentralDispatcher(
              LeaseTimes.STANDARD,
              loop,
              fabric,
              consensus(settings),
              () -> random.nextLong() | 1,
              events);
      Peer self = DispatcherAddress.peer(settings.number());
      OnLoop.run(loop, () -> dispatcher.start(self));
      started = true;
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the dispatcher's directory " + settings.directory() + " cannot be used", e);
    } catch (IllegalStateException | IllegalArgumentException e) {
      throw new MisuseException(String.valueOf(e.getMessage()), e);
    } finally {
      if (!started) {
        loop.close();
        writer.shutdown();
        unlock();
      }
    }
  }

  /** Two dispatchers with one log would decide different things, and both be believed. */
  private static FileChannel lock(Path directory) throws IOException {
    FileChannel channel =
        FileChannel.open(
            directory.resolve("dispatcher.lock"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE);
    boolean locked = false;
    try {
      locked = channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      // This process has it.
    } finally {
      if (!locked) {
        channel.close();
      }
    }
    if (!locked) {
      throw new MisuseException(
          "another dispatcher runs with the directory " + directory + ": stop it, or name another");
    }
    return channel;
  }

  private void unlock() {
    FileChannel channel = directoryLock;
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        throw new UncheckedIOException("the dispatcher's lock cannot be given back", e);
      }
    }
  }

  private Consensus consensus(Settings settings) throws IOException {
    if (settings.members().isEmpty()) {
      return new LocalMember(
          loop, FileLog.at(settings.directory().resolve("dispatcher.log")), writer);
    }
    return new RaftMember(
        loop,
        LeaseTimes.STANDARD,
        settings.number(),
        settings.members(),
        settings.directory(),
        settings.security());
  }

  /**
   * Starts one.
   *
   * @param events is told in a sentence each of what an operator should know
   * @throws MisuseException if the port is taken, another dispatcher has the directory, or the
   *     options do not fit
   */
  public static DispatcherServer start(Settings settings, Consumer<String> events) {
    return new DispatcherServer(settings, events);
  }

  /** Where it listens. */
  public Fabric.Address address() {
    return fabric.address();
  }

  /** The address as nodes give it. */
  public String uri() {
    return "hotpot://" + address();
  }

  @Override
  public void close() {
    OnLoop.run(loop, dispatcher::close);
    fabric.close();
    // What it still writes tells the loop of it.
    writer.close();
    loop.close();
    unlock();
  }
}
