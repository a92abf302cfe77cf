package io.hotpot.store;

import io.hotpot.sim.Simulation;
import io.hotpot.store.spi.HeldLog;
import io.hotpot.store.spi.HeldParts;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;

/**
 * The parts of a store, of whose logs others do something between two looks of a reader ({@link
 * HeldLog#settled}): in a simulation threads change at stores only, not at loads.
 */
final class InterleavedReads {

  private final Simulation simulation;

  private InterleavedReads(Simulation simulation) {
    this.simulation = simulation;
  }

  static HeldParts of(HeldParts parts, Simulation simulation) {
    return new InterleavedReads(simulation).parts(parts);
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
    return proxy(
        HeldLog.class,
        (method, arguments) -> {
          Object result = invoke(log, method, arguments);
          if (method.getName().equals("settled")) {
            simulation.interleave();
          }
          return result;
        });
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
