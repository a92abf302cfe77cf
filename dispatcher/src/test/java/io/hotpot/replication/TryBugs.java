package io.hotpot.replication;

import java.lang.reflect.*;

final class TryBugs {
  public static void main(String[] a) throws Exception {
    Method bugs = Class.forName("io.hotpot.replication.TryBugs").getDeclaredMethod("list");
    for (PlantedBug bug : list()) {
      if (a.length > 1 && !bug.name().contains(a[1])) continue;
      Method check =
          bug.load()
              .loadClass(ClusterRun.class.getName())
              .getDeclaredMethod("check", long.class, int.class);
      check.setAccessible(true);
      boolean found = false;
      for (long seed = 1; seed <= Integer.parseInt(a[0]) && !found; seed++) {
        try {
          check.invoke(null, seed, 40);
        } catch (InvocationTargetException e) {
          found = true;
          System.out.println(
              bug + " seed " + seed + ": " + e.getCause().getMessage().replace('\n', ' '));
        }
      }
      if (!found) System.out.println(bug + " NOT FOUND");
    }
  }

  static java.util.List<PlantedBug> list() {
    return java.util.List.of(
        new PlantedBug(
            "acknowledge before the last replica",
            "OwnedLogSide",
            "moveOn",
            "acknowledgedByAll",
            Long.MAX_VALUE),
        new PlantedBug(
            "catch up past a gap", "CatchUpDesk", "askForNext", "acknowledgedTo", Long.MAX_VALUE),
        new PlantedBug("publish before EpochSeen", "Promotion", "check", "isSeenByAll", 1),
        new PlantedBug("serve past the lease", "FetchDesk", "answer", "leaseEndNs", Long.MAX_VALUE),
        new PlantedBug(
            "skip the acknowledgement of an invalidation",
            "OwnedLogSide",
            "take",
            "roundBegins",
            0));
  }
}
