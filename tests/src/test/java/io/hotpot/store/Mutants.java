package io.hotpot.store;

import io.hotpot.store.spi.Chance;
import io.hotpot.store.spi.Seams;
import io.hotpot.store.spi.Threads;
import io.hotpot.store.spi.Time;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/**
 * Copies of the store and of the cluster's modules with one bug planted, each in a class loader of
 * its own: to show that the tests would find it.
 */
final class Mutants {

  /**
   * One changed class.
   *
   * @param className of a class of the store; of another module with its package: {@code
   *     replication.Learner}
   */
  record Bug(String name, String className, BiFunction<byte[], Mutants, byte[]> change) {

    @Override
    public String toString() {
      return name;
    }
  }

  private static final String ROOT = "io.hotpot.";

  private int changed;

  private Mutants() {}

  /** The calls of a method, within one method, are left out; they return nothing. */
  static Bug withoutCall(String name, String className, String within, String callee) {
    return withoutCalls(name, className, within, callee);
  }

  /** The calls of some methods, within one method, are left out; they return nothing. */
  static Bug withoutCalls(String name, String className, String within, String... callees) {
    return new Bug(
        name,
        className,
        (bytes, mutants) ->
            mutants.transform(
                bytes,
                within,
                (code, element) -> {
                  if (element instanceof InvokeInstruction call
                      && List.of(callees).contains(call.name().stringValue())) {
                    mutants.changed++;
                    mutants.dropArguments(code, call);
                  } else {
                    code.with(element);
                  }
                }));
  }

  /** A method that does nothing but return a truth value. */
  static Bug returning(boolean value, String name, String className, String method) {
    return new Bug(
        name,
        className,
        (bytes, mutants) ->
            ClassFile.of()
                .transformClass(
                    ClassFile.of().parse(bytes),
                    (builder, element) -> {
                      if (element instanceof MethodModel model
                          && model.methodName().equalsString(method)) {
                        mutants.changed++;
                        builder.withMethodBody(
                            model.methodName(),
                            model.methodType(),
                            model.flags().flagsMask(),
                            code -> code.loadConstant(value ? 1 : 0).ireturn());
                      } else {
                        builder.with(element);
                      }
                    }));
  }

  /** A call, the n-th of its name within a method, that is not made: it returns a constant. */
  static Bug callReturning(
      long value, String name, String className, String within, String callee, int occurrence) {
    return new Bug(
        name,
        className,
        (bytes, mutants) -> {
          int[] seen = {0};
          return mutants.transform(
              bytes,
              within,
              (code, element) -> {
                if (element instanceof InvokeInstruction call
                    && call.name().equalsString(callee)
                    && seen[0]++ == occurrence) {
                  mutants.changed++;
                  mutants.dropAll(code, call);
                  if (TypeKind.from(call.typeSymbol().returnType()) == TypeKind.LONG) {
                    code.loadConstant(value);
                  } else {
                    code.loadConstant((int) value);
                  }
                } else {
                  code.with(element);
                }
              });
        });
  }

  /** The calls of a method, within one method, are not made: they return an empty list. */
  static Bug callReturningNothing(String name, String className, String within, String callee) {
    return new Bug(
        name,
        className,
        (bytes, mutants) ->
            mutants.transform(
                bytes,
                within,
                (code, element) -> {
                  if (element instanceof InvokeInstruction call
                      && call.name().equalsString(callee)) {
                    mutants.changed++;
                    mutants.dropAll(code, call);
                    ClassDesc list = ClassDesc.of(List.class.getName());
                    code.invokestatic(list, "of", MethodTypeDesc.of(list), true);
                  } else {
                    code.with(element);
                  }
                }));
  }

