package io.hotpot.replication.rdma;

import com.ibm.disni.util.MemoryUtils;
import com.ibm.disni.verbs.impl.NatObject;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.invoke.MethodHandles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The native library that DiSNI needs, and whether RDMA can be used here: loaded once, when
 * somebody first asks.
 *
 * <p>DiSNI's jar holds no native library; Hotpot's holds one for linux-amd64 if it was built where
 * gcc and rdma-core's headers were. DiSNI would look for it on {@code java.library.path}, which
 * cannot be changed in a running JVM. So its two classes that do so are defined here without that
 * step, and the library is loaded from a file that is removed at once. <b>Ask {@link #availability}
 * before any other class of DiSNI is used.</b>
 *
 * <p>Thread-safety: all methods from any thread.
 */
public final class RdmaLibrary {

  /**
   * Whether RDMA can be used in this process.
   *
   * @param isAvailable true if the library is loaded and there is a device
   * @param reason what is missing and how to get it, as one sentence for a message; where it is
   *     available, which devices there are
   */
  public record Availability(boolean isAvailable, String reason) {}

  private static final String FOLDER = "/native/linux-amd64/";
  private static final String LIBRARY = FOLDER + "libdisni.so";
  private static final String NOT_BUILT = FOLDER + "not-built.txt";

  /** Where the connection manager of the kernel is reached. */
  private static final Path CONNECTION_MANAGER = Path.of("/dev/infiniband/rdma_cm");

  private static final class Loaded {
    static final Optional<String> OBSTACLE = load();
  }

  private RdmaLibrary() {}

  /**
   * Whether RDMA can be used here, and why not. Loads the library at the first call; looks for
   * devices at each one.
   */
  public static Availability availability() {
    if (Loaded.OBSTACLE.isPresent()) {
      return new Availability(false, Loaded.OBSTACLE.get());
    }
    try {
      return judgeDevices(
          List.of(NativeVerbs.deviceNames()),
          Files.exists(CONNECTION_MANAGER),
          Files.isReadable(CONNECTION_MANAGER) && Files.isWritable(CONNECTION_MANAGER));
    } catch (IOException e) {
      return new Availability(false, "RDMA devices cannot be listed: " + e.getMessage());
    }
  }

  /** Why the library cannot be used in this JVM, whatever devices there are; empty if it can. */
  static Optional<String> obstacle() {
    return Loaded.OBSTACLE;
  }

  private static Optional<String> load() {
    Module module = RdmaLibrary.class.getModule();
    return judgePlatform(System.getProperty("os.name"), System.getProperty("os.arch"))
        .or(
            () ->
                judgeFlags(
                    Object.class.getModule().isExported("sun.nio.ch", module),
                    module.isNativeAccessEnabled()))
        .or(RdmaLibrary::loadLibrary);
  }

  static Optional<String> judgePlatform(String system, String architecture) {
    return system.equals("Linux") && architecture.equals("amd64")
        ? Optional.empty()
        : Optional.of("RDMA is for Linux amd64, this is " + system + " " + architecture);
  }

  static Optional<String> judgeFlags(boolean areBuffersExported, boolean isNativeAccessEnabled) {
    if (areBuffersExported && isNativeAccessEnabled) {
      return Optional.empty();
    }
    return Optional.of(
        "RDMA needs a JVM started with"
            + (areBuffersExported ? "" : " --add-exports java.base/sun.nio.ch=ALL-UNNAMED")
            + (isNativeAccessEnabled ? "" : " --enable-native-access=ALL-UNNAMED"));
  }

  /** What the builder of this jar lacked, if he left a note. */
  static Optional<String> judgeBuild(boolean isPacked, Optional<String> note) {
    return isPacked
        ? Optional.empty()
        : Optional.of(
            "Hotpot was built without its native library for RDMA"
                + note.map(text -> " (" + text.strip() + ")").orElse("")
                + "; build it anew where gcc, libibverbs-dev and librdmacm-dev are installed");
  }

  /** What the linker says, and what to install where it is what misses most often. */
  static String judgeLinker(String message) {
    // The linker puts the library's temporary name before what it misses.
    int colon = message.indexOf(": ");
    String complaint = colon < 0 ? message : message.substring(colon + 2);
    return "the native library for RDMA does not load ("
        + complaint
        + ")"
        + (complaint.startsWith("librdmacm") || complaint.startsWith("libibverbs")
            ? "; on Debian or Ubuntu: apt-get install librdmacm1 libibverbs1 ibverbs-providers"
            : "");
  }

  static Availability judgeDevices(
      List<String> devices, boolean isConnectionManagerThere, boolean mayUseConnectionManager) {
    if (devices.isEmpty()) {
      return new Availability(
          false,
          "there is no RDMA device; it takes a network card with RDMA and its driver, or for tests"
              + " soft RDMA (as root: modprobe rdma_rxe; rdma link add rxe0 type rxe netdev eth0)");
    }
    if (!isConnectionManagerThere) {
      return new Availability(
          false, "there is no " + CONNECTION_MANAGER + "; as root: modprobe rdma_ucm");
    }
    if (!mayUseConnectionManager) {
      return new Availability(
          false,
          CONNECTION_MANAGER + " may not be read and written by this user; its administrator can");
    }
    return new Availability(
        true, "RDMA devices: " + String.join(", ", devices.stream().sorted().toList()));
  }

  private static Optional<String> loadLibrary() {
    try (InputStream packed = RdmaLibrary.class.getResourceAsStream(LIBRARY)) {
      if (packed == null) {
        return judgeBuild(false, note());
      }
      // A library's natives are found by the classes of one loader only.
      if (!Objects.equals(MemoryUtils.class.getClassLoader(), RdmaLibrary.class.getClassLoader())) {
        return Optional.of("RDMA needs DiSNI and Hotpot in the same class loader");
      }
      defineWithoutLoading(NatObject.class, "com/ibm/disni/verbs/impl/NativeDispatcher");
      defineWithoutLoading(MemoryUtils.class, "com/ibm/disni/util/NativeAffinity");
      Path library = Files.createTempFile("libdisni", ".so");
      try {
        Files.copy(packed, library, StandardCopyOption.REPLACE_EXISTING);
        load(library);
      } finally {
        Files.deleteIfExists(library);
      }
      return RdmaLayout.obstacle(NativeVerbs.layout());
    } catch (IOException e) {
      return Optional.of("the native library for RDMA cannot be unpacked: " + e);
    } catch (UnsatisfiedLinkError e) {
      return Optional.of(judgeLinker(String.valueOf(e.getMessage())));
    } catch (LinkageError e) {
      return Optional.of("DiSNI was used before Hotpot could prepare it: " + e.getMessage());
    } catch (IllegalAccessException e) {
      return Optional.of("this is not the DiSNI that Hotpot knows: " + e.getMessage());
    }
  }

  @SuppressWarnings("restricted")
  private static void load(Path library) {
    System.load(library.toString());
  }

  private static Optional<String> note() throws IOException {
    try (InputStream note = RdmaLibrary.class.getResourceAsStream(NOT_BUILT)) {
      return note == null
          ? Optional.empty()
          : Optional.of(new String(note.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  /** Defines a class of DiSNI, beside a neighbour of its package, that loads no library. */
  private static void defineWithoutLoading(Class<?> neighbour, String name)
      throws IOException, IllegalAccessException {
    try (InputStream original = neighbour.getResourceAsStream("/" + name + ".class")) {
      if (original == null) {
        throw new IllegalAccessException("it has no " + name);
      }
      MethodHandles.privateLookupIn(neighbour, MethodHandles.lookup())
          .defineClass(withoutLoading(original.readAllBytes()));
    }
  }

  /** A class file whose calls of {@code System.loadLibrary} are taken out. */
  static byte[] withoutLoading(byte[] classFile) {
    CodeTransform dropCalls =
        (code, element) -> {
          if (element instanceof InvokeInstruction call
              && call.owner().asInternalName().equals("java/lang/System")
              && call.name().equalsString("loadLibrary")) {
            code.pop();
          } else {
            code.with(element);
          }
        };
    ClassFile classes = ClassFile.of();
    return classes.transformClass(
        classes.parse(classFile), ClassTransform.transformingMethodBodies(dropCalls));
  }
}
