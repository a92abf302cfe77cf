package io.hotpot.replication.rdma;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.ibm.disni.util.NativeAffinity;
import com.ibm.disni.verbs.RdmaCm;
import io.hotpot.replication.rdma.RdmaLibrary.Availability;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.lang.reflect.AccessFlag;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each thing that a machine may lack for RDMA is told in a sentence; nothing is thrown. */
class RdmaLibraryTest {

  private static final String EXPORT = "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED";
  private static final String NATIVE = "--enable-native-access=ALL-UNNAMED";
  private static final String DISPATCHER = "com.ibm.disni.verbs.impl.NativeDispatcher";
  private static final String AFFINITY = "com.ibm.disni.util.NativeAffinity";

  @TempDir private Path folder;

  @Test
  void anotherPlatformIsRefused() {
    assertThat(RdmaLibrary.judgePlatform("Linux", "amd64")).isEmpty();
    assertThat(RdmaLibrary.judgePlatform("Linux", "aarch64"))
        .contains("RDMA is for Linux amd64, this is Linux aarch64");
    assertThat(RdmaLibrary.judgePlatform("Mac OS X", "amd64")).isPresent();
  }

  @Test
  void missingFlagsAreNamed() {
    assertThat(RdmaLibrary.judgeFlags(true, true)).isEmpty();
    assertThat(RdmaLibrary.judgeFlags(false, true))
        .contains("RDMA needs a JVM started with --add-exports java.base/sun.nio.ch=ALL-UNNAMED");
    assertThat(RdmaLibrary.judgeFlags(true, false))
        .contains("RDMA needs a JVM started with --enable-native-access=ALL-UNNAMED");
  }

  @Test
  void aBuildWithoutTheLibraryTellsWhatItsBuilderLacked() {
    assertThat(RdmaLibrary.judgeBuild(true, Optional.empty())).isEmpty();
    assertThat(RdmaLibrary.judgeBuild(false, Optional.of("there is no infiniband/verbs.h\n")))
        .contains(
            "Hotpot was built without its native library for RDMA (there is no"
                + " infiniband/verbs.h); build it anew where gcc, libibverbs-dev and librdmacm-dev"
                + " are installed");
    assertThat(RdmaLibrary.judgeBuild(false, Optional.empty())).isPresent();
  }

  @Test
  void missingLibrariesAreNamedWithTheirPackages() {
    assertThat(
            RdmaLibrary.judgeLinker(
                "/tmp/libdisni123.so: librdmacm.so.1: cannot open shared object file: No such file"
                    + " or directory"))
        .isEqualTo(
            "the native library for RDMA does not load (librdmacm.so.1: cannot open shared object"
                + " file: No such file or directory); on Debian or Ubuntu: apt-get install"
                + " librdmacm1 libibverbs1 ibverbs-providers");
    assertThat(RdmaLibrary.judgeLinker("no colon")).contains("(no colon)").doesNotContain("apt");
  }

  @Test
  void devicesAndTheirConnectionManagerAreNeeded() {
    assertThat(RdmaLibrary.judgeDevices(List.of(), true, true))
        .satisfies(
            availability -> {
              assertThat(availability.isAvailable()).isFalse();
              assertThat(availability.reason())
                  .startsWith("there is no RDMA device")
                  .contains("rdma link add rxe0 type rxe");
            });
    assertThat(RdmaLibrary.judgeDevices(List.of("rxe0"), false, false).reason())
        .isEqualTo("there is no /dev/infiniband/rdma_cm; as root: modprobe rdma_ucm");
    assertThat(RdmaLibrary.judgeDevices(List.of("rxe0"), true, false).isAvailable()).isFalse();
    assertThat(RdmaLibrary.judgeDevices(List.of("rxe1", "mlx5_0"), true, true))
        .isEqualTo(new Availability(true, "RDMA devices: mlx5_0, rxe1"));
  }

  /** Also that the library is built where it can be: its builder may leave it out, and say so. */
  @Test
  void theLibraryIsBuiltWhereItCanBe() {
    boolean canBuild =
        Files.exists(Path.of("/usr/bin/gcc"))
            && Files.exists(Path.of("/usr/include/infiniband/verbs.h"))
            && Files.exists(Path.of("/usr/include/rdma/rdma_cma.h"))
            && System.getProperty("os.arch").equals("amd64");
    assumeTrue(canBuild, "needs gcc, libibverbs-dev and librdmacm-dev");
    assertThat(library()).exists();
  }

  @Test
  void theLibraryHasAllNativesOfDisni() throws IOException {
    assumeTrue(Files.exists(library()), "the library is not built");
    List<String> missing = new ArrayList<>();
    int natives = 0;
    try (Arena arena = Arena.ofConfined()) {
      SymbolLookup symbols = SymbolLookup.libraryLookup(library(), arena);
      for (String name : List.of(DISPATCHER, AFFINITY)) {
        // Read, not loaded: that would be use of DiSNI before it is prepared.
        for (MethodModel method : ClassFile.of().parse(classFile(name)).methods()) {
          if (method.flags().has(AccessFlag.NATIVE)) {
            natives++;
            String symbol = symbol(name, method.methodName().stringValue());
            if (symbols.find(symbol).isEmpty()) {
              missing.add(symbol);
            }
          }
        }
      }
      assertThat(symbols.find(symbol(DISPATCHER, "_unknown"))).isEmpty();
    }
    assertThat(missing).isEmpty();
    assertThat(natives).isEqualTo(50);
  }

