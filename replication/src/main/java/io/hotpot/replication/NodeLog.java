package io.hotpot.replication;

/**
 * Where a node tells more than its events, if somebody wants it: what an operator looks for when
 * something is odd. From any thread.
 */
public interface NodeLog {

  /** Nobody wants it. */
  NodeLog NONE =
      new NodeLog() {
        @Override
        public boolean tellsDetails() {
          return false;
        }

        @Override
        public boolean tellsMessages() {
          return false;
        }

        @Override
        public void detail(String sentence) {}

        @Override
        public void message(String sentence) {}
      };

  /** Whether sessions and roles are told. */
  boolean tellsDetails();

  /** Whether every message is told. */
  boolean tellsMessages();

  void detail(String sentence);

  void message(String sentence);
}
