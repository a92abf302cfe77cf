package io.hotpot.store.spi;

/**
 * Names one attempt of a transaction for ever: the committer's incarnation and a number that it
 * counts up.
 */
public record TransactionId(int nodeId, int incarnation, long sequence)
    implements Comparable<TransactionId> {

  @Override
  public int compareTo(TransactionId other) {
    int c = Integer.compare(nodeId, other.nodeId);
    if (c == 0) {
      c = Integer.compare(incarnation, other.incarnation);
    }
    return c == 0 ? Long.compare(sequence, other.sequence) : c;
  }

  @Override
  public String toString() {
    return nodeId + "." + incarnation + "." + sequence;
  }
}
