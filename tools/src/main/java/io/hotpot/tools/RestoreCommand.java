package io.hotpot.tools;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code hotpot restore}. */
@Command(
    name = "restore",
    description = {
      "Make a store out of a backup, in a new or empty folder, and verify it.",
      "The backup itself is not changed and can be brought up to date later."
    },
    footer = {"", "Example:", "  hotpot restore /mnt/backup/bank bank"})
final class RestoreCommand implements Callable<Integer> {

  @Mixin StoreArgument store;

  @Parameters(index = "1", paramLabel = "<folder>", description = "where the store shall be")
  Path folder;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  RestoreCommand() {}

  @Override
  public Integer call() throws IOException {
    if (Files.isDirectory(folder)) {
      try (Stream<Path> files = Files.list(folder)) {
        @Nullable Path first = files.findAny().orElse(null);
        if (first != null) {
          throw new Failure(
              ExitCode.USAGE,
              folder
                  + " is not empty ("
                  + first.getFileName()
                  + " is in it); a store is restored to a new or an empty folder");
        }
      }
    }
    return CopyReport.copy(
        store, folder, "the copy is marked as not whole; remove " + folder + " and restore again");
  }
}
