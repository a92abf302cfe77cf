package io.hotpot.tools;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Reads JSON as trees of maps, lists, texts and numbers. */
final class JsonTrees {

  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private JsonTrees() {}

  static Object parse(String text, CommandSpec spec) {
    try {
      Object tree = MAPPER.readValue(text, Object.class);
      if (tree == null) {
        throw new ParameterException(spec.commandLine(), "null is no object");
      }
      return tree;
    } catch (JacksonException e) {
      throw new ParameterException(
          spec.commandLine(), "this is not JSON: " + e.getOriginalMessage(), e);
    }
  }
}
