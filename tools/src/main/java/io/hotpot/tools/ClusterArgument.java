package io.hotpot.tools;

import io.hotpot.dispatcher.ClusterVisit;
import java.io.PrintWriter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The cluster that an operator's command is about, and how the command prints. */
final class ClusterArgument {

  @Option(
      names = "--dispatcher",
      required = true,
      paramLabel = "<uri>",
      description = "hotpot://host:port, several members with commas between them")
  String dispatcher;

  @Option(names = "--json", description = "print JSON; an error is a JSON object on standard error")
  boolean json;

  @Mixin VisitorOptions visitor;

  @Spec(Spec.Target.MIXEE)
  CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  ClusterArgument() {}

  /** Speaks with the dispatcher, and through it with the nodes, without becoming a member. */
  ClusterVisit visit() {
    return visitor.visit(dispatcher);
  }

  PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
