package io.hotpot.tools;

import java.util.Map;
import java.util.Stack;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Takes the number behind {@code --watch} if there is one: what follows may as well be the store.
 */
final class WatchInterval implements IParameterPreprocessor {

  private static final String ONE_SECOND = "1";

  @Override
  @SuppressWarnings("JdkObsolete") // picocli's
  public boolean preprocess(
      Stack<String> arguments, CommandSpec command, ArgSpec option, Map<String, Object> info) {
    boolean isNumber = !arguments.isEmpty() && arguments.peek().matches("\\d+(\\.\\d+)?");
    if (!isNumber) {
      arguments.push(ONE_SECOND);
    }
    return false;
  }
}
