package io.hotpot.tools.demo;

import io.hotpot.tools.ProgressLine;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The answers of a store beside those that the class files give.
 *
 * @param same whether all are equal
 * @param table a row for each question
 */
record Comparison(boolean same, List<Object> table) {

  /** Computes the answers anew, compares, and shows it. */
  static Comparison of(Map<String, String> answers, List<String> modules, Narrator narrator) {
    narrator.say("");
    narrator.say("Each answer is compared with a recomputation from jrt:/, without the store:");
    Map<String, String> expected;
    try (ProgressLine line = narrator.progress("recomputing", "modules read")) {
      expected = new ParsedGraph(ClassFiles.modules(modules), line).answers();
    }
    boolean same = true;
    List<Object> table = new ArrayList<>();
    for (Map.Entry<String, String> answer : answers.entrySet()) {
      String question = answer.getKey();
      String wanted = String.valueOf(expected.get(question));
      boolean equal = wanted.equals(answer.getValue());
      same &= equal;
      narrator.wrapped(
          String.format("  %-9s %-27s ", equal ? "equal" : "DIFFERENT", question),
          answer.getValue());
      if (!equal) {
        narrator.wrapped(String.format("  %-9s %-27s ", "", "the class files say:"), wanted);
      }
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("question", question);
      row.put("answer", answer.getValue());
      row.put("expected", wanted);
      row.put("equal", equal);
      table.add(row);
    }
    return new Comparison(same, table);
  }
}
