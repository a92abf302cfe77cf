package io.hotpot.tools.bench;

import java.nio.ByteBuffer;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * The values of a table. Peers store the bytes, so that none is slowed down by a codec of its own;
 * Hotpot stores the objects.
 *
 * @param table its name
 * @param key the key that a value carries
 */
public record ValueKind<V>(
    String table,
    Class<V> type,
    ToLongFunction<V> key,
    Function<V, byte[]> encode,
    Function<ByteBuffer, V> decode) {

  /** Items of a name, as in the measures of one node. */
  public static ValueKind<Item> items(String table) {
    return new ValueKind<>(table, Item.class, Item::id, ItemCodec::encode, ItemCodec::decode);
  }

  /** The value that bytes mean. */
  public V decoded(byte[] bytes) {
    return decode.apply(ByteBuffer.wrap(bytes));
  }
}
