package io.hotpot.tools;

import io.hotpot.store.Damage;
import io.hotpot.store.Hotpot;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code hotpot check}: verifies every checksum. Changes nothing unless told to accept damage. */
@Command(
    name = "check",
    description = "Verify every checksum of a store; exit code 1 tells of damage.",
    mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {

  @Mixin StoreArgument store;

  @Option(
      names = "--accept-damage",
      description = {
        "Serve again what may have had a newer version in a damaged place.",
        "Restore a backup instead if you have one."
      })
  boolean acceptDamage;

  @Option(
      names = "--unreachable",
      description = "list the objects that no root reaches, instead of checking")
  boolean unreachable;

  @Spec CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  CheckCommand() {}

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    if (unreachable) {
      return listUnreachable(out);
    }
    List<Damage> damages = new ArrayList<>();
    if (acceptDamage) {
      try (Hotpot hotpot = store.openForWriting()) {
        List<String> accepted = hotpot.acceptDamage();
        if (!store.json) {
          out.println(
              accepted.isEmpty()
                  ? "nothing is withheld because of damage"
                  : "served again as it is: " + String.join(", ", accepted));
        }
      }
    }
    try (Hotpot hotpot = store.openReadOnly()) {
      damages.addAll(hotpot.recovery().damages());
      for (Damage damage : hotpot.check()) {
        if (!damages.contains(damage)) {
          damages.add(damage);
        }
      }
    }
    if (store.json) {
      out.println(Json.of(damages.stream().map(CheckCommand::toMap).toList()));
    } else if (damages.isEmpty()) {
      out.println("sound: every checksum holds");
    } else {
      for (Damage d : damages) {
        out.printf(
            "damaged: partition %d, chunk %d, offset %d, %d bytes%s: %s%n",
            d.partition(),
            d.chunk(),
            d.offset(),
            d.lengthBytes(),
            d.object().isEmpty() ? "" : ", object " + d.object(),
            d.message());
      }
    }
    return damages.isEmpty() ? 0 : Main.FAILED_CHECK;
  }

  private int listUnreachable(PrintWriter out) {
    List<String> found = new ArrayList<>();
    try (Hotpot hotpot = store.openAsTrees(true)) {
      Reachability.unreachable(hotpot)
          .forEach(
              ref -> {
                if (store.json) {
                  found.add(ref.toString());
                } else {
                  out.println(ref + " in " + hotpot.datasetOf(ref).name());
                }
              });
    }
    if (store.json) {
      out.println(Json.of(found));
    }
    return 0;
  }

  private static Map<String, Object> toMap(Damage d) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("partition", d.partition());
    map.put("chunk", d.chunk());
    map.put("offset", d.offset());
    map.put("lengthBytes", d.lengthBytes());
    map.put("object", d.object());
    map.put("message", d.message());
    return map;
  }
}
