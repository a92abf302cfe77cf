package io.hotpot.tools;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Finds what a user may have meant. */
final class Similar {

  private static final int MAX_NAMES = 10;

  private Similar() {}

  /** A clause for a message that says there is no such name: near names, or else what there is. */
  static String hint(String wrong, Collection<String> known, String none) {
    if (known.isEmpty()) {
      return none;
    }
    List<String> near = near(wrong, known);
    if (!near.isEmpty()) {
      return near.stream()
          .map(name -> "'" + name + "'")
          .collect(Collectors.joining(" or ", "did you mean ", "?"));
    }
    List<String> shown = known.stream().sorted().limit(MAX_NAMES).toList();
    return "there are: "
        + String.join(", ", shown)
        + (known.size() > MAX_NAMES ? " and " + (known.size() - MAX_NAMES) + " more" : "");
  }

  /** Names that differ by a few letters or by case, or begin alike; the nearest first. */
  static List<String> near(String wrong, Collection<String> known) {
    String lower = wrong.toLowerCase(Locale.ROOT);
    int tolerance = Math.max(1, wrong.length() / 3);
    return known.stream()
        .filter(
            name -> {
              String other = name.toLowerCase(Locale.ROOT);
              return distance(lower, other) <= tolerance
                  || (lower.length() >= 3 && other.startsWith(lower));
            })
        .sorted(
            Comparator.comparingInt((String name) -> distance(lower, name.toLowerCase(Locale.ROOT)))
                .thenComparing(Comparator.naturalOrder()))
        .limit(3)
        .toList();
  }

  /** Levenshtein's distance. */
  static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int above = row[j];
        int replace = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replace, 1 + Math.min(above, row[j - 1]));
        diagonal = above;
      }
    }
    return row[b.length()];
  }
}
