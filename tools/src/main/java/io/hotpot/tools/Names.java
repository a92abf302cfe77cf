package io.hotpot.tools;

import io.hotpot.store.Dataset;
import io.hotpot.store.Hotpot;
import io.hotpot.store.MisuseException;
import io.hotpot.store.Ref;
import java.util.Optional;
import java.util.Set;

/** Finds what a user names: datasets by name, objects by reference or by {@code dataset/root}. */
final class Names {

  private Names() {}

  static boolean isReference(String name) {
    return name.startsWith("@");
  }

  /**
   * @throws Failure if there is none
   */
  static Dataset dataset(Hotpot hotpot, String name) {
    return hotpot
        .findDataset(name)
        .orElseThrow(
            () ->
                new Failure(
                    ExitCode.PROBLEM,
                    "there is no dataset '"
                        + name
                        + "'; "
                        + Similar.hint(
                            name,
                            hotpot.datasets().stream().map(Dataset::name).toList(),
                            "the store has none")));
  }

  /**
   * @throws Failure if the text is not of that form
   */
  static Ref<Object> reference(String text) {
    try {
      return Ref.parse(text);
    } catch (MisuseException e) {
      throw new Failure(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
    }
  }

  /** The root that a name of the form {@code dataset/root} means; empty for a reference. */
  static Optional<RootName> root(Hotpot hotpot, String name) {
    if (isReference(name)) {
      return Optional.empty();
    }
    int slash = name.indexOf('/');
    if (slash < 0) {
      throw new Failure(
          ExitCode.USAGE,
          "'"
              + name
              + "' is neither a reference, such as @1.42.0, nor <dataset>/<root>; 'hotpot ls' and"
              + " 'hotpot roots' print both");
    }
    Dataset dataset = dataset(hotpot, name.substring(0, slash));
    return Optional.of(new RootName(dataset, name.substring(slash + 1)));
  }

  /** A named root. */
  record RootName(Dataset dataset, String root) {

    /**
     * @throws Failure if there is none
     */
    Ref<Object> resolve() {
      return dataset
          .read(tx -> tx.<Object>root(dataset, root))
          .orElseThrow(
              () -> {
                Set<String> names = dataset.read(tx -> tx.allRoots(dataset)).keySet();
                return new Failure(
                    ExitCode.PROBLEM,
                    "dataset '"
                        + dataset.name()
                        + "' has no root '"
                        + root
                        + "'; "
                        + Similar.hint(root, names, "it has none"));
              });
    }
  }

  /** The object that a name means; that it exists shows when it is read. */
  static Ref<Object> object(Hotpot hotpot, String name) {
    return root(hotpot, name).map(RootName::resolve).orElseGet(() -> reference(name));
  }
}
