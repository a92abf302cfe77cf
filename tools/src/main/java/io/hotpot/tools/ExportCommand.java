package io.hotpot.tools;

import io.hotpot.store.Dataset;
import io.hotpot.store.Hotpot;
import io.hotpot.store.Ref;
import io.hotpot.store.Snapshot;
import io.hotpot.store.StoredType;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hotpot export}: types, objects and roots as JSON lines. */
@Command(
    name = "export",
    description = "Write types, objects and roots as JSON, one a line; 'import' reads it.",
    mixinStandardHelpOptions = true)
final class ExportCommand implements Callable<Integer> {

  @Mixin StoreArgument store;

  @Parameters(
      index = "1..*",
      paramLabel = "<dataset>",
      description = "the datasets to export, by default all")
  List<String> datasets = List.of();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "<file>",
      description = "a file, not standard output")
  @Nullable Path output;

  @Spec CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  ExportCommand() {}

  @Override
  public Integer call() throws IOException {
    try (Hotpot hotpot = store.openAsTrees(true)) {
      List<Dataset> chosen =
          datasets.isEmpty()
              ? hotpot.datasets()
              : datasets.stream().map(name -> ObjectsCommands.find(hotpot, name, spec)).toList();
      if (output == null) {
        export(hotpot, chosen, spec.commandLine().getOut());
      } else {
        try (PrintWriter file =
            new PrintWriter(Files.newBufferedWriter(output, StandardCharsets.UTF_8))) {
          export(hotpot, chosen, file);
          if (file.checkError()) {
            throw new IOException("cannot write " + output);
          }
        }
      }
    }
    return 0;
  }

  private static void export(Hotpot hotpot, List<Dataset> chosen, PrintWriter out) {
    for (StoredType type : hotpot.types()) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("type", type.name());
      row.put("kind", type.kind());
      row.put(
          "components",
          type.components().stream().map(c -> List.of(c.name(), c.shape(), c.declared())).toList());
      row.put("constants", type.constants());
      out.println(Json.of(row));
    }
    try (Snapshot snapshot = hotpot.snapshot()) {
      for (Dataset dataset : chosen) {
        out.println(
            Json.of(
                Map.of("dataset", dataset.name(), "mode", dataset.options().mode().toString())));
        for (Ref<?> ref : dataset.refs()) {
          Map<String, Object> row = new LinkedHashMap<>();
          row.put("ref", ref.toString());
          row.put("in", dataset.name());
          row.put("value", snapshot.get(Ref.<Object>fromId(ref.id())));
          out.println(Json.of(row));
        }
        snapshot
            .roots(dataset)
            .forEach(
                (name, ref) -> {
                  Map<String, Object> row = new LinkedHashMap<>();
                  row.put("root", name);
                  row.put("in", dataset.name());
                  row.put("is", ref.toString());
                  out.println(Json.of(row));
                });
      }
    }
    out.flush();
  }
}
