package io.hotpot.tools;

import io.hotpot.store.Hotpot;
import io.hotpot.store.HotpotOptions;
import io.hotpot.store.MisuseException;
import io.hotpot.store.RecoveryReport;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The store that a command works on, how it is opened, and how the command prints. */
final class StoreArgument {

  /** With it, a store is a running cluster. */
  private static final String CLUSTER = "hotpot://";

  Path directory;

  /** Empty: the store is a directory. */
  private String dispatcher = "";

  @Option(names = "--json", description = "print JSON; an error is a JSON object on standard error")
  boolean json;

  @Spec(Spec.Target.MIXEE)
  CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  StoreArgument() {}

  @Parameters(index = "0", paramLabel = "<store>", description = "the store's directory")
  void store(String text) {
    directory = Path.of(text);
    dispatcher = text.startsWith(CLUSTER) ? text : "";
  }

  /** As {@link #openReadOnly()}; the store may be a cluster, which this process joins. */
  Hotpot openReadOnly(VisitorOptions visitor) {
    return dispatcher.isEmpty() ? openReadOnly() : visitor.join(dispatcher);
  }

  /** As {@link #openForWriting()}; the store may be a cluster, which this process joins. */
  Hotpot openForWriting(VisitorOptions visitor) {
    return dispatcher.isEmpty() ? openForWriting() : visitor.join(dispatcher);
  }

  /** The address of the cluster's dispatcher. */
  String dispatcher() {
    return dispatcher;
  }

  boolean isCluster() {
    return !dispatcher.isEmpty();
  }

  /**
   * Opens the store to look at it; nothing is changed. Values are trees: what they look like needs
   * no class of the application. Says so where the next writer will have something to recover.
   */
  Hotpot openReadOnly() {
    Hotpot hotpot = openQuietly();
    RecoveryReport recovery = hotpot.recovery();
    if (!recovery.clean()) {
      note(
          String.format(
              Locale.ROOT,
              "the store was not closed in order; what was committed is shown, %.1f MB of log were"
                  + " read for it; recovery is pending: it completes when the store is next opened"
                  + " for writing",
              recovery.scannedBytes() / 1e6));
    }
    if (!recovery.damages().isEmpty()) {
      note(
          recovery.damages().size()
              + " damaged places were found; 'hotpot check "
              + directory
              + "' lists them");
    }
    return hotpot;
  }

  /** As {@link #openReadOnly}, for commands that report recovery and damage themselves. */
  Hotpot openQuietly() {
    return open(HotpotOptions.defaults().withReadOnly(true));
  }

  Hotpot openForWriting() {
    return open(HotpotOptions.defaults());
  }

  private Hotpot open(HotpotOptions options) {
    if (isCluster()) {
      throw new Failure(
          ExitCode.USAGE,
          "this command takes a store's directory; of a cluster, ls, roots, get, put, rm, check"
              + " and 'hotpot cluster' tell");
    }
    try {
      return Hotpot.open(
          directory, options.withCreate(false).withBackground(false).withTrees(true));
    } catch (MisuseException e) {
      // Not of this command: the machine lacks what the store needs.
      throw new Failure(ExitCode.UNUSABLE, String.valueOf(e.getMessage()), e);
    }
  }

  PrintWriter out() {
    return spec.commandLine().getOut();
  }

  PrintWriter err() {
    return spec.commandLine().getErr();
  }

  /** A remark beside the result. */
  void note(String text) {
    err().println(json ? Json.of(Map.of("note", text)) : "hotpot: note: " + text);
    err().flush();
  }

  ProgressLine progress(String title, String unit) {
    return ProgressLine.on(err(), title, unit);
  }
}
