package io.hotpot.tools.bench;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What is measured; each runs in a JVM of its own, and gives one number. */
public enum Measure {
  RAW_WARM(
      "append, CRC32C and publish of 100 bytes, warm: one record, pages in use",
      "ns",
      (subject, directory, scale) -> RawLimits.warm(directory, scale)),
  RAW_LOG(
      "append, CRC32C and publish of 100 bytes, log: own content, fresh pages",
      "ns",
      (subject, directory, scale) -> RawLimits.log(directory, scale)) {
    @Override
    Preparation preparation() {
      return (subject, directory, scale) -> RawLimits.prepareLog(directory, scale);
    }
  },
  RAW_FLUSH(
      "pwrite of 4 KiB and fdatasync, preallocated file",
      "ns",
      (subject, directory, scale) -> RawLimits.flush(directory, scale)),
  COMMIT(
      "commit of one object, level PROCESS",
      "ns",
      (subject, directory, scale) -> Loops.commits(subject, directory, scale, 1)),
  COMMIT_TEN(
      "commit of ten objects, level PROCESS",
      "ns",
      (subject, directory, scale) -> Loops.commits(subject, directory, scale, 10)),
  READ(
      "hot read of an object",
      "ns",
      (subject, directory, scale) -> Loops.reads(subject, directory, scale, 1)),
  READ_TWO(
      "hot read of an object by each of two threads",
      "ns",
      (subject, directory, scale) -> Loops.reads(subject, directory, scale, 2)),
  POWER(
      "commit of one object, level POWER",
      "ns",
      (subject, directory, scale) -> Loops.durableCommits(subject, directory, scale, 1, null)),
  POWER_TEN(
      "commit of ten objects, level POWER",
      "ns",
      (subject, directory, scale) -> Loops.durableCommits(subject, directory, scale, 10, null)),
  POWER_MANY(
      "commit of one object, level POWER, 64 committers: time for one of all",
      "ns",
      (subject, directory, scale) ->
          Loops.durableCommits(subject, directory, scale, 1, subject.committers())),
  POWER_MANY_PLATFORM(
      "commit of one object, level POWER, 64 committers on platform threads: time for one of all",
      "ns",
      (subject, directory, scale) ->
          Loops.durableCommits(subject, directory, scale, 1, Thread.ofPlatform())),
  SPACE(
      "chunks in use by live bytes, after uniform overwrites",
      "ratio",
      (subject, directory, scale) ->
          HotpotMeasures.overwrite(directory, scale, true).chunksByLiveBytes()),
  OVERWRITE(
      "overwrite, with the cleaner keeping up",
      "ns",
      (subject, directory, scale) -> HotpotMeasures.overwrite(directory, scale, true).nanos()),
  OVERWRITE_UNCLEANED(
      "overwrite, without the cleaner",
      "ns",
      (subject, directory, scale) -> HotpotMeasures.overwrite(directory, scale, false).nanos()),
  OVERHEAD(
      "bytes on the medium and in the handle table for one object, beyond its value",
      "bytes",
      (subject, directory, scale) -> HotpotMeasures.overhead(directory)),
  OPEN_CLEAN(
      "opening after a clean close, -Xmx256m",
      "ms",
      (subject, directory, scale) -> HotpotMeasures.opening(directory, scale).millis()) {
    @Override
    Preparation preparation() {
      return (subject, directory, scale) -> HotpotMeasures.prepareClean(directory, scale);
    }
  },
  OPEN_CRASHED(
      "opening after a crash, -Xmx256m",
      "GB/s",
      (subject, directory, scale) ->
          HotpotMeasures.opening(directory, scale).gigabytesPerSecond()) {
    @Override
    Preparation preparation() {
      return (subject, directory, scale) -> HotpotMeasures.prepareCrashed(directory, scale);
    }
  },
  SPACE_TEN(
      "space by live bytes, after ten uniform overwrites in commits of 100", "ratio", Loops::space),
  OPEN_READ(
      "opening half a million objects after a clean close, and reading one",
      "ms",
      (subject, directory, scale) -> Loops.opening(subject, directory)) {
    @Override
    Preparation preparation() {
      return Loops::prepareOpening;
    }
  };

  final String description;
  final String unit;

  @SuppressWarnings("ImmutableEnumChecker") // a method without state
  private final Work work;

  Measure(String description, String unit, Work work) {
    this.description = description;
    this.unit = unit;
    this.work = work;
  }

  /** True if peers are measured by it too. */
  boolean isShared() {
    return switch (this) {
      case COMMIT, COMMIT_TEN, READ, READ_TWO, POWER, POWER_TEN, POWER_MANY, SPACE_TEN, OPEN_READ ->
          true;
      case RAW_WARM,
          RAW_LOG,
          RAW_FLUSH,
          POWER_MANY_PLATFORM,
          SPACE,
          OVERWRITE,
          OVERWRITE_UNCLEANED,
          OVERHEAD,
          OPEN_CLEAN,
          OPEN_CRASHED ->
          false;
    };
  }

  /** True if it is there for the sake of the comparison only, and not run without peers. */
  boolean isForPeers() {
    return this == POWER_TEN || this == SPACE_TEN || this == OPEN_READ;
  }

  /** True if its commits wait for the medium. */
  boolean isSynced() {
    return this == POWER || this == POWER_TEN || this == POWER_MANY || this == POWER_MANY_PLATFORM;
  }

  /** True if it shows that little memory is enough. */
  boolean isSmall() {
    return this == OPEN_CLEAN || this == OPEN_CRASHED;
  }

  /** What another process does before; null if nothing. */
  @Nullable Preparation preparation() {
    return null;
  }

  /** Measures. */
  double run(Subject subject, Path directory, int scale) throws IOException, InterruptedException {
    return work.run(subject, directory, scale);
  }

  /** The body of a measure. */
  @FunctionalInterface
  interface Work {
    /**
     * @param directory an empty place, or what the preparation left there
     * @param scale how much work: 20 for the full, less for a quick look
     */
    double run(Subject subject, Path directory, int scale) throws IOException, InterruptedException;
  }

  /** What is done in another process before the measure. */
  @FunctionalInterface
  interface Preparation {
    void run(Subject subject, Path directory, int scale) throws IOException;
  }
}
