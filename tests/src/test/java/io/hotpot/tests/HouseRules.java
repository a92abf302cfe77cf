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
  /** Code that reads a clock, waits, or draws a random number, and so cannot be replayed. */
  private static final Set<String> UNREPEATABLE_CALLS =
      Set.of(
          "java.lang.System.currentTimeMillis",
          "java.lang.System.nanoTime",
          "java.lang.Thread.sleep",
          "java.lang.Math.random",
          "java.time.Instant.now");

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
    boolean isUnseededRandom =
        owner.equals("java.util.Random")
            && target.getName().equals("<init>")
            && target.getRawParameterTypes().isEmpty();
    return isUnseededRandom || UNREPEATABLE_CALLS.contains(owner + "." + target.getName());
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

  /** The names, without the package, of all types that other packages can use. */
  static Set<String> publicTypes(Iterable<JavaClass> classes) {
    Set<String> names = new TreeSet<>();
    for (JavaClass javaClass : classes) {
      if (isVisible(javaClass)) {
        String packagePrefix = javaClass.getPackageName() + ".";
        names.add(javaClass.getName().substring(packagePrefix.length()).replace('$', '.'));
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
