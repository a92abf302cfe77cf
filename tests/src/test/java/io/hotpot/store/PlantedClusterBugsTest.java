package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Bugs of the protocol that are planted in a whole simulated cluster: each is found, within so many
 * seeds of the story that leads to it, and for what it is.
 */
@Timeout(3600)
class PlantedClusterBugsTest {

  private static final long SEED = Long.getLong("hotpot.seed", 1);

  /** What the history, the bank, the lines and the churn say of values that must not be seen. */
  private static final String WRONG_VALUES =
      "violation|skew|lost update|cycle|stale read|is no longer what it was|the bank has"
          + "|appended twice|acknowledged is missing|is lost|came back|names another";

  /** What a look at the bytes of logs says. */
  private static final String WRONG_BYTES = "has other bytes|has healed what never rotted";

  /** What a look at the copies says, at the step where one is wrong. */
  private static final String WRONG_COPY = "has a valid copy of";

  private static final Mutants.Bug NOT_WAITED_FOR =
      Mutants.withoutCall(
          "skip an invalidation acknowledgement: an owner does not wait for it",
          "replication.OwnedLogSide",
          "take",
          "roundBegins");

  private static final Mutants.Bug NOT_DROPPED =
      Mutants.withoutCall(
          "skip an invalidation acknowledgement: a sharer gives it and keeps its copy",
          "replication.SharerSide",
          "invalidate",
          "drop");

  /**
   * A bug of the protocol.
   *
   * @param story where it is looked for
   * @param seeds within so many of them it is found
   * @param seenAs what is said to it, in a regular expression
   */
  record Planted(Mutants.Bug bug, Class<? extends SimStory> story, int seeds, String seenAs) {
    @Override
    public String toString() {
      return bug.name() + ", in " + story.getSimpleName();
    }
  }

