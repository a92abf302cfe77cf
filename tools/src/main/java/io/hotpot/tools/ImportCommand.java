package io.hotpot.tools;

import io.hotpot.store.Hotpot;
import io.hotpot.store.HotpotOptions;
import io.hotpot.store.MisuseException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code hotpot import}: what {@code export} wrote, into new datasets. */
@Command(
    name = "import",
    description = {
      "Read what 'export' wrote into new datasets; the store is created if there is none.",
      "All of it or nothing, whatever interrupts it. Datasets that the store has already are"
          + " refused; others in it stay as they are. Objects get new references, and those in them"
          + " are changed accordingly; a reference to what is not in the export becomes null."
    },
    footer = {
      "",
      "Examples:",
      "  hotpot import bank2 bank.jsonl",
      "  zcat accounts.jsonl.gz | hotpot import bank2"
    })
final class ImportCommand implements Callable<Integer> {

  @Mixin StoreArgument store;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "<file>",
      description = "by default standard input")
  @Nullable Path input;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  ImportCommand() {}

  @Override
  public Integer call() throws IOException {
    boolean isNew = Files.notExists(store.directory);
    // The input comes first: without it no store is created.
    try (Interruption interruption = Interruption.watch();
        BufferedReader lines = reader()) {
      boolean done = false;
      try {
        importTo(lines, interruption);
        done = true;
      } finally {
        if (!done && isNew) {
          remove(store.directory);
        }
      }
    }
    return ExitCode.OK;
  }

  private BufferedReader reader() throws IOException {
    if (input == null) {
      return new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    }
    if (Files.isDirectory(input)) {
      throw new Failure(ExitCode.USAGE, input + " is a directory, not what 'export' wrote");
    }
    return Files.newBufferedReader(input, StandardCharsets.UTF_8);
  }

  private void importTo(BufferedReader lines, Interruption interruption) throws IOException {
    try (Hotpot hotpot = open()) {
      Importer importer = new Importer(hotpot);
      int remains = importer.dropRemains();
      if (remains > 0) {
        store.note("dropped " + remains + " datasets of an import that had been cut short");
      }
      try (ProgressLine line = store.progress("importing", "lines, then objects")) {
        importer.run(
            lines,
            (count, total) -> {
              line.report(count, total);
              interruption.check("nothing was imported");
            });
      }
      report(importer);
    } catch (CharacterCodingException e) {
      throw new Failure(ExitCode.USAGE, "the input is not UTF-8; nothing was imported", e);
    }
  }

  private Hotpot open() {
    try {
      return Hotpot.open(store.directory, HotpotOptions.defaults().withTrees(true));
    } catch (MisuseException e) {
      throw new Failure(ExitCode.UNUSABLE, String.valueOf(e.getMessage()), e);
    }
  }

  /** Removes the store that this command has created. */
  private static void remove(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private void report(Importer importer) {
    if (store.json) {
      Map<String, Object> report = new LinkedHashMap<>();
      report.put("datasets", importer.datasets());
      report.put("objects", importer.objects());
      report.put("roots", importer.roots());
      report.put("referencesToNothing", importer.lostReferences());
      store.out().println(Json.of(report));
      return;
    }
    store
        .out()
        .printf(
            Locale.ROOT,
            "imported %,d objects and %,d roots into %s%n",
            importer.objects(),
            importer.roots(),
            importer.datasets());
    if (importer.lostReferences() > 0) {
      store.note(
          String.format(
              Locale.ROOT,
              "%,d references or roots named objects that are not in the export; they are null"
                  + " now, or gone",
              importer.lostReferences()));
    }
  }
}