  /** Calls of other methods instead, of the same type; given in pairs. */
  static Bug callingInstead(String name, String className, String within, String... pairs) {
    Map<String, String> instead = new HashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      instead.put(pairs[i], pairs[i + 1]);
    }
    return new Bug(
        name,
        className,
        (bytes, mutants) ->
            mutants.transform(
                bytes,
                within,
                (code, element) -> {
                  if (element instanceof InvokeInstruction call
                      && instead.containsKey(call.name().stringValue())) {
                    mutants.changed++;
                    code.invoke(
                        call.opcode(),
                        call.owner().asSymbol(),
                        instead.get(call.name().stringValue()),
                        call.typeSymbol(),
                        call.isInterface());
                  } else {
                    code.with(element);
                  }
                }));
  }

  /** One constant for another of the same class, in a method and in what it leaves for later. */
  static Bug constantInstead(
      String name, String className, String within, String constant, String instead) {
    return new Bug(
        name,
        className,
        (bytes, mutants) ->
            mutants.transform(
                bytes,
                method -> method.equals(within) || method.startsWith("lambda$" + within + "$"),
                (code, element) -> {
                  if (element instanceof FieldInstruction field
                      && field.opcode() == Opcode.GETSTATIC
                      && field.name().equalsString(constant)) {
                    mutants.changed++;
                    code.getstatic(field.owner().asSymbol(), instead, field.typeSymbol());
                  } else {
                    code.with(element);
                  }
                }));
  }

  private interface CodeChange {
    void accept(CodeBuilder code, CodeElement element);
  }

  private byte[] transform(byte[] bytes, String within, CodeChange change) {
    return transform(bytes, within::equals, change);
  }

  private byte[] transform(byte[] bytes, Predicate<String> within, CodeChange change) {
    return ClassFile.of()
        .transformClass(
            ClassFile.of().parse(bytes),
            ClassTransform.transformingMethodBodies(
                method -> within.test(method.methodName().stringValue()), change::accept));
  }

  private void dropArguments(CodeBuilder code, InvokeInstruction call) {
    if (TypeKind.from(call.typeSymbol().returnType()) != TypeKind.VOID) {
      throw new IllegalArgumentException(call + " returns something");
    }
    dropAll(code, call);
  }

  private void dropAll(CodeBuilder code, InvokeInstruction call) {
    MethodTypeDesc type = call.typeSymbol();
    for (int i = type.parameterCount() - 1; i >= 0; i--) {
      drop(code, type.parameterType(i));
    }
    if (call.opcode() != Opcode.INVOKESTATIC) {
      code.pop();
    }
  }

  private static void drop(CodeBuilder code, ClassDesc type) {
    if (TypeKind.from(type).slotSize() == 2) {
      code.pop2();
    } else {
      code.pop();
    }
  }

  /** The packages that are loaded anew. */
  private static final List<String> CHANGEABLE =
      List.of("store", "replication", "dispatcher", "cluster");

  /** Interfaces only, and the same for the simulation, which is loaded once. */
  private static final Set<String> SEAMS =
      Set.of(
          Seams.class.getName(),
          Time.class.getName(),
          Chance.class.getName(),
          Threads.class.getName());

  private static boolean isLoadedAnew(String name) {
    return !SEAMS.contains(name)
        && CHANGEABLE.stream().anyMatch(module -> name.startsWith(ROOT + module + "."));
  }

  private static String fullName(Bug bug) {
    return ROOT + (bug.className().contains(".") ? "" : "store.") + bug.className();
  }

  /**
   * Runs {@code look(from, seeds)} of a test class on the mutant.
   *
   * @return what it threw; null: it found nothing
   */
  static Throwable found(Bug bug, Class<?> test, long from, int seeds)
      throws ReflectiveOperationException {
    ClassLoader loader = load(bug);
    Method look = loader.loadClass(test.getName()).getDeclaredMethod("look", long.class, int.class);
    look.setAccessible(true);
    // The store looks there for the classes of what it reads.
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    Thread.currentThread().setContextClassLoader(loader);
    try {
      look.invoke(null, from, seeds);
      return null;
    } catch (InvocationTargetException e) {
      return e.getCause();
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
  }

  /** A class loader in which the store has this bug, and the test classes work on that store. */
  static ClassLoader load(Bug bug) {
    ClassLoader parent = Mutants.class.getClassLoader();
    String changedClass = fullName(bug);
    return new ClassLoader("store with " + bug.name(), parent) {
      @Override
      protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (!isLoadedAnew(name)) {
          return super.loadClass(name, resolve);
        }
        Class<?> loaded = findLoadedClass(name);
        return loaded != null ? loaded : define(name);
      }

      private Class<?> define(String name) throws ClassNotFoundException {
        byte[] bytes = bytes(parent, name);
        if (name.equals(changedClass)) {
          Mutants mutants = new Mutants();
          bytes = bug.change().apply(bytes, mutants);
          if (mutants.changed == 0) {
            throw new IllegalArgumentException("nothing to change for '" + bug.name() + "'");
          }
        }
        return defineClass(name, bytes, 0, bytes.length);
      }
    };
  }

  private static byte[] bytes(ClassLoader loader, String name) throws ClassNotFoundException {
    try (InputStream in = loader.getResourceAsStream(name.replace('.', '/') + ".class")) {
      return Objects.requireNonNull(in, name).readAllBytes();
    } catch (IOException e) {
      throw new ClassNotFoundException(name, e);
    }
  }
}
