package io.hotpot.tools;

import io.hotpot.store.Hotpot;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code hotpot compact}: moves live objects together. */
@Command(
    name = "compact",
    description = "Move live objects together and free the rest.",
    mixinStandardHelpOptions = true)
final class CompactCommand implements Callable<Integer> {

  @Mixin StoreArgument store;
  @Spec CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  CompactCommand() {}

  @Override
  public Integer call() {
    try (Hotpot hotpot = store.openForWriting()) {
      int freed = hotpot.compact();
      spec.commandLine()
          .getOut()
          .println(
              store.json
                  ? Json.of(Map.of("chunksFreed", freed))
                  : freed + " chunks of 4 MiB freed");
    }
    return 0;
  }
}
