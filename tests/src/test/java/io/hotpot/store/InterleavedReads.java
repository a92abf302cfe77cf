package io.hotpot.store;

import io.hotpot.sim.Simulation;
import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.HeldParts;
import io.hotpot.store.spi.SettledVersion;
import io.hotpot.store.spi.Threads;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a store, of whose logs others do something between two looks of a reader ({@link
 * HeldLog#settled}), sometimes much: in a simulation threads change at stores only, not at loads.
 */
final class InterleavedReads {

  /** One read of so many takes long. */
  private static final int SLOW = 8;

  private static final long SLOW_NS = 1_000_000;

  private final Simulation simulation;
  private final Threads threads;

  private InterleavedReads(Simulation simulation, Threads threads) {
    this.simulation = simulation;
    this.threads = threads;
  }

  static HeldParts of(HeldParts parts, Simulation simulation, Threads threads) {
    return new InterleavedReads(simulation, threads).parts(parts);
  }

  private HeldParts parts(HeldParts parts) {
    return proxy(
        HeldParts.class,
        (method, arguments) -> {
          Object result = invoke(parts, method, arguments);
          if (result instanceof HeldLog log) {
            return log(log);
          }
          return result instanceof List<?> logs
              ? logs.stream().map(each -> log((HeldLog) each)).toList()
              : result;
        });
  }

  private HeldLog log(HeldLog log) {
    return (HeldLog)
        Proxy.newProxyInstance(
            HeldLog.class.getClassLoader(), new Class<?>[] {HeldLog.class}, new OfLog(this, log));
  }

  /** The log itself. */
  static @Nullable HeldLog inner(@Nullable HeldLog log) {
    return log != null
            && Proxy.isProxyClass(log.getClass())
            && Proxy.getInvocationHandler(log) instanceof OfLog of
        ? of.log
        : log;
  }

  private record OfLog(InterleavedReads reads, HeldLog log) implements InvocationHandler {
    @Override
    public @Nullable Object invoke(Object self, Method method, Object[] arguments)
        throws Throwable {
      Object result = InterleavedReads.invoke(log, method, arguments);
      if (result instanceof SettledVersion) {
        reads.meanwhile();
      }
      return result;
    }
  }

  private void meanwhile() {
    if (simulation.oneIn(SLOW)) {
      threads.park(this, simulation.between(1, SLOW_NS));
    } else {
      simulation.interleave();
    }
  }

  private interface Call {
    Object on(Method method, Object[] arguments) throws Throwable;
  }

  private static <T> T proxy(Class<T> type, Call call) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> call.on(method, arguments)));
  }

  private static Object invoke(Object target, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
