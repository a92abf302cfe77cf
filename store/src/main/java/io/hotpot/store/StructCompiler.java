package io.hotpot.store;

import static java.lang.constant.ConstantDescs.CD_MethodHandle;
import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_String;
import static java.lang.constant.ConstantDescs.CD_Throwable;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.DynamicConstantDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Makes a class that writes and reads the values of one class of the application, straight-line:
 *
 * <pre>
 *  void write(types, out, value, depth):          Object read(reader, in, depth):
 *    out.writeSigned(getter0(value))                return constructor(
 *    out.writeNullableText(getter1(value))              in.readSignedLong(),
 *    ValueWriter.any(types, out,                        in.readNullableText(),
 *        getter2(value), depth + 1)                     reader.any(in, depth + 1))
 * </pre>
 *
 * <p>The class is hidden and one of this package, so it sees what this package sees and nothing of
 * it becomes public. The application's class it reaches only through method handles, which are its
 * class data: constants, which the JIT compiles like direct calls. It goes when the class of the
 * application goes.
 */
final class StructCompiler {

  /** Constructors are called with at most this many words; the JVM's limit is 255 with all. */
  private static final int MAX_WORDS = 200;

  private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();

  private static final ClassDesc TYPES = desc(TypeRegistry.class);
  private static final ClassDesc ENCODER = desc(Encoder.class);
  private static final ClassDesc DECODER = desc(Decoder.class);
  private static final ClassDesc READER = desc(ValueReader.class);
  private static final ClassDesc WRITER = desc(ValueWriter.class);
  private static final ClassDesc BINDING = desc(TypeBinding.class);
  private static final ClassDesc MISMATCH = desc(TypeMismatch.class);
  private static final ClassDesc PLAIN = desc(PlainStruct.class);

  private static final DirectMethodHandleDesc CLASS_DATA =
      ConstantDescs.ofConstantBootstrap(
          desc(MethodHandles.class), "classDataAt", CD_Object, CD_int);

  private final TypeBinding binding;

  /** What the class refers to by number: its class data. The first is the binding. */
  private final List<Object> data = new ArrayList<>();

  private StructCompiler(TypeBinding binding) {
    this.binding = binding;
    data.add(binding);
  }

  private static ClassDesc desc(Class<?> type) {
    return type.describeConstable().orElseThrow();
  }

  /**
   * What writes a record or class, and reads its values of the schema that its binding drafts.
   *
   * @return a {@link StructWriter} that is a {@link StructReader} too
   */
  static StructWriter compile(TypeBinding binding) {
    int words =
        binding.parts.stream().mapToInt(part -> TypeKind.from(part.carrier()).slotSize()).sum();
    return words > MAX_WORDS ? new PlainStruct(binding) : new StructCompiler(binding).define();
  }

