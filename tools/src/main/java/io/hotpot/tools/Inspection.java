package io.hotpot.tools;

import io.hotpot.store.ChunkUse;
import io.hotpot.store.Dataset;
import io.hotpot.store.DatasetStats;
import io.hotpot.store.Durability;
import io.hotpot.store.Hotpot;
import io.hotpot.store.HotpotOptions;
import io.hotpot.store.HotpotOptions.HeapKind;
import io.hotpot.store.RecoveryReport;
import io.hotpot.store.StoredType;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What a store is and holds, as a report. */
final class Inspection {

  /** Bars of the histogram: how much of a chunk is live. */
  private static final int BARS = 5;

  private static final int CHUNK_BYTES = 4 << 20;
  private static final int BAR_WIDTH = 40;

  private final Hotpot hotpot;
  private final Map<String, Long> counters;
  private final List<ChunkUse> chunks;

  Inspection(Path directory, Hotpot hotpot) {
    this.hotpot = hotpot;
    this.counters = Counters.lastOrNone(directory);
    this.chunks = hotpot.chunkUse();
  }

  private static Durability promised() {
    return HotpotOptions.defaults().durability();
  }

  private boolean isPromiseKept() {
    return hotpot.heapInfo().durability().compareTo(promised()) >= 0;
  }

  /** What a store that is created here now would get, and why not LLPL if it would not. */
  private static String newStores() {
    return Hotpot.obstacle(HeapKind.LLPL)
        .map(why -> "a new store here gets a mapped heap, since LLPL cannot be used: " + why)
        .orElse("a new store here gets an LLPL heap, since its native libraries load");
  }

  private int[] histogram() {
    int[] bars = new int[BARS];
    for (ChunkUse chunk : chunks) {
      int bar = (int) (chunk.liveBytes() * BARS / CHUNK_BYTES);
      bars[Math.min(BARS - 1, bar)]++;
    }
    return bars;
  }

  private double liveShare() {
    long live = chunks.stream().mapToLong(ChunkUse::liveBytes).sum();
    return chunks.isEmpty() ? 0 : (double) live / ((long) chunks.size() * CHUNK_BYTES);
  }

  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("heap", hotpot.heapInfo().kind());
    map.put("location", hotpot.heapInfo().location());
    map.put("reason", hotpot.heapInfo().reason());
    map.put("newStores", newStores());
    map.put("durability", hotpot.heapInfo().durability());
    map.put("mechanism", hotpot.heapInfo().mechanism());
    map.put("durabilityByDefault", promised());
    map.put("defaultIsKept", isPromiseKept());
    map.put("chunksInUse", hotpot.heapUse().chunksInUse());
    map.put("chunksAtMost", hotpot.heapUse().chunksAtMost());
    map.put("liveShare", Math.round(1000 * liveShare()) / 1000.0);
    List<Integer> bars = new ArrayList<>();
    for (int count : histogram()) {
      bars.add(count);
    }
    map.put("chunksByLiveFifth", bars);
    map.put("cleanlyClosed", hotpot.recovery().clean());
    map.put("scannedBytes", hotpot.recovery().scannedBytes());
    map.put("damages", hotpot.recovery().damages().size());
    map.put("counters", Counters.toMap(counters));
    map.put("datasets", hotpot.datasets().stream().map(Inspection::toMap).toList());
    map.put("types", hotpot.types().stream().map(Inspection::toMap).toList());
    return map;
  }

  private static Map<String, Object> toMap(Dataset dataset) {
    DatasetStats stats = dataset.stats();
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("name", stats.name());
    map.put("mode", stats.mode());
    map.put("objects", stats.objects());
    map.put("liveBytes", stats.liveBytes());
    map.put("chunks", stats.chunks());
    map.put("roots", dataset.read(tx -> tx.allRoots(dataset)).size());
    return map;
  }

  private static Map<String, Object> toMap(StoredType type) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("name", type.name());
    map.put("version", type.version());
    map.put("kind", type.kind());
    Map<String, Object> components = new LinkedHashMap<>();
    type.components().forEach(c -> components.put(c.name(), c.shape()));
    map.put("components", components);
    map.put("constants", type.constants());
    return map;
  }

  void print(PrintWriter out) {
    printHeap(out);
    printChunks(out);
    printState(out);
    printDatasets(out);
    printTypes(out);
    out.println();
    Counters.print(counters, out);
  }

  private void printHeap(PrintWriter out) {
    out.printf("heap        %s: %s%n", hotpot.heapInfo().kind(), hotpot.heapInfo().reason());
    out.printf("            (%s)%n", newStores());
    out.printf("location    %s%n", hotpot.heapInfo().location());
    out.printf(
        "durability  %s, as probed: %s%n",
        hotpot.heapInfo().durability(), hotpot.heapInfo().mechanism());
    out.printf(
        "            %s%n",
        isPromiseKept()
            ? "a commit survives what it promises by default, level " + promised()
            : "NOT what is promised by default, level "
                + promised()
                + ": a power loss takes everything");
  }

  private void printChunks(PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "chunks      %,d of at most %,d in use (4 MiB each), %.0f %% of them live objects%n",
        hotpot.heapUse().chunksInUse(),
        hotpot.heapUse().chunksAtMost(),
        100 * liveShare());
    int[] bars = histogram();
    int most = 1;
    for (int count : bars) {
      most = Math.max(most, count);
    }
    for (int i = 0; i < BARS; i++) {
      out.printf(
          Locale.ROOT,
          "  %3d - %3d %% live  %,7d %s%n",
          100 * i / BARS,
          100 * (i + 1) / BARS,
          bars[i],
          "#".repeat((BAR_WIDTH * bars[i] + most - 1) / most));
    }
  }

  private void printState(PrintWriter out) {
    RecoveryReport recovery = hotpot.recovery();
    if (recovery.clean()) {
      out.println("closed      in order");
    } else {
      out.printf(
          Locale.ROOT,
          "closed      NOT in order: recovery is pending; it will read %.1f MB of log%n",
          recovery.scannedBytes() / 1e6);
    }
    if (!recovery.damages().isEmpty()) {
      out.printf("damaged     %d places; 'hotpot check' lists them%n", recovery.damages().size());
    }
  }

  private void printDatasets(PrintWriter out) {
    out.printf(
        "%n%-24s %-5s %12s %14s %7s %6s%n",
        "dataset", "mode", "objects", "live bytes", "chunks", "roots");
    for (Dataset dataset : hotpot.datasets()) {
      DatasetStats s = dataset.stats();
      out.printf(
          Locale.ROOT,
          "%-24s %-5s %,12d %,14d %,7d %,6d%n",
          s.name(),
          s.mode(),
          s.objects(),
          s.liveBytes(),
          s.chunks(),
          dataset.read(tx -> tx.allRoots(dataset)).size());
    }
  }

  private void printTypes(PrintWriter out) {
    out.printf("%n%-7s %-7s %s%n", "version", "kind", "type");
    for (StoredType type : hotpot.types()) {
      String content =
          type.kind().equals("ENUM")
              ? String.join(", ", type.constants())
              : type.components().stream()
                  .map(c -> c.shape().toLowerCase(Locale.ROOT) + " " + c.name())
                  .collect(Collectors.joining(", "));
      out.printf(
          Locale.ROOT, "%7d %-7s %s(%s)%n", type.version(), type.kind(), type.name(), content);
    }
  }
}
