package io.hotpot.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What {@code heap.pool} holds where the heap itself lies on a device: a pool set of PMDK, which
 * its tools understand, with one part. A comment names the store, since devices may be numbered in
 * another way after the machine has been changed.
 *
 * <pre>
 *  PMEMPOOLSET
 *  # Hotpot store 00c0ffee00c0ffee
 *  AUTO /dev/dax0.0
 * </pre>
 *
 * @param storeId empty if an administrator has written the file without it
 */
record PoolSet(Path device, OptionalLong storeId) {

  private static final String SIGNATURE = "PMEMPOOLSET";
  private static final String STORE = "# Hotpot store ";
  private static final String PART = "AUTO ";
  private static final int MAX_BYTES = 4096;

  /**
   * Reads a file that may be one; empty if it is a heap itself.
   *
   * @throws NotAStore if it is a pool set of another form
   */
  static Optional<PoolSet> read(Path file) throws IOException {
    byte[] head;
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      head = Bytes.read(channel, 0, (int) Math.min(MAX_BYTES, channel.size()));
    }
    String text = new String(head, StandardCharsets.ISO_8859_1);
    if (!text.startsWith(SIGNATURE)) {
      return Optional.empty();
    }
    return Optional.of(
        parse(text).filter(set -> head.length < MAX_BYTES).orElseThrow(() -> anotherForm(file)));
  }

  /** Empty if it is not what Hotpot writes: several parts, parts of a length, replicas, options. */
  static Optional<PoolSet> parse(String text) {
    List<String> lines = text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    List<String> rules = lines.stream().filter(line -> !line.startsWith("#")).toList();
    List<String> stores = lines.stream().filter(line -> line.startsWith(STORE)).toList();
    boolean sound =
        rules.size() == 2
            && rules.getFirst().equals(SIGNATURE)
            && rules.getLast().startsWith(PART + "/")
            && rules.getLast().chars().allMatch(c -> c >= ' ' && c < 127)
            && stores.size() <= 1;
    if (!sound) {
      return Optional.empty();
    }
    Path device = Path.of(rules.getLast().substring(PART.length()));
    if (stores.isEmpty()) {
      return Optional.of(new PoolSet(device, OptionalLong.empty()));
    }
    try {
      String id = stores.getFirst().substring(STORE.length());
      return Optional.of(new PoolSet(device, OptionalLong.of(Long.parseUnsignedLong(id, 16))));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static NotAStore anotherForm(Path file) {
    return new NotAStore(
        file
            + " is a pool set, but not of the form that a Hotpot heap on a device has: one part, "
            + PART
            + "and the path of the device, without replicas and options; nothing was changed");
  }

  /** As {@link #parse} reads it. */
  String text() {
    String store =
        storeId.isPresent()
            ? String.format(Locale.ROOT, "%s%016x\n", STORE, storeId.getAsLong())
            : "";
    return SIGNATURE + "\n" + store + PART + device + "\n";
  }

  /** Writes it durably, except for the file's name. */
  void write(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(text().getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
  }
}
