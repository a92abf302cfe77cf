package io.hotpot.tools;

import io.hotpot.store.Hotpot;
import io.hotpot.store.HotpotOptions;
import java.nio.file.Path;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The store that a command works on, and how it prints. */
final class StoreArgument {

  @Parameters(index = "0", paramLabel = "STORE", description = "the store's directory")
  Path directory;

  @Option(names = "--json", description = "print JSON")
  boolean json;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  StoreArgument() {}

  Hotpot openReadOnly() {
    return Hotpot.open(directory, HotpotOptions.defaults().withCreate(false).withReadOnly(true));
  }

  /** Values are trees: what they look like needs no class of the application. */
  Hotpot openAsTrees(boolean readOnly) {
    return Hotpot.open(
        directory,
        HotpotOptions.defaults()
            .withCreate(false)
            .withBackground(false)
            .withReadOnly(readOnly)
            .withTrees(true));
  }

  Hotpot openForWriting() {
    return Hotpot.open(directory, HotpotOptions.defaults().withCreate(false).withBackground(false));
  }
}