  /** What lacks costs RDMA, never the build. */
  @Test
  void theBuilderLeavesTheLibraryOutWithAReason() throws Exception {
    assumeTrue(System.getProperty("os.name").equals("Linux"), "the build runs on Linux only");
    assertThat(leftOut("/no/such/compiler")).startsWith("there is no C compiler");
    assertThat(leftOut("false"))
        .startsWith("there is no rdma/rdma_cma.h")
        .contains("librdmacm-dev");
  }

  private String leftOut(String compiler) throws IOException, InterruptedException {
    Path target = folder.resolve("target/classes/native/linux-amd64");
    ProcessBuilder builder =
        new ProcessBuilder(
                "sh",
                Path.of("src/main/c/build.sh").toString(),
                System.getProperty("java.home"),
                target.toString())
            .redirectErrorStream(true);
    builder.environment().put("CC", compiler);
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    String reason = Files.readString(target.resolve("not-built.txt"));
    assertThat(said.strip()).isEqualTo("RDMA is left out of this build: " + reason.strip());
    return reason;
  }

  @Test
  void onlyTheLoadingIsTakenOutOfDisnisClass() throws IOException {
    for (String name : List.of(DISPATCHER, AFFINITY)) {
      List<String> calls = calls(classFile(name));
      assertThat(calls).contains("loadLibrary");
      calls.remove("loadLibrary");
      assertThat(calls(RdmaLibrary.withoutLoading(classFile(name)))).isEqualTo(calls);
    }
  }

  @Test
  void theLibraryLoadsAndLeavesNoFile() throws Exception {
    assumeTrue(Files.exists(library()), "the library is not built");
    List<String> said = run(EXPORT, NATIVE);
    assertThat(said).last().satisfies(line -> assertThat(line).startsWith("loaded"));
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void aJvmWithoutFlagsGetsASentence() throws Exception {
    assertThat(run("-Dnone"))
        .last()
        .asString()
        .isEqualTo(
            "false RDMA needs a JVM started with --add-exports java.base/sun.nio.ch=ALL-UNNAMED"
                + " --enable-native-access=ALL-UNNAMED");
    assertThat(run(EXPORT, NATIVE, "-Dos.arch=riscv64"))
        .last()
        .asString()
        .isEqualTo("false RDMA is for Linux amd64, this is Linux riscv64");
  }

  @Test
  void aMachineWithoutDevicesGetsASentence() {
    assumeTrue(Files.exists(library()), "the library is not built");
    assumeTrue(Files.notExists(Path.of("/sys/class/infiniband")), "this machine has RDMA");
    assertThat(RdmaLibrary.availability().isAvailable()).isFalse();
    assertThat(RdmaLibrary.availability().reason()).startsWith("there is no RDMA device");
  }

  /** DiSNI in use before Hotpot has prepared it cannot be mended, and is told. */
  @Test
  void disniInUseBeforeIsTold() throws Exception {
    assumeTrue(Files.exists(library()), "the library is not built");
    assertThat(run(EXPORT, NATIVE, "-Ddisni.first=true"))
        .last()
        .asString()
        .startsWith("false DiSNI was used before Hotpot could prepare it");
  }

  private static Path library() {
    return Path.of("target/classes/native/linux-amd64/libdisni.so").toAbsolutePath();
  }

  private static String symbol(String owner, String method) {
    return "Java_" + owner.replace('.', '_') + "_" + method.replace("_", "_1");
  }

  private static byte[] classFile(String name) throws IOException {
    try (InputStream file =
        RdmaLibrary.class.getResourceAsStream("/" + name.replace('.', '/') + ".class")) {
      return file.readAllBytes();
    }
  }

  private static List<String> calls(byte[] classFile) {
    List<String> calls = new ArrayList<>();
    ClassFile.of()
        .parse(classFile)
        .methods()
        .forEach(
            method ->
                method
                    .code()
                    .ifPresent(
                        code ->
                            code.forEach(
                                element -> {
                                  if (element instanceof InvokeInstruction call) {
                                    calls.add(call.name().stringValue());
                                  }
                                })));
    return calls;
  }

  /** What {@link Asks} prints in a JVM of its own. */
  private List<String> run(String... options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(Arrays.asList(options));
    command.addAll(
        List.of(
            "-Djava.io.tmpdir=" + folder,
            "-XX:-UsePerfData",
            "-cp",
            System.getProperty("java.class.path")
                + File.pathSeparator
                + Path.of("target/classes").toAbsolutePath(),
            Asks.class.getName()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    List<String> said =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .toList();
    assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
    return said;
  }

  /** A process that asks for RDMA. */
  static final class Asks {
    private Asks() {}

    public static void main(String[] args) throws ReflectiveOperationException, IOException {
      if (Boolean.getBoolean("disni.first")) {
        Class.forName(DISPATCHER, false, Asks.class.getClassLoader());
      }
      Availability availability = RdmaLibrary.availability();
      System.out.println(availability.isAvailable() + " " + availability.reason());
      if (RdmaLibrary.obstacle().isEmpty()) {
        // Where DiSNI asks for the library's version and layout.
        RdmaCm.open();
        System.out.println("loaded, affinity " + NativeAffinity.getAffinity());
      }
    }
  }
}