  static List<Planted> bugs() {
    return List.of(
        new Planted(NOT_WAITED_FOR, ClusterByHistory.class, 300, WRONG_VALUES),
        new Planted(NOT_WAITED_FOR, SimulatedCluster.class, 20, WRONG_COPY),
        new Planted(NOT_DROPPED, ClusterByHistory.class, 300, WRONG_VALUES),
        new Planted(NOT_DROPPED, SimulatedCluster.class, 20, WRONG_COPY),
        new Planted(
            Mutants.withoutCall(
                "keep copies of an earlier epoch",
                "replication.SharerSide",
                "dropPartition",
                "dropCopies"),
            SimulatedCluster.class,
            100,
            WRONG_COPY),
        new Planted(
            Mutants.callReturning(
                Long.MAX_VALUE,
                "serve past the lease",
                "dispatcher.ClusterElsewhere",
                "checkLease",
                "leaseEndNs",
                0),
            PausedReader.class,
            50,
            WRONG_VALUES),
        new Planted(
            Mutants.withoutCall(
                "forget a prepared transaction at promotion", "Rebuild", "finishTable", "lockAll"),
            ClusterByHistory.class,
            300,
            WRONG_VALUES),
        new Planted(
            Mutants.callReturning(
                Long.MAX_VALUE,
                "acknowledge before the last replica",
                "replication.OwnedLogSide",
                "moveOn",
                "acknowledgedByAll",
                0),
            SimulatedCluster.class,
            300,
            "lacks what is settled"),
        new Planted(
            Mutants.constantInstead(
                "decide twice: a home says commit to what it has aborted",
                "dispatcher.Participant",
                "decide",
                "ABORT",
                "COMMIT"),
            LateDecision.class,
            50,
            WRONG_VALUES),
        new Planted(
            Mutants.callReturning(
                Long.MAX_VALUE,
                "catch up past a gap: a learner counts without all that was acknowledged",
                "replication.CatchUpDesk",
                "askForNext",
                "acknowledgedTo",
                0),
            LateLearner.class,
            100,
            "lacks what is settled"),
        new Planted(
            Mutants.returning(false, "drop a shared read lock", "PreparedTable", "isReadLocked"),
            LatePrepare.class,
            50,
            WRONG_VALUES),
        new Planted(
            Mutants.withoutCall(
                "a replica acknowledges before it dooms",
                "replication.SharerSide",
                "changed",
                "drop"),
            ReplicaReader.class,
            50,
            WRONG_VALUES),
        new Planted(
            Mutants.returning(
                false, "a replica serves what is pending", "SettledReads", "isPending"),
            ReplicaReader.class,
            50,
            WRONG_VALUES),
        new Planted(
            Mutants.callReturning(
                0, "a replica serves what is prepared", "SettledReads", "read", "contains", 0),
            ReplicaReader.class,
            50,
            WRONG_VALUES),
        new Planted(
            Mutants.returning(
                true, "a replica does not look at the mark at the end", "SettledReads", "isStill"),
            ReplicaReader.class,
            200,
            WRONG_VALUES),
        new Planted(
            Mutants.returning(
                false, "a replica serves after it was one", "replication.ReplicaReads", "close"),
            PausedReader.class,
            100,
            WRONG_VALUES),
        new Planted(
            Mutants.callReturningNothing(
                "drop a shared read lock at promotion", "PreparedRebuild", "lock", "reads"),
            PromotedReadLock.class,
            50,
            WRONG_VALUES),
        new Planted(
            Mutants.returning(
                true,
                "a replica acknowledges what was written without a look at it",
                "StandingBatch",
                "isSound"),
            DamagingDevices.class,
            20,
            WRONG_BYTES),
        new Planted(
            Mutants.callReturning(
                0,
                "a message is received before what was written before it",
                "cluster.SimFabric",
                "send",
                "written",
                0),
            SimulatedCluster.class,
            20,
            "nothing sound was written"),
        new Planted(
            Mutants.withoutCall(
                "an object is read at its place after it was invalidated",
                "replication.SharerSide",
                "drop",
                "remove"),
            PlaceReader.class,
            50,
            WRONG_COPY + "|" + WRONG_VALUES),
        new Planted(
            Mutants.callReturning(
                1,
                "what was read in an owner's memory is not verified",
                "HeldStore",
                "payloadOf",
                "isSound",
                0),
            DamagingDevices.class,
            50,
            "has read what nobody wrote"),
        new Planted(
            Mutants.returning(
                false, "commit what a starved reader holds", "AcquiredObjects", "isShared"),
            DoomStorm.class,
            10,
            "a reader is starved"));
  }

  /** A seed that shows a consequence only, such as a hang, does not count. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("bugs")
  void plantedBugsAreFound(Planted planted) throws Exception {
    Pattern seenAs = Pattern.compile(planted.seenAs());
    long end = SEED + planted.seeds();
    long seed = SEED;
    while (seed < end) {
      Throwable found = Mutants.found(planted.bug(), planted.story(), seed, (int) (end - seed));
      if (found == null) {
        break;
      }
      assertThat(found).isInstanceOf(AssertionError.class);
      String first = found.getMessage().lines().limit(2).reduce("", String::concat);
      if (seenAs.matcher(first).find()) {
        System.out.println(planted + ": found by seed " + seedOf(found));
        return;
      }
      seed = seedOf(found) + 1;
    }
    throw new AssertionError(planted.seeds() + " seeds do not show '" + planted + "'");
  }

  private static long seedOf(Throwable found) {
    Matcher seed = Pattern.compile("seed (-?\\d+),").matcher(found.getMessage());
    assertThat(seed.find()).as("a seed in %s", found.getMessage()).isTrue();
    return Long.parseLong(seed.group(1));
  }

  /** The mutant's own ways, its class loader above all, are not what is found. */
  @Test
  void aHarmlessChangeIsNotFound() throws Exception {
    Mutants.Bug harmless =
        Mutants.withoutCall("aborts that are not counted", "Transaction", "rollback", "increment");
    assertThat(Mutants.found(harmless, SimulatedCluster.class, SEED, 3)).isNull();
  }
}
