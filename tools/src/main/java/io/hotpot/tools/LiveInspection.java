package io.hotpot.tools;

import io.hotpot.store.Hotpot;
import io.hotpot.store.StoreOutline;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** What can be told of a store that another process has open. */
final class LiveInspection {

  private final String holder;
  private final StoreOutline outline;
  private final Map<String, Long> counters;

  /**
   * @param holder the sentence that says who has it
   */
  LiveInspection(Path directory, String holder) {
    this.holder = holder;
    this.outline = Hotpot.outline(directory);
    this.counters = Counters.lastOrNone(directory);
  }

  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("inUse", holder);
    map.put("heap", outline.kind());
    map.put("location", outline.file());
    map.put("storeId", Long.toHexString(outline.storeId()));
    map.put("openings", outline.openings());
    map.put("chunks", outline.chunks());
    map.put("chunksByPartition", outline.chunksByPartition());
    map.put("counters", counters);
    return map;
  }

  void print(PrintWriter out) {
    out.println("IN USE: " + holder + ".");
    out.println("Shown is what the head of its heap and its counters tell; no object was read.");
    out.println();
    out.printf("heap        %s%n", outline.kind());
    out.printf("location    %s%n", outline.file());
    out.printf(
        "identity    %016x, opened for writing %s times%n",
        outline.storeId(), outline.openings() < 0 ? "an unknown number of" : outline.openings());
    long inUse = outline.chunksByPartition().values().stream().mapToLong(n -> n).sum();
    out.printf(Locale.ROOT, "chunks      %,d of 4 MiB, %,d hold a log%n", outline.chunks(), inUse);
    outline
        .chunksByPartition()
        .forEach(
            (partition, chunks) ->
                out.printf(
                    Locale.ROOT,
                    "  %-22s %,7d chunks%n",
                    partition == 0 ? "catalog" : "partition " + partition,
                    chunks));
    out.println();
    Counters.print(counters, out);
  }
}
