package io.hotpot.store;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * The object in slot 0 of a partition: its named roots.
 *
 * <pre>
 *  0 schema id 0 u8 | tag 1 u8 | count u32 | then for each, sorted by name: length u16, name in UTF-8, object id u64
 * </pre>
 */
final class RootsFormat {

  static final int TAG = 1;
  static final int MAX_NAME_BYTES = 1024;

  /** The decoded form. */
  record Roots(Map<String, Long> byName) {}

  private RootsFormat() {}

  static void checkName(String name) {
    int length = name.getBytes(StandardCharsets.UTF_8).length;
    if (length == 0 || length > MAX_NAME_BYTES) {
      throw new MisuseException(
          "a root's name has between 1 and " + MAX_NAME_BYTES + " bytes, this one has " + length);
    }
  }

  static byte[] write(Map<String, Long> roots) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0);
    out.write(TAG);
    byte[] word = new byte[8];
    Bytes.putInt(word, 0, roots.size());
    out.write(word, 0, 4);
    new TreeMap<>(roots)
        .forEach(
            (name, id) -> {
              byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
              Bytes.putShort(word, 0, utf8.length);
              out.write(word, 0, 2);
              out.write(utf8, 0, utf8.length);
              Bytes.putLong(word, 0, id);
              out.write(word, 0, 8);
            });
    if (out.size() > BatchFormat.MAX_PAYLOAD_BYTES) {
      throw new ObjectTooLarge(
          "the "
              + roots.size()
              + " named roots of the dataset take "
              + out.size()
              + " bytes, at most "
              + BatchFormat.MAX_PAYLOAD_BYTES
              + " fit; name fewer objects, and reach the others through these");
    }
    return out.toByteArray();
  }

  static Map<String, Long> read(byte[] bytes, int offset, int length) {
    try {
      int at = offset + 2;
      int count = Bytes.getInt(bytes, at);
      at += 4;
      Map<String, Long> roots = new TreeMap<>();
      for (int i = 0; i < count; i++) {
        int nameLength = Bytes.getShort(bytes, at);
        String name = new String(bytes, at + 2, nameLength, StandardCharsets.UTF_8);
        at += 2 + nameLength;
        roots.put(name, Bytes.getLong(bytes, at));
        at += 8;
      }
      if (at != offset + length) {
        throw new CorruptException(
            "the named roots of a partition have " + (offset + length - at) + " bytes too many");
      }
      return roots;
    } catch (IndexOutOfBoundsException e) {
      throw new CorruptException("the named roots of a partition end too early", e);
    }
  }
}
