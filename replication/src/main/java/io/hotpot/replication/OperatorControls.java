package io.hotpot.replication;

import org.jspecify.annotations.Nullable;

/** What an operator may change in a running node beside what it owns. On the loop. */
public interface OperatorControls {

  /** A node that nothing can be changed in. */
  OperatorControls NONE =
      new OperatorControls() {
        @Override
        public @Nullable String logLevel(String level) {
          return "this node's log has no level that could be changed";
        }

        @Override
        public @Nullable String migrationByPolicy(boolean isOn) {
          return "this node has no policy of migration";
        }

        @Override
        public OperatorAnswer beginCheck(long request) {
          return new OperatorAnswer.NotDone(request, "this node checks nothing");
        }

        @Override
        public OperatorAnswer check(long request) {
          return beginCheck(request);
        }
      };

  /**
   * Changes how much the node tells.
   *
   * @return null; or why not
   */
  @Nullable String logLevel(String level);

  /**
   * Lets the node give partitions to who uses them most (PROTOCOL 12.6), or not.
   *
   * @return null; or why not
   */
  @Nullable String migrationByPolicy(boolean isOn);

  /** Begins to check all that the node holds, beside the loop, unless it does so already. */
  OperatorAnswer beginCheck(long request);

  /** How far the check has come that was begun last. */
  OperatorAnswer check(long request);
}
