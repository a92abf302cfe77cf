package io.hotpot.tools;

import io.hotpot.dispatcher.ClusterVisit;
import io.hotpot.store.ClusterOptions;
import io.hotpot.store.Hotpot;
import io.hotpot.store.HotpotOptions;
import io.hotpot.store.MisuseException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How a command speaks with a cluster that it is in for a moment only, or not at all. */
final class VisitorOptions {

  @Mixin SecurityOptions security;

  @Option(
      names = "--from",
      paramLabel = "<host>",
      description = "this machine's address towards the cluster (default: ${DEFAULT-VALUE})")
  String from = "127.0.0.1";

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  VisitorOptions() {}

  /**
   * Speaks with the dispatcher without becoming a member.
   *
   * @throws Failure if it cannot be tried
   */
  ClusterVisit visit(String dispatcher) {
    try {
      return ClusterVisit.open(dispatcher, from, security.security());
    } catch (MisuseException e) {
      throw new Failure(ExitCode.UNUSABLE, String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * Joins as a node without a heap, which leaves nothing behind. Values are trees.
   *
   * @throws Failure if the cluster refuses it
   */
  Hotpot join(String dispatcher) {
    Foreground.silence();
    try {
      return Hotpot.join(
          dispatcher,
          ClusterOptions.withoutHeap()
              .withStore(HotpotOptions.defaults().withTrees(true))
              .at(from, 0)
              .withSecurity(security.security()));
    } catch (MisuseException e) {
      throw new Failure(ExitCode.UNUSABLE, String.valueOf(e.getMessage()), e);
    }
  }
}
