package io.hotpot.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A device-DAX device: memory without a file system over it, that a process can do nothing with but
 * map it. Peers can be let write to it where files on persistent memory cannot be registered with a
 * network device.
 *
 * @param path of its node, {@code /dev/daxX.Y}, free of symbolic links
 * @param bytes how long it is
 * @param isPersistent whether it is memory of an NVDIMM, and flushed caches are durable; there are
 *     devices of the same kind in volatile memory
 */
record DaxDevice(Path path, long bytes, boolean isPersistent) {

  /** LLPL takes it for a device by this beginning of its name. */
  static final String PREFIX = "/dev/dax";

  private static final Path KERNEL = Path.of("/sys/dev/char");
  private static final int KIND_MASK = 0170000;
  private static final int CHARACTER_DEVICE = 0020000;

  /**
   * Asks the kernel for a device.
   *
   * @param what names the device's part, for messages: "option device"
   * @throws MisuseException if it is none
   */
  static DaxDevice find(Path path, String what) throws IOException {
    return find(path, what, KERNEL);
  }

  /**
   * @param kernel a directory with an entry {@code MAJOR:MINOR} for each character device
   */
  static DaxDevice find(Path path, String what, Path kernel) throws IOException {
    String named = what + " is " + path;
    if (!Files.exists(path)) {
      throw refused(named, "which does not exist");
    }
    if (((int) Files.getAttribute(path, "unix:mode") & KIND_MASK) != CHARACTER_DEVICE) {
      throw refused(named, "which is not a character device");
    }
    Path entry =
        kernel.resolve(number(((Number) Files.getAttribute(path, "unix:rdev")).longValue()));
    Path subsystem = entry.resolve("subsystem");
    if (!Files.exists(subsystem) || !subsystem.toRealPath().endsWith("dax")) {
      throw refused(named, "which is a character device, but not one of DAX");
    }
    Path node = path.toRealPath();
    if (kernel.equals(KERNEL) && !node.toString().startsWith(PREFIX)) {
      throw refused(named, "whose name does not begin with " + PREFIX + ", as LLPL expects it");
    }
    long bytes = Long.parseLong(Files.readString(entry.resolve("size")).strip());
    return new DaxDevice(node, bytes, isPersistent(entry.toRealPath()));
  }

  /**
   * Devices of NVDIMMs stand below their bus. Those of a hypervisor's virtual device are durable
   * only by a call that a mapped device has not.
   */
  private static boolean isPersistent(Path entry) {
    boolean isNvdimm = false;
    for (Path part : entry) {
      isNvdimm |= part.toString().startsWith("ndbus");
      if (part.toString().startsWith("virtio")) {
        return false;
      }
    }
    return isNvdimm;
  }

  /** As the kernel's directory has it; Linux packs both numbers into one. */
  static String number(long rdev) {
    long major = ((rdev >>> 8) & 0xfff) | ((rdev >>> 32) & ~0xfffL);
    long minor = (rdev & 0xff) | ((rdev >>> 12) & 0xffffff00L);
    return major + ":" + minor;
  }

  private static MisuseException refused(String named, String problem) {
    return new MisuseException(
        named
            + ", "
            + problem
            + "; expected the node of a namespace of mode devdax, such as /dev/dax0.0: 'ndctl list' shows"
            + " them; nothing was changed");
  }
}
