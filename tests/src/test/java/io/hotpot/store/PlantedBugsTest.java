package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The tests of crash safety and isolation find the bugs that they are there to find. */
@Timeout(300)
class PlantedBugsTest {

  static Stream<Arguments> bugs() {
    return Stream.of(
        crash(
            "update",
            Mutants.withoutCall("a missing flush", "PartitionLog", "flushAppended", "flush")),
        crash(
            "update",
            Mutants.withoutCall("a missing fence", "GroupCommit", "makeDurable", "drain")),
        crash(
            "update",
            Mutants.withoutCall(
                "success reported before the commit is durable",
                "Committer",
                "commitSingle",
                "await")),
        crash(
            "siblings",
            Mutants.returning(
                true,
                "recovery that keeps half a transaction",
                "SiblingTruncation",
                "siblingsExist")),
        crash(
            "drop",
            Mutants.withoutCall(
                "a chunk's header written without a flush", "ChunkPool", "take", "flush")),
        crash(
            "compact",
            Mutants.returning(
                false, "a cleaner that drops live versions", "ChunkMover", "mustMove")),
        crash(
            "compact",
            Mutants.withoutCall(
                "a cleaner that does not wait for what it moved", "Cleaner", "clean", "drainAll")),
        Arguments.of(
            Mutants.returning(
                true,
                "a chunk released before others have what was moved out of it",
                "RetiredChunks$Retired",
                "isSettled"),
            "settled"),
        Arguments.of(
            Mutants.callReturning(
                1L << 50,
                "outcomes that go before two checkpoints have them",
                "Cleanable",
                "of",
                "ledgerCoveredTo",
                0),
            "covered"),
        owned(
            Mutants.callReturning(
                Long.MAX_VALUE,
                "a cleaner that forgets deletions which no checkpoint knows",
                "ChunkMover",
                "mustMove",
                "deletesCoveredTo",
                0)),
        owned(
            Mutants.callReturning(
                0,
                "a checkpoint that forgets how transactions ended",
                "Checkpointer",
                "appendPages",
                "isReplicated",
                0)),
        owned(
            Mutants.withoutCall(
                "a promotion that forgets how transactions ended",
                "PreparedRebuild",
                "load",
                "takeOver")),
        owned(
            Mutants.withoutCall(
                "a cleaner that takes the chunk of an open prepare",
                "Cleanable",
                "of",
                "collectChunks")),
        owned(
            Mutants.callReturning(
                Long.MAX_VALUE,
                "a replica that gives chunks back which its table has not come to",
                "LogCopy",
                "upkeep",
                "keptFrom",
                0)),
        owned(
            Mutants.callReturning(
                0,
                "a replica whose table does not learn from checkpoints",
                "WarmTable",
                "takeSome",
                "newerCheckpoint",
                0)),
        owned(
            Mutants.callReturning(
                1L << 50,
                "a replica whose table runs ahead of what is settled",
                "LogCopy",
                "settledInLog",
                "settledTo",
                0)),
        owned(
            Mutants.callReturning(
                0,
                "a relocation that takes the place of what is newer",
                "Rebuild",
                "record",
                "stampAt",
                0)),
        owned(
            Mutants.callReturning(
                0, "a table that misses deletions", "Rebuild", "record", "isDeleted", 0)),
        owned(
            Mutants.withoutCall(
                "a table that misses the locks of what is prepared",
                "PreparedRebuild",
                "lock",
                "lock")),
        isolation(
            Mutants.withoutCall(
                "reads that do not look whether earlier ones still hold",
                "Transaction",
                "readNewest",
                "extend")),
        isolation(
            Mutants.withoutCall(
                "commits that skip validation", "Committer", "commitSingle", "validate")),
        isolation(
            Mutants.withoutCall(
                "commits over several datasets that skip validation",
                "Committer",
                "commitSeveral",
                "validate")),
        history(
            Mutants.callReturning(
                0,
                "a snapshot that sees versions younger than its stamp",
                "SnapshotReader",
                "find",
                "getLong",
                1)),
        history(
            Mutants.callReturning(
                -1,
                "a slot used again without a new generation",
                "Slots",
                "delete",
                "generation",
                0)),
        history(
            Mutants.returning(
                true,
                "a cleaner that releases a chunk that a snapshot pins",
                "Snapshots",
                "allClosedBefore")),
        history(
            Mutants.callReturning(
                1, "an extension that skips reads", "ReadSet", "extend", "isCurrent", 0)));
  }

  private static Arguments history(Mutants.Bug bug) {
    return Arguments.of(bug, "history");
  }

  private static Arguments crash(String script, Mutants.Bug bug) {
    return Arguments.of(bug, script);
  }

  private static Arguments owned(Mutants.Bug bug) {
    return Arguments.of(bug, "owned");
  }

  private static Arguments isolation(Mutants.Bug bug) {
    return Arguments.of(bug, "isolation");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("bugs")
  void areFound(Mutants.Bug bug, String script) throws Exception {
    ClassLoader loader = Mutants.load(bug);
    Class<?> mutated = loader.loadClass(PlantedBugsTest.class.getName());
    Method run = mutated.getDeclaredMethod("run", String.class);
    run.setAccessible(true);
    Throwable found = null;
    try {
      run.invoke(null, script);
    } catch (InvocationTargetException e) {
      found = e.getCause();
    }
    assertThat(found).as("what the tests say to %s", bug).isInstanceOf(AssertionError.class);
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void areNotFoundWhereThereAreNone(String script) {
    assertThatCode(() -> run(script)).doesNotThrowAnyException();
  }

  static List<String> scripts() {
    return List.of("update", "isolation", "history", "owned", "settled", "covered");
  }

  /** Runs inside the class loader of the mutant, on whatever store is loaded there. */
  static void run(String script) {
    try {
      if (script.equals("isolation")) {
        new Interleavings().everyInterleaving();
      } else if (script.equals("history")) {
        runHistory();
      } else if (script.equals("owned")) {
        runOwned();
      } else if (script.equals("covered")) {
        new OwnedCleaningTest().howATransactionEndedOutlivesTheChunkThatSaidSo();
      } else if (script.equals("settled")) {
        new OwnedCleaningTest().aChunkGoesOnlyWhenOthersHaveWhatWasMovedOutOfIt();
      } else {
        new CrashHarness(Durability.POWER, 4, 1).everyPoint(CrashScripts.named(script));
      }
    } catch (HotpotException e) {
      // One thread alone meets no conflict, and nothing is damaged: the store has failed the
      // script.
      throw new AssertionError(e);
    }
  }

  /** Bounded: seeds until something is found. */
  private static void runOwned() {
    for (long seed = 1; seed <= 16; seed++) {
      try {
        new OwnedRun(seed).run(2_500);
      } catch (IllegalStateException e) {
        // A check of the store itself.
        throw new AssertionError(e);
      }
    }
  }

  /** Bounded: rounds of threads until something is found. */
  private static void runHistory() {
    for (int round = 0; round < 5; round++) {
      Path directory = null;
      try {
        directory = Files.createTempDirectory("hotpot-planted");
        new HistoryRun(round, 4_000, TransactionMode.MRMW).run(directory, Durability.PROCESS);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } finally {
        delete(directory);
      }
    }
  }

  private static void delete(Path directory) {
    File[] files = directory == null ? null : directory.toFile().listFiles();
    if (files != null) {
      for (File file : files) {
        file.delete();
      }
      directory.toFile().delete();
    }
  }
}
