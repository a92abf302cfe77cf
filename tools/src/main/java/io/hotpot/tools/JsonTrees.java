package io.hotpot.tools;

import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Reads JSON as trees of maps, lists, texts and numbers. */
final class JsonTrees {

  /** A level of a stored value takes up to three of JSON, as a map of lists of pairs does. */
  private static final int MAX_NESTING = 2000;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_NESTING)
                          .maxStringLength(Integer.MAX_VALUE)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private JsonTrees() {}

  /**
   * @param place what stands before the message, such as the line of a file; may be empty
   * @throws Failure if it is not JSON, or null
   */
  static Object parse(String text, String place) {
    if (text.isBlank()) {
      throw new Failure(ExitCode.USAGE, place + "this is not JSON: there is nothing");
    }
    try {
      Object tree = MAPPER.readValue(text, Object.class);
      if (tree == null) {
        throw new Failure(ExitCode.USAGE, place + "null is no object");
      }
      return tree;
    } catch (JacksonException e) {
      TokenStreamLocation at = e.getLocation();
      String where = at == null ? "" : ", line " + at.getLineNr() + ", column " + at.getColumnNr();
      throw new Failure(
          ExitCode.USAGE, place + "this is not JSON" + where + ": " + e.getOriginalMessage(), e);
    }
  }
}
