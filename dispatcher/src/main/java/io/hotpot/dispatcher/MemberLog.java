package io.hotpot.dispatcher;

import java.io.IOException;
import java.util.List;

/**
 * Where a {@link LocalMember} keeps its records. Two implementations: {@link FileLog}, and {@link
 * MemoryLog}, which a simulation keeps over simulated crashes.
 *
 * <p>One call at a time.
 */
public interface MemberLog extends AutoCloseable {

  /** All records that were kept, in order. */
  List<byte[]> open() throws IOException;

  /** Keeps one more record; it is durable when this returns. After an error nothing is kept. */
  void append(byte[] record) throws IOException;

  /** Keeps this record alone, in place of all earlier ones: both or neither after a crash. */
  void replace(byte[] record) throws IOException;

  @Override
  void close() throws IOException;
}
