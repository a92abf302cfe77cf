package io.hotpot.tools;

import io.hotpot.store.Dataset;
import io.hotpot.store.Hotpot;
import io.hotpot.store.Ref;
import io.hotpot.store.Snapshot;
import io.hotpot.store.StoredType;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hotpot export}: types, objects and roots as JSON lines. */
@Command(
    name = "export",
    description = {
      "Write types, objects and roots as JSON, one a line; 'import' reads it.",
      "A file appears under its name only when it is whole; the last line says so too."
    },
    footer = {
      "",
      "Examples:",
      "  hotpot export bank -o bank.jsonl",
      "  hotpot export bank accounts | gzip > accounts.jsonl.gz"
    })
final class ExportCommand implements Callable<Integer> {

  @Mixin StoreArgument store;

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "<dataset>",
      description = "the datasets to export, by default all")
  List<String> datasets = List.of();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "<file>",
      description = "a file, not standard output; a summary is printed then")
  @Nullable Path output;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  ExportCommand() {}

  /** What was written. */
  private record Written(long types, long datasets, long objects, long roots) {}

  @Override
  public Integer call() throws IOException {
    try (Interruption interruption = Interruption.watch();
        Hotpot hotpot = store.openReadOnly()) {
      List<Dataset> chosen =
          datasets.isEmpty()
              ? hotpot.datasets()
              : datasets.stream().map(name -> Names.dataset(hotpot, name)).distinct().toList();
      if (output == null) {
        export(hotpot, chosen, store.out(), interruption);
      } else {
        report(output, toFile(hotpot, chosen, output, interruption));
      }
    }
    return ExitCode.OK;
  }

  private Written toFile(Hotpot hotpot, List<Dataset> chosen, Path file, Interruption interruption)
      throws IOException {
    boolean special = Files.exists(file) && !Files.isRegularFile(file);
    Path unfinished = special ? file : file.resolveSibling(file.getFileName() + ".unfinished");
    boolean whole = false;
    try {
      Written written;
      try (PrintWriter out = StandardOutput.writer(Files.newOutputStream(unfinished))) {
        written = export(hotpot, chosen, out, interruption);
      }
      if (!special) {
        Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING);
      }
      whole = true;
      return written;
    } finally {
      if (!whole && !special) {
        Files.deleteIfExists(unfinished);
      }
    }
  }

  private Written export(
      Hotpot hotpot, List<Dataset> chosen, PrintWriter out, Interruption interruption) {
    List<StoredType> types = hotpot.types();
    types.forEach(type -> out.println(Json.of(ExportFormat.type(type))));
    long total = chosen.stream().mapToLong(dataset -> dataset.stats().objects()).sum();
    long objects = 0;
    long roots = 0;
    try (Snapshot snapshot = hotpot.snapshot();
        ProgressLine line = store.progress("exporting", "objects")) {
      for (Dataset dataset : chosen) {
        out.println(Json.of(ExportFormat.dataset(dataset)));
        for (Ref<?> ref : dataset.refs()) {
          Optional<Object> value = snapshot.find(Ref.fromId(ref.id()));
          if (value.isEmpty()) {
            continue;
          }
          out.println(Json.of(ExportFormat.object(dataset, ref, value.get())));
          objects++;
          line.report(objects, Math.max(total, objects));
          interruption.check("the export is not whole");
        }
        Map<String, Ref<?>> named = snapshot.roots(dataset);
        named.forEach((name, ref) -> out.println(Json.of(ExportFormat.root(dataset, name, ref))));
        roots += named.size();
      }
    }
    out.println(Json.of(ExportFormat.end(objects)));
    out.flush();
    return new Written(types.size(), chosen.size(), objects, roots);
  }

  private void report(Path file, Written written) {
    if (store.json) {
      Map<String, Object> report = new LinkedHashMap<>();
      report.put("file", file.toString());
      report.put("types", written.types);
      report.put("datasets", written.datasets);
      report.put("objects", written.objects);
      report.put("roots", written.roots);
      store.out().println(Json.of(report));
    } else {
      store
          .out()
          .printf(
              Locale.ROOT,
              "%s: %,d types, %,d datasets, %,d objects, %,d roots%n",
              file,
              written.types,
              written.datasets,
              written.objects,
              written.roots);
    }
  }
}
