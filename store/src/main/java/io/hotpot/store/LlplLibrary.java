package io.hotpot.store;

import com.intel.pmem.llpl.Util;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * LLPL's native library and libpmemobj under it: loaded once, when a heap first needs them.
 *
 * <p>LLPL would unpack its library into a file that every killed process leaves behind; here the
 * file is removed as soon as it is loaded.
 *
 * <p>Thread-safety: all methods from any thread.
 */
final class LlplLibrary {

  private static final String RESOURCE = "/com/intel/pmem/llpl/linux/amd64/libllpl.so";
  private static final String INSTALL =
      "; on Debian or Ubuntu: apt-get install libpmemobj1 libpmem1 libpmempool1";
  private static final Pattern SOURCE_VERSION =
      Pattern.compile("src version: ([0-9]+(\\.[0-9]+)*)");
  private static final String OLDEST = "1.12.1";

  private static final class Loaded {
    static final String VERSION;
    static final Optional<String> OBSTACLE;

    static {
      String version = "";
      Optional<String> obstacle = load();
      if (obstacle.isEmpty()) {
        version = readVersion();
        obstacle = judgeVersion(version);
      }
      VERSION = version;
      OBSTACLE = obstacle;
    }
  }

  private LlplLibrary() {}

  /** Why LLPL cannot be used here, for a message; empty if it can. Loads the library. */
  static Optional<String> obstacle() {
    return Loaded.OBSTACLE;
  }

  /**
   * Why the JVM would complain on the user's screen if native code were used; empty if it will not.
   */
  static Optional<String> warning() {
    return LlplLibrary.class.getModule().isNativeAccessEnabled()
        ? Optional.empty()
        : Optional.of(
            "native code is not enabled; start the JVM with --enable-native-access=ALL-UNNAMED");
  }

  /** The version of libpmemobj; empty if unknown. */
  static String version() {
    return Loaded.VERSION;
  }

  private static Optional<String> load() {
    String system = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    if (!system.equals("Linux amd64")) {
      return Optional.of("LLPL is for Linux amd64, this is " + system);
    }
    try (InputStream packed = Util.class.getResourceAsStream(RESOURCE)) {
      if (packed == null) {
        return Optional.of("the LLPL jar holds no " + RESOURCE);
      }
      Path library = Files.createTempFile("libllpl", ".so");
      try {
        Files.copy(packed, library, StandardCopyOption.REPLACE_EXISTING);
        load(library);
      } finally {
        Files.deleteIfExists(library);
      }
      // LLPL must not unpack and load a second copy.
      MethodHandles.privateLookupIn(Util.class, MethodHandles.lookup())
          .findStaticVarHandle(Util.class, "loaded", boolean.class)
          .set(true);
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of("LLPL's native library cannot be unpacked: " + e);
    } catch (UnsatisfiedLinkError e) {
      return Optional.of(
          "LLPL's native library does not load ("
              + withoutFile(String.valueOf(e.getMessage()))
              + ")"
              + INSTALL);
    } catch (ReflectiveOperationException e) {
      return Optional.of("this is not the version of LLPL that Hotpot knows: " + e.getMessage());
    }
  }

  @SuppressWarnings("restricted")
  private static void load(Path library) {
    System.load(library.toString());
  }

  /** The linker puts the library's temporary name before what it misses. */
  private static String withoutFile(String message) {
    int colon = message.indexOf(": ");
    return colon < 0 ? message : message.substring(colon + 2);
  }

  /** libpmemobj tells its version nowhere but in a constant that is meant for a human reader. */
  private static String readVersion() {
    try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
      Optional<String> library =
          maps.filter(line -> line.contains("/libpmemobj.so"))
              .map(line -> line.substring(line.indexOf('/')))
              .findFirst();
      return library.isEmpty() ? "" : version(Files.readAllBytes(Path.of(library.get())));
    } catch (IOException e) {
      return "";
    }
  }

  /** The version that a library's bytes speak of; empty if none. */
  static String version(byte[] library) {
    Matcher matcher = SOURCE_VERSION.matcher(new String(library, StandardCharsets.ISO_8859_1));
    return matcher.find() ? matcher.group(1) : "";
  }

  /** Refuses a version with known faults; one that is not known gets the benefit of the doubt. */
  static Optional<String> judgeVersion(String version) {
    if (version.isEmpty()
        || Runtime.Version.parse(version).compareTo(Runtime.Version.parse(OLDEST)) >= 0) {
      return Optional.empty();
    }
    return Optional.of("libpmemobj is " + version + ", expected at least " + OLDEST);
  }
}
