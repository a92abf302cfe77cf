package io.hotpot.dispatcher;

/** What became of a {@link Command}. */
public sealed interface Result {

  /**
   * It was done, or had been before.
   *
   * @param id of what it made or named; 0 if nothing has an id
   * @param version of the configuration that shows it
   */
  record Accepted(int id, long version) implements Result {}

  record Joined(int nodeId, int incarnation, long clusterId) implements Result {}

  /** Nothing has changed. The reason says what was asked and what there is. */
  record Refused(String reason) implements Result {}

  /** Leadership or the storage was lost meanwhile: it may have been done, or may yet be. */
  record Lost(String reason) implements Result {}
}
