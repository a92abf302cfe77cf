package io.hotpot.replication;

import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * How one kind of message lies in bytes: its number, and behind it the fields, written and read in
 * the same order. Both functions stand beside each other so that a difference is seen.
 *
 * @param kind the message's first byte; never given to another message
 */
record Layout<M extends Message>(
    int kind, Class<M> type, BiConsumer<M, WireWriter> write, Function<WireReader, M> read) {

  /** Writes a message of this layout. */
  void write(Message message, WireWriter to) {
    write.accept(type.cast(message), to);
  }
}
