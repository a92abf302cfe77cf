package io.hotpot.tools.demo;

import io.hotpot.store.Progress;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The graph as the class files say, without any store: what the answers are compared with. */
final class ParsedGraph extends Questions<ClassFiles.Parsed> {

  private final Map<String, ClassFiles.Parsed> classes = new HashMap<>();

  /**
   * @param progress counts modules
   */
  ParsedGraph(List<String> modules, Progress progress) {
    int done = 0;
    for (String module : modules) {
      ClassFiles.packages(module).values().stream()
          .flatMap(Collection::stream)
          .map(ClassFiles::parse)
          .forEach(parsed -> classes.put(parsed.name(), parsed));
      progress.report(++done, modules.size());
    }
  }

  @Override
  Map<String, ClassFiles.Parsed> classes() {
    return classes;
  }

  @Override
  String name(ClassFiles.Parsed node) {
    return node.name();
  }

  @Override
  ClassFiles.@Nullable Parsed superclass(ClassFiles.Parsed node) {
    return classes.get(node.superclass());
  }

  @Override
  List<ClassFiles.Parsed> interfaces(ClassFiles.Parsed node) {
    return known(node.interfaces());
  }

  @Override
  List<ClassFiles.Parsed> refersTo(ClassFiles.Parsed node) {
    return known(node.refersTo());
  }

  private List<ClassFiles.Parsed> known(Collection<String> names) {
    return names.stream().map(classes::get).filter(Objects::nonNull).toList();
  }

  @Override
  int members(ClassFiles.Parsed node) {
    return node.members().size();
  }
}
