package io.hotpot.replication.rdma;

/** Memory that a device knows. */
public interface MemoryRegion extends AutoCloseable {

  long address();

  int lengthBytes();

  /** For the use by queue pairs of this node. */
  int localKey();

  /** For others. */
  int remoteKey();

  /** When it returns, the device uses none of this memory any more. From any thread; once. */
  @Override
  void close();
}
