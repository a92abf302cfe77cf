package io.hotpot.tools.bench;

/** What a child process reports. */
sealed interface Outcome {

  /** It measured. */
  record Measured(String result) implements Outcome {}

  /** It cannot measure here, or there is nothing to measure. */
  record Skipped(String reason) implements Outcome {}

  /** It broke. */
  record Failed(String reason) implements Outcome {}
}
