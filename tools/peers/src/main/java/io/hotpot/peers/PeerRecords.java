package io.hotpot.peers;

import io.hotpot.tools.bench.OrderedPeer;
import io.hotpot.tools.bench.Peer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Records in a peer, which keeps their order; each as one value: count, then names and values. */
final class PeerRecords implements Records {

  private final OrderedPeer peer;

  PeerRecords(OrderedPeer peer) {
    this.peer = peer;
  }

  @Override
  public @Nullable Map<String, String> read(long key) {
    try {
      return peer.read(key, PeerRecords::decode);
    } catch (Peer.Missing e) {
      return null;
    }
  }

  @Override
  public List<Map<String, String>> scan(long from, int count) {
    List<Map<String, String>> found = new ArrayList<>(count);
    peer.scan(from, count, bytes -> found.add(decode(bytes)));
    return found;
  }

  @Override
  public boolean update(long key, Map<String, String> fields) {
    try {
      peer.update(key, old -> merged(old, fields));
      return true;
    } catch (Peer.Missing e) {
      return false;
    }
  }

  private static byte[] merged(byte[] old, Map<String, String> fields) {
    Map<String, String> merged = decode(ByteBuffer.wrap(old));
    merged.putAll(fields);
    return encode(merged);
  }

  @Override
  public void insert(long key, Map<String, String> fields) {
    peer.put(new long[] {key}, new byte[][] {encode(fields)});
  }

  static byte[] encode(Map<String, String> fields) {
    List<byte[]> texts = new ArrayList<>();
    fields.forEach(
        (name, value) -> {
          texts.add(name.getBytes(StandardCharsets.ISO_8859_1));
          texts.add(value.getBytes(StandardCharsets.ISO_8859_1));
        });
    int length = texts.stream().mapToInt(text -> Integer.BYTES + text.length).sum();
    ByteBuffer out = ByteBuffer.allocate(Integer.BYTES + length).putInt(fields.size());
    texts.forEach(text -> out.putInt(text.length).put(text));
    return out.array();
  }

  static Map<String, String> decode(ByteBuffer in) {
    int count = in.getInt();
    Map<String, String> fields = HashMap.newHashMap(count);
    for (int i = 0; i < count; i++) {
      String name = text(in);
      fields.put(name, text(in));
    }
    return fields;
  }

  private static String text(ByteBuffer in) {
    byte[] bytes = new byte[in.getInt()];
    in.get(bytes);
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() {
    peer.close();
  }
}
