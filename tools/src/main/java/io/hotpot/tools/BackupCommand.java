package io.hotpot.tools;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code hotpot backup}. */
@Command(
    name = "backup",
    description = {
      "Copy a store to another folder, as it is at one moment, and verify the copy.",
      "Onto an earlier backup of the same store, only what has changed is written. A backup that"
          + " was cut short says so and is completed by the next one.",
      "An application that has the store open makes backups itself, while it works: Hotpot.backup."
    },
    footer = {
      "",
      "Examples:",
      "  hotpot backup bank /mnt/backup/bank",
      "  hotpot restore /mnt/backup/bank bank2"
    })
final class BackupCommand implements Callable<Integer> {

  @Mixin StoreArgument store;

  @Parameters(
      index = "1",
      paramLabel = "<folder>",
      description = "a new or empty folder, or an earlier backup of this store")
  Path folder;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  BackupCommand() {}

  @Override
  public Integer call() {
    return CopyReport.copy(
        store, folder, "the backup is marked as not whole; the same command completes it");
  }
}
