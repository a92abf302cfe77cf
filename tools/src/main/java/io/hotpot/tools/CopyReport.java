package io.hotpot.tools;

import io.hotpot.store.Damage;
import io.hotpot.store.Hotpot;
import io.hotpot.store.HotpotOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Copies a store to another folder, verifies the copy, and says so: a backup or a restore. */
final class CopyReport {

  private CopyReport() {}

  /**
   * @param ifCutShort what the user should know who interrupts
   */
  static int copy(StoreArgument from, Path to, String ifCutShort) {
    try (Interruption interruption = Interruption.watch()) {
      long written;
      try (Hotpot hotpot = from.openReadOnly();
          ProgressLine line = from.progress("copying", "chunks")) {
        written =
            hotpot.backup(
                to,
                (done, total) -> {
                  line.report(done, total);
                  interruption.check(ifCutShort);
                });
      }
      List<Damage> damages = new ArrayList<>();
      HotpotOptions look = HotpotOptions.defaults().withCreate(false).withReadOnly(true);
      try (Hotpot copy = Hotpot.open(to, look.withTrees(true));
          ProgressLine line = from.progress("verifying", "chunks")) {
        damages.addAll(copy.recovery().damages());
        damages.addAll(
            copy.check(
                (done, total) -> {
                  line.report(done, total);
                  interruption.check("the copy is complete, but was not verified");
                }));
      }
      print(from, to, written, damages.size());
      return damages.isEmpty() ? ExitCode.OK : ExitCode.PROBLEM;
    }
  }

  private static void print(StoreArgument from, Path to, long written, int damages) {
    if (from.json) {
      Map<String, Object> report = new LinkedHashMap<>();
      report.put("folder", to.toString());
      report.put("writtenBytes", written);
      report.put("damages", damages);
      from.out().println(Json.of(report));
    } else {
      from.out()
          .printf(
              Locale.ROOT,
              "%s: %,d bytes written, %s%n",
              to,
              written,
              damages == 0
                  ? "verified"
                  : damages + " damaged places; 'hotpot check " + to + "' lists them");
    }
  }
}
