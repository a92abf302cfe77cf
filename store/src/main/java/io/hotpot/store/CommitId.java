package io.hotpot.store;

import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Names a commit in a cluster for ever, so that its outcome can be asked for later, from any node:
 * see {@link Hotpot#outcome(CommitId)}. {@link #toString} and {@link #parse} make a text of it and
 * back, to be kept where it outlives the process.
 *
 * @param nodeId of the node that committed
 * @param incarnation of that node
 * @param sequence rising with each commit of that incarnation; its last 18 bits are the partition
 * @param partition that records the outcome
 */
public record CommitId(int nodeId, int incarnation, long sequence, int partition) {

  private static final Pattern TEXT = Pattern.compile("(\\d+)\\.(\\d+)\\.(\\d+)@(\\d+)");

  /** Of a sequence, those that name the partition: as in the id of an object. */
  private static final int PARTITION_BITS = 18;

  /**
   * @throws MisuseException if a number is not above 0, or another partition records that commit:
   *     nobody else can tell what became of it
   */
  public CommitId {
    if (nodeId < 1 || incarnation < 1 || sequence < 1 || partition < 1) {
      throw new MisuseException(
          "the numbers of a commit are above 0, not "
              + text(nodeId, incarnation, sequence, partition));
    }
    long home = sequence & ((1L << PARTITION_BITS) - 1);
    if (home != partition) {
      throw new MisuseException(
          "no commit is named "
              + text(nodeId, incarnation, sequence, partition)
              + ": its partition is "
              + home
              + ", not "
              + partition
              + "; take all of it from CommitOutcomeUnknown");
    }
  }

  /**
   * What {@link #toString} made.
   *
   * @throws MisuseException if it is anything else
   */
  public static CommitId parse(String text) {
    Matcher parts = TEXT.matcher(Objects.requireNonNull(text, "text"));
    if (parts.matches()) {
      try {
        return new CommitId(
            Integer.parseInt(parts.group(1)),
            Integer.parseInt(parts.group(2)),
            Long.parseLong(parts.group(3)),
            Integer.parseInt(parts.group(4)));
      } catch (NumberFormatException e) {
        throw notOne(text, e);
      }
    }
    throw notOne(text, null);
  }

  private static MisuseException notOne(String text, @Nullable Throwable cause) {
    String message =
        "'" + text + "' does not name a commit; that is node.incarnation.sequence@partition";
    return cause == null ? new MisuseException(message) : new MisuseException(message, cause);
  }

  private static String text(int nodeId, int incarnation, long sequence, int partition) {
    return nodeId + "." + incarnation + "." + sequence + "@" + partition;
  }

  /**
   * As in {@code 3.17.11010053@5}: node 3, incarnation 17, its commit 42, recorded in partition 5.
   */
  @Override
  public String toString() {
    return text(nodeId, incarnation, sequence, partition);
  }
}
