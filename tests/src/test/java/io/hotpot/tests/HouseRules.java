package io.hotpot.tests;

import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.MonitorInstruction;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The rules of this code base that a program can check. Each method returns the violations it
 * found, so that a rule can be tried on classes that break it.
 */
final class HouseRules {
  /**
   * Code that reads a clock, waits for time, draws a random number or starts a thread, and so
   * cannot be replayed. Waiting without a time is forbidden where there is another way: a
   * simulation adds wake-ups without a cause there.
   */
  private static final Set<String> UNREPEATABLE_CALLS =
      Set.of(
          "java.lang.System.currentTimeMillis",
          "java.lang.System.nanoTime",
          "java.lang.Math.random",
          "java.time.Instant.now",
          "java.time.Clock.systemUTC",
          "java.util.UUID.randomUUID",
          "java.util.concurrent.ThreadLocalRandom.current",
          "java.util.concurrent.locks.LockSupport.park",
          "java.util.concurrent.locks.LockSupport.parkNanos",
          "java.util.concurrent.locks.LockSupport.parkUntil",
          "java.util.concurrent.locks.LockSupport.unpark",
          "java.lang.Thread.sleep",
          "java.lang.Thread.onSpinWait",
          "java.lang.Thread.yield",
          "java.lang.Thread.<init>",
          "java.lang.Thread.ofPlatform",
          "java.lang.Thread.ofVirtual",
          "java.lang.Thread.startVirtualThread",
          "java.util.concurrent.ForkJoinPool.commonPool",
          "java.util.Timer.<init>");

  /** Prefixes of more calls of this kind. */
  private static final Set<String> UNREPEATABLE_FAMILIES =
      Set.of(
          "java.util.concurrent.Executors.new",
          "java.util.concurrent.CompletableFuture.delayedExecutor");

  /** Methods that run work in threads of the JVM's own, whatever collection they belong to. */
  private static final Set<String> PARALLEL = Set.of("parallelStream", "parallel");

  /** Constructors that draw a seed of their own. */
  private static final Set<String> SEEDED_BY_ARGUMENT =
      Set.of("java.util.Random", "java.util.SplittableRandom", "java.security.SecureRandom");

  private HouseRules() {}

  /** Calls and method references to clocks, sleeps and unseeded random numbers. */
  static List<String> unrepeatableCalls(Iterable<JavaClass> classes, Set<String> allowedClasses) {
    List<String> violations = new ArrayList<>();
    for (JavaClass javaClass : classes) {
      if (allowedClasses.contains(javaClass.getName())) {
        continue;
      }
      for (JavaAccess<?> access : javaClass.getAccessesFromSelf()) {
        if (access.getTarget() instanceof CodeUnitAccessTarget target && isUnrepeatable(target)) {
          violations.add(access.getDescription());
        }
      }
    }
    return violations;
  }

  private static boolean isUnrepeatable(CodeUnitAccessTarget target) {
    String owner = target.getOwner().getName();
    String name = owner + "." + target.getName();
    boolean isUnseededRandom =
        SEEDED_BY_ARGUMENT.contains(owner)
            && target.getName().equals("<init>")
            && target.getRawParameterTypes().isEmpty();
    return isUnseededRandom
        || UNREPEATABLE_CALLS.contains(name)
        || UNREPEATABLE_FAMILIES.stream().anyMatch(name::startsWith)
        || (owner.startsWith("java.util.") && PARALLEL.contains(target.getName()))
        || isTimedWait(target);
  }

  /** Of locks, conditions, latches, futures, queues and threads. */
  private static boolean isTimedWait(CodeUnitAccessTarget target) {
    String owner = target.getOwner().getName();
    boolean takesTime =
        target.getRawParameterTypes().stream()
            .anyMatch(type -> type.getName().equals("java.util.concurrent.TimeUnit"));
    return (takesTime && owner.startsWith("java.util.concurrent."))
        || (owner.equals("java.lang.Thread")
            && target.getName().equals("join")
            && !target.getRawParameterTypes().isEmpty())
        || target.getName().equals("awaitNanos");
  }

  /** Methods that are {@code synchronized} or enter a monitor in their body. */
  static List<String> monitors(Iterable<JavaClass> classes) {
    List<String> violations = new ArrayList<>();
    for (JavaClass javaClass : classes) {
      for (MethodModel method : parse(javaClass).methods()) {
        if (method.flags().has(AccessFlag.SYNCHRONIZED)
            || method.code().stream().anyMatch(HouseRules::entersMonitor)) {
          violations.add(javaClass.getName() + "." + method.methodName().stringValue());
        }
      }
    }
    return violations;
  }

  private static boolean entersMonitor(CodeModel code) {
    return code.elementStream().anyMatch(element -> element instanceof MonitorInstruction);
  }

  private static ClassModel parse(JavaClass javaClass) {
    try (InputStream in = javaClass.getSource().orElseThrow().getUri().toURL().openStream()) {
      return ClassFile.of().parse(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the class file of " + javaClass.getName(), e);
    }
  }

  /** The names, below a package, of all types that other packages can use. */
  static Set<String> publicTypes(Iterable<JavaClass> classes, String root) {
    Set<String> names = new TreeSet<>();
    for (JavaClass javaClass : classes) {
      if (isVisible(javaClass)) {
        names.add(javaClass.getName().substring(root.length() + 1).replace('$', '.'));
      }
    }
    return names;
  }

  private static boolean isVisible(JavaClass javaClass) {
    Set<JavaModifier> modifiers = javaClass.getModifiers();
    boolean isOpen =
        modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
    return isOpen && javaClass.getEnclosingClass().map(HouseRules::isVisible).orElse(true);
  }
}
