package io.hotpot.tools;

import io.hotpot.store.Dataset;
import io.hotpot.store.Hotpot;
import io.hotpot.store.Progress;
import io.hotpot.store.Ref;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Follows references from the named roots of all datasets. Keeps all references in memory. */
final class Reachability {

  private Reachability() {}

  /**
   * The objects that no root reaches, in the order of datasets and objects.
   *
   * @param hotpot opened so that it gives trees
   * @param progress counts the objects that are reached
   */
  static List<Ref<?>> unreachable(Hotpot hotpot, Progress progress) {
    long total = hotpot.datasets().stream().mapToLong(dataset -> dataset.stats().objects()).sum();
    long visited = 0;
    Set<Ref<?>> reached = new HashSet<>();
    ArrayDeque<Ref<?>> toVisit = new ArrayDeque<>();
    for (Dataset dataset : hotpot.datasets()) {
      dataset
          .read(tx -> tx.allRoots(dataset))
          .values()
          .forEach(
              ref -> {
                if (reached.add(ref)) {
                  toVisit.add(ref);
                }
              });
    }
    while (!toVisit.isEmpty()) {
      Ref<Object> ref = Ref.fromId(toVisit.removeLast().id());
      Optional<Object> tree = hotpot.read(tx -> tx.find(ref));
      tree.ifPresent(value -> collect(value, reached, toVisit));
      visited++;
      progress.report(visited, Math.max(visited, total));
    }
    List<Ref<?>> unreachable = new ArrayList<>();
    for (Dataset dataset : hotpot.datasets()) {
      for (Ref<?> ref : dataset.refs()) {
        if (!reached.contains(ref)) {
          unreachable.add(ref);
        }
      }
    }
    return unreachable;
  }

  private static void collect(
      @Nullable Object tree, Set<Ref<?>> reached, ArrayDeque<Ref<?>> toVisit) {
    if (tree instanceof List<?> list) {
      list.forEach(element -> collect(element, reached, toVisit));
    } else if (tree instanceof Map<?, ?> map) {
      if (map.size() == 1 && map.get("@ref") instanceof String text) {
        Ref<?> ref = Ref.parse(text);
        if (reached.add(ref)) {
          toVisit.add(ref);
        }
        return;
      }
      map.values().forEach(value -> collect(value, reached, toVisit));
    }
  }
}