  private StructWriter define() {
    String name = StructCompiler.class.getPackageName() + ".Struct$" + binding.type.getSimpleName();
    byte[] bytes =
        ClassFile.of()
            .build(
                ClassDesc.of(name),
                type ->
                    type.withFlags(ClassFile.ACC_FINAL)
                        .withInterfaceSymbols(desc(StructWriter.class), desc(StructReader.class))
                        .withMethodBody(
                            ConstantDescs.INIT_NAME,
                            ConstantDescs.MTD_void,
                            0,
                            code ->
                                code.aload(0)
                                    .invokespecial(
                                        CD_Object, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
                                    .return_())
                        .withMethodBody(
                            "write",
                            MethodTypeDesc.of(CD_void, TYPES, ENCODER, CD_Object, CD_int),
                            ClassFile.ACC_PUBLIC,
                            this::write)
                        .withMethodBody(
                            "read",
                            MethodTypeDesc.of(CD_Object, READER, DECODER, CD_int),
                            ClassFile.ACC_PUBLIC,
                            this::read));
    try {
      MethodHandles.Lookup hidden =
          LOOKUP.defineHiddenClassWithClassData(bytes, List.copyOf(data), true);
      MethodHandle constructor =
          hidden.findConstructor(hidden.lookupClass(), MethodType.methodType(void.class));
      return (StructWriter) constructor.invoke();
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("the codec of " + binding.type + " cannot be made", e);
    }
  }

  /** Pushes an object of the class data. */
  private static void load(CodeBuilder code, int index, ClassDesc type) {
    code.loadConstant(
        DynamicConstantDesc.ofNamed(CLASS_DATA, ConstantDescs.DEFAULT_NAME, type, index));
  }

  private void load(CodeBuilder code, MethodHandle handle) {
    data.add(handle);
    load(code, data.size() - 1, CD_MethodHandle);
  }

  private static void invoke(CodeBuilder code, MethodHandle handle) {
    code.invokevirtual(
        CD_MethodHandle, "invokeExact", handle.type().describeConstable().orElseThrow());
  }

  // ---- writing: 1 types, 2 out, 3 value, 4 depth, 5 the component that is being written

  private void write(CodeBuilder code) {
    code.iconst_0().istore(5);
    code.trying(
        body -> {
          for (int i = 0; i < binding.parts.size(); i++) {
            writePart(body, i);
          }
          body.return_();
        },
        catches ->
            catches.catching(
                MISMATCH,
                handler -> {
                  handler.astore(6);
                  load(handler, 0, BINDING);
                  handler
                      .aload(6)
                      .iload(5)
                      .invokestatic(
                          PLAIN,
                          "inComponent",
                          MethodTypeDesc.of(MISMATCH, BINDING, MISMATCH, CD_int))
                      .athrow();
                }));
  }

  private void writePart(CodeBuilder code, int index) {
    TypeBinding.Part part = binding.parts.get(index);
    boolean any = part.shape() == Shape.ANY;
    if (any) {
      code.loadConstant(index).istore(5).aload(1);
    }
    code.aload(2);
    load(code, part.getter());
    code.aload(3);
    invoke(code, part.getter());
    if (any) {
      code.iload(4)
          .iconst_1()
          .iadd()
          .invokestatic(
              WRITER, "any", MethodTypeDesc.of(CD_void, TYPES, ENCODER, CD_Object, CD_int));
      return;
    }
    if (part.shape() == Shape.STRING) {
      code.checkcast(CD_String);
    }
    ClassDesc parameter =
        switch (part.shape()) {
          case BYTE -> CD_int;
          case STRING -> CD_String;
          default -> desc(part.carrier());
        };
    code.invokevirtual(ENCODER, writer(part.shape()), MethodTypeDesc.of(CD_void, parameter));
  }

  private static String writer(Shape shape) {
    return switch (shape) {
      case BOOLEAN -> "writeBoolean";
      case BYTE -> "writeByte";
      case SHORT -> "writeShort";
      case CHAR -> "writeChar";
      case INT, LONG -> "writeSigned";
      case FLOAT -> "writeFloat";
      case DOUBLE -> "writeDouble";
      case STRING -> "writeNullableText";
      case ANY -> throw new IllegalStateException("written by ValueWriter");
    };
  }

  // ---- reading: 1 reader, 2 in, 3 depth, 4 the object

  private void read(CodeBuilder code) {
    MethodHandle constructor = Objects.requireNonNull(binding.constructor);
    load(code, constructor);
    if (binding.kind == Schema.Kind.RECORD) {
      binding.parts.forEach(part -> readPart(code, part));
      guarded(code, body -> invoke(body, constructor));
    } else {
      guarded(code, body -> invoke(body, constructor));
      code.astore(4);
      for (TypeBinding.Part part : binding.parts) {
        MethodHandle setter = Objects.requireNonNull(part.setter());
        load(code, setter);
        code.aload(4);
        readPart(code, part);
        guarded(code, body -> invoke(body, setter));
      }
      code.aload(4);
    }
    code.areturn();
  }

  private static void readPart(CodeBuilder code, TypeBinding.Part part) {
    if (part.shape() == Shape.ANY) {
      code.aload(1)
          .aload(2)
          .iload(3)
          .iconst_1()
          .iadd()
          .invokevirtual(READER, "any", MethodTypeDesc.of(CD_Object, DECODER, CD_int));
      return;
    }
    ClassDesc result = part.shape() == Shape.STRING ? CD_String : desc(part.carrier());
    code.aload(2).invokevirtual(DECODER, reader(part.shape()), MethodTypeDesc.of(result));
  }

  private static String reader(Shape shape) {
    return switch (shape) {
      case BOOLEAN -> "readBoolean";
      case BYTE -> "readByte";
      case SHORT -> "readShort";
      case CHAR -> "readChar";
      case INT -> "readSigned";
      case LONG -> "readSignedLong";
      case FLOAT -> "readFloat";
      case DOUBLE -> "readDouble";
      case STRING -> "readNullableText";
      case ANY -> throw new IllegalStateException("read by ValueReader");
    };
  }

  /** What the application's code throws becomes an exception that says so. */
  private static void guarded(CodeBuilder code, Consumer<CodeBuilder> call) {
    code.trying(
        call::accept,
        catches ->
            catches.catching(
                CD_Throwable,
                handler -> {
                  handler.astore(5);
                  load(handler, 0, BINDING);
                  handler
                      .aload(5)
                      .invokestatic(
                          BINDING,
                          "notCreated",
                          MethodTypeDesc.of(desc(RuntimeException.class), BINDING, CD_Throwable))
                      .athrow();
                }));
  }
}
