package io.hotpot.replication;

import io.hotpot.replication.NettyLoop.Watch;
import io.hotpot.replication.NettyLoop.Watched;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.nio.NioIoHandle;
import io.netty.channel.nio.NioIoOps;
import io.netty.util.concurrent.Future;
import java.nio.channels.SelectableChannel;
import java.util.Arrays;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a loop looks at besides its sockets.
 *
 * <p>Confined to the loop.
 */
final class Watching {

  private static final Watched[] NONE = {};

  /** Replaced by each change: what it holds may change while it is gone through. */
  private Watched[] all = NONE;

  /** One of them, as Netty sees it. */
  private static final class Handle implements NioIoHandle {
    private final Watched watched;

    Handle(Watched watched) {
      this.watched = watched;
    }

    @Override
    public SelectableChannel selectableChannel() {
      return watched.events();
    }

    @Override
    public void handle(IoRegistration registration, IoEvent event) {
      watched.awoken();
      watched.look();
    }

    /** The loop ends; who watches closes what it watches. */
    @Override
    public void close() {}
  }

  Watch add(IoEventLoop loop, Watched watched) {
    all = Stream.concat(Arrays.stream(all), Stream.of(watched)).toArray(Watched[]::new);
    Future<IoRegistration> registered = loop.register(new Handle(watched));
    @Nullable IoRegistration registration = registered.getNow();
    if (registration == null) {
      throw new IllegalStateException("the loop does not watch", registered.cause());
    }
    registration.submit(NioIoOps.READ);
    return () -> {
      all = Arrays.stream(all).filter(each -> !each.equals(watched)).toArray(Watched[]::new);
      registration.cancel();
    };
  }

  boolean isEmpty() {
    return all.length == 0;
  }

  /** Takes what has come; returns how much. */
  int look() {
    int taken = 0;
    for (Watched each : all) {
      taken += each.look();
    }
    return taken;
  }

  /** Whether whatever comes from now on will wake the loop, and nothing has come before. */
  boolean mayWait() {
    for (Watched each : all) {
      each.arm();
    }
    return look() == 0;
  }
}
