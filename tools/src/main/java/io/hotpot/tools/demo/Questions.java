package io.hotpot.tools.demo;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the demo asks of the graph. The same questions are put to the stored objects and to what is
 * read anew from the class files, so that the answers can be compared.
 *
 * @param <C> what stands for a class
 */
abstract class Questions<C> {

  static final String PATH_FROM = "java.util.HashMap";
  static final String PATH_TO = "java.util.zip.ZipFile";

  /** All classes by name. */
  abstract Map<String, C> classes();

  abstract String name(C node);

  abstract @Nullable C superclass(C node);

  abstract List<C> interfaces(C node);

  abstract List<C> refersTo(C node);

  abstract int members(C node);

  /** The answers by question, in order. */
  final Map<String, String> answers() {
    Map<String, C> classes = new TreeMap<>(classes());
    Map<String, String> answers = new LinkedHashMap<>();
    answers.put("classes, members", classes.size() + ", " + totalMembers(classes));
    answers.put("deepest hierarchy", deepest(classes));
    answers.put("most implemented interface", mostNamed(classes, true));
    answers.put("most referred-to class", mostNamed(classes, false));
    answers.put("shortest path", shortestPath(classes));
    return answers;
  }

  private long totalMembers(Map<String, C> classes) {
    return classes.values().stream().mapToLong(this::members).sum();
  }

  private String deepest(Map<String, C> classes) {
    Map<String, Integer> depths = new HashMap<>();
    String deepest = "";
    int most = 0;
    for (C node : classes.values()) {
      int depth = depth(node, depths);
      if (depth > most) {
        most = depth;
        deepest = name(node);
      }
    }
    return most + " levels down to " + deepest;
  }

  private int depth(C node, Map<String, Integer> depths) {
    Integer known = depths.get(name(node));
    if (known != null) {
      return known;
    }
    C superclass = superclass(node);
    int depth = superclass == null ? 1 : 1 + depth(superclass, depths);
    depths.put(name(node), depth);
    return depth;
  }

  private String mostNamed(Map<String, C> classes, boolean asInterface) {
    Map<String, Integer> counts = new TreeMap<>();
    for (C node : classes.values()) {
      for (C named : asInterface ? interfaces(node) : refersTo(node)) {
        counts.merge(name(named), 1, Integer::sum);
      }
    }
    String best = "";
    int most = 0;
    for (Map.Entry<String, Integer> count : counts.entrySet()) {
      if (count.getValue() > most) {
        most = count.getValue();
        best = count.getKey();
      }
    }
    return best + ", by " + most + " classes";
  }

  /** Breadth first; neighbours in the order of their names, so that there is one answer. */
  private String shortestPath(Map<String, C> classes) {
    C from = classes.get(PATH_FROM);
    if (from == null) {
      return "there is no " + PATH_FROM;
    }
    Map<String, String> cameFrom = new HashMap<>();
    ArrayDeque<C> queue = new ArrayDeque<>(List.of(from));
    cameFrom.put(PATH_FROM, "");
    while (!queue.isEmpty() && !cameFrom.containsKey(PATH_TO)) {
      C node = queue.removeFirst();
      for (C next : refersTo(node)) {
        if (cameFrom.putIfAbsent(name(next), name(node)) == null) {
          queue.add(next);
        }
      }
    }
    if (!cameFrom.containsKey(PATH_TO)) {
      return "there is none from " + PATH_FROM + " to " + PATH_TO;
    }
    List<String> path = new ArrayList<>();
    for (String at = PATH_TO; !at.isEmpty(); at = cameFrom.getOrDefault(at, "")) {
      path.add(at.substring(at.lastIndexOf('.') + 1));
    }
    Collections.reverse(path);
    return String.join(" -> ", path);
  }
}
