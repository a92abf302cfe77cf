package io.hotpot.replication;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.InvokeInstruction;
import java.util.Objects;

/**
 * A copy of the protocol in which one call, within one method, gives a constant instead; in a class
 * loader of its own. To show that the runs would find it.
 *
 * @param className of the package, without it
 * @param within the method that makes the call
 * @param callee what is not called
 * @param result what it seems to give; of no meaning where it gives nothing
 */
record PlantedBug(String name, String className, String within, String callee, long result) {

  private static final String PACKAGE = "io.hotpot.replication.";
  private static final String USERS = "io.hotpot.dispatcher.";

  @Override
  public String toString() {
    return name;
  }

  ClassLoader load() {
    ClassLoader parent = Objects.requireNonNull(PlantedBug.class.getClassLoader());
    return new ClassLoader("protocol with " + name, parent) {
      @Override
      protected Class<?> loadClass(String of, boolean resolve) throws ClassNotFoundException {
        if (!of.startsWith(PACKAGE) && !of.startsWith(USERS)) {
          return super.loadClass(of, resolve);
        }
        Class<?> loaded = findLoadedClass(of);
        if (loaded != null) {
          return loaded;
        }
        byte[] bytes = bytes(parent, of);
        if (of.equals(PACKAGE + className)) {
          bytes = planted(bytes);
        }
        return defineClass(of, bytes, 0, bytes.length);
      }
    };
  }

  private static byte[] bytes(ClassLoader parent, String of) throws ClassNotFoundException {
    try (InputStream in = parent.getResourceAsStream(of.replace('.', '/') + ".class")) {
      if (in == null) {
        throw new ClassNotFoundException(of);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new ClassNotFoundException(of, e);
    }
  }

  private byte[] planted(byte[] bytes) {
    int[] changed = {0};
    byte[] planted =
        ClassFile.of()
            .transformClass(
                ClassFile.of().parse(bytes),
                ClassTransform.transformingMethodBodies(
                    this::isWithin,
                    (code, element) -> {
                      if (element instanceof InvokeInstruction call
                          && call.name().equalsString(callee)) {
                        changed[0]++;
                        dropArguments(code, call);
                        giveResult(code, call);
                      } else {
                        code.with(element);
                      }
                    }));
    if (changed[0] != 1) {
      throw new IllegalStateException(
          className + "." + within + " calls " + callee + " " + changed[0] + " times, expected 1");
    }
    return planted;
  }

  private boolean isWithin(MethodModel method) {
    return method.methodName().equalsString(within);
  }

  private static void dropArguments(CodeBuilder code, InvokeInstruction call) {
    var type = call.typeSymbol();
    for (int i = type.parameterCount() - 1; i >= 0; i--) {
      if (TypeKind.from(type.parameterType(i)).slotSize() == 2) {
        code.pop2();
      } else {
        code.pop();
      }
    }
    if (call.opcode() != Opcode.INVOKESTATIC) {
      code.pop();
    }
  }

  private void giveResult(CodeBuilder code, InvokeInstruction call) {
    switch (TypeKind.from(call.typeSymbol().returnType())) {
      case VOID -> {}
      case LONG -> code.loadConstant(result);
      case INT, BOOLEAN -> code.loadConstant((int) result);
      default -> throw new IllegalStateException("no constant for " + call);
    }
  }
}
