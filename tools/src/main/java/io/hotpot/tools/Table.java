package io.hotpot.tools;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Rows under headings, each column as wide as its widest entry. */
final class Table {

  private static final String GAP = "  ";

  private final List<Boolean> isRight = new ArrayList<>();
  private final List<List<String>> rows = new ArrayList<>();

  /**
   * @param headings of the columns; with {@code >} before it, a column is aligned to the right
   */
  Table(String... headings) {
    List<String> first = new ArrayList<>();
    for (String heading : headings) {
      isRight.add(heading.startsWith(">"));
      first.add(heading.startsWith(">") ? heading.substring(1) : heading);
    }
    rows.add(first);
  }

  void row(Object... entries) {
    List<String> row = new ArrayList<>();
    for (Object entry : entries) {
      row.add(String.valueOf(entry));
    }
    rows.add(row);
  }

  /** Prints it, with an empty line before it. */
  void print(PrintWriter out) {
    out.println();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        String space = " ".repeat(width(i) - row.get(i).length());
        line.append(i == 0 ? "" : GAP);
        line.append(isRight.get(i) ? space + row.get(i) : row.get(i) + space);
      }
      out.println(line.toString().stripTrailing());
    }
  }

  private int width(int column) {
    return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
  }
}
