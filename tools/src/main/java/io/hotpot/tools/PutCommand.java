package io.hotpot.tools;

import io.hotpot.store.Dataset;
import io.hotpot.store.Hotpot;
import io.hotpot.store.Ref;
import io.hotpot.store.Transaction;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code hotpot put}: writes an object from JSON. */
@Command(
    name = "put",
    description = {
      "Replace an object, or create one in a dataset, from JSON as get prints it.",
      "The type must be known to the store and every component be there. Prints the reference.",
      "The JSON is the last argument, a file (--file), or else standard input."
    },
    footer = {
      "",
      "Examples:",
      "  hotpot put bank @1.42.0 '{\"@type\":\"bank.Account\",\"owner\":\"Ada\",\"cents\":1}'",
      "  hotpot put bank accounts --file eve.json --root eve     create, and name it",
      "  hotpot get bank @1.42.0 --json | jq -c '.value | .cents = 5' | hotpot put bank @1.42.0"
    })
final class PutCommand implements Callable<Integer> {

  @Mixin StoreArgument store;

  @Mixin VisitorOptions visitor;

  @Parameters(
      index = "1",
      paramLabel = "<object|dataset>",
      description = "what to replace (@1.42.0 or <dataset>/<root>), or the dataset to create in")
  String target;

  @Parameters(index = "2", arity = "0..1", paramLabel = "<json>", description = "the value")
  @Nullable String json;

  @Option(
      names = {"-f", "--file"},
      paramLabel = "<file>",
      description = "read the value from a file")
  @Nullable Path file;

  @Option(names = "--root", paramLabel = "<name>", description = "make the object a root so named")
  @Nullable String root;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  PutCommand() {}

  @Override
  public Integer call() throws IOException {
    if (json != null && file != null) {
      throw new ParameterException(
          store.spec.commandLine(), "give the JSON as an argument or as a file, not both");
    }
    Object tree = JsonTrees.parse(text(), "");
    try (Hotpot hotpot = store.openForWriting(visitor)) {
      Optional<Ref<Object>> present =
          Names.isReference(target) || target.indexOf('/') >= 0
              ? Optional.of(Names.object(hotpot, target))
              : Optional.empty();
      Ref<Object> ref =
          present.isPresent()
              ? replace(hotpot, present.get(), tree)
              : create(hotpot, Names.dataset(hotpot, target), tree);
      if (store.json) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("ref", ref.toString());
        row.put("created", present.isEmpty());
        store.out().println(Json.of(row));
      } else {
        store.out().println(ref);
      }
    }
    return ExitCode.OK;
  }

  private String text() throws IOException {
    if (json != null) {
      return json;
    }
    return file != null
        ? Files.readString(file)
        : new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
  }

  private Ref<Object> replace(Hotpot hotpot, Ref<Object> ref, Object tree) {
    Dataset dataset = hotpot.datasetOf(ref);
    hotpot.run(
        tx -> {
          if (!store.isCluster()) {
            // Needed where writers exclude one another, harmless elsewhere.
            tx.acquire(ref);
          }
          // The types of a cluster are met by reading: most often the new value has those of the
          // old.
          tx.find(ref);
          tx.put(ref, tree);
          name(tx, dataset, ref);
        });
    return ref;
  }

  private Ref<Object> create(Hotpot hotpot, Dataset dataset, Object tree) {
    return hotpot.transact(
        tx -> {
          Ref<Object> ref = tx.allocate(dataset, tree);
          name(tx, dataset, ref);
          return ref;
        });
  }

  private void name(Transaction tx, Dataset dataset, Ref<Object> ref) {
    if (root != null) {
      tx.root(dataset, root, ref);
    }
  }
}
