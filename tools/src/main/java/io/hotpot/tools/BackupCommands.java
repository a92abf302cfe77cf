package io.hotpot.tools;

import io.hotpot.store.Hotpot;
import io.hotpot.store.HotpotOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hotpot backup} and {@code hotpot restore}. */
final class BackupCommands {

  private BackupCommands() {}

  /** {@code hotpot backup}. */
  @Command(
      name = "backup",
      description = {
        "Copy a store to another folder and verify the copy.",
        "Onto an earlier backup of the same store, only what has changed is written.",
        "An application that has the store open makes backups itself: Hotpot.backup."
      },
      mixinStandardHelpOptions = true)
  static final class Backup implements Callable<Integer> {

    @Mixin StoreArgument store;

    @Parameters(
        index = "1",
        paramLabel = "<folder>",
        description = "a new or empty folder, or an earlier backup of this store")
    Path folder;

    @Spec CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the fields
    Backup() {}

    @Override
    public Integer call() {
      return copy(store, folder, spec);
    }
  }

  /** {@code hotpot restore}. */
  @Command(
      name = "restore",
      description = "Make a store out of a backup, in a new or empty folder, and verify it.",
      mixinStandardHelpOptions = true)
  static final class Restore implements Callable<Integer> {

    @Mixin StoreArgument store;

    @Parameters(index = "1", paramLabel = "<folder>", description = "where the store shall be")
    Path folder;

    @Spec CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the fields
    Restore() {}

    @Override
    public Integer call() throws IOException {
      if (Files.exists(folder)) {
        try (Stream<Path> files = Files.list(folder)) {
          if (files.findAny().isPresent()) {
            throw new ParameterException(
                spec.commandLine(),
                folder + " is not empty; a store is restored to a new or an empty folder");
          }
        }
      }
      return copy(store, folder, spec);
    }
  }

  private static int copy(StoreArgument from, Path to, CommandSpec spec) {
    long written;
    try (Hotpot hotpot = from.openAsTrees(true)) {
      written = hotpot.backup(to);
    }
    int damages;
    try (Hotpot copy =
        Hotpot.open(
            to, HotpotOptions.defaults().withCreate(false).withReadOnly(true).withTrees(true))) {
      damages = copy.recovery().damages().size() + copy.check().size();
    }
    if (from.json) {
      Map<String, Object> report = new LinkedHashMap<>();
      report.put("folder", to.toString());
      report.put("writtenBytes", written);
      report.put("damages", damages);
      spec.commandLine().getOut().println(Json.of(report));
    } else {
      spec.commandLine()
          .getOut()
          .printf(
              "%s: %,d bytes written, %s%n",
              to, written, damages == 0 ? "verified" : damages + " damaged places; see 'check'");
    }
    return damages == 0 ? 0 : Main.FAILED_CHECK;
  }
}
