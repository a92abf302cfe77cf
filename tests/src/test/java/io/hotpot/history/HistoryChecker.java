package io.hotpot.history;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Looks for a contradiction in a history: a cycle in the graph of who must have come before whom
 * (Adya, Weak Consistency, 1999; as Elle does it, Kingsbury and Alvaro, VLDB 2020). Every write
 * replaces a version that its transaction has read, so the order of versions is known, and a
 * history without a cycle is strictly serializable. Transactions that failed take part as readers:
 * this is opacity (Guerraoui and Kapalka, PPoPP 2008).
 */
public final class HistoryChecker {

  /** Why one transaction comes before another. */
  private enum Order {
    WRITE_WRITE("overwritten by"),
    WRITE_READ("read by"),
    READ_WRITE("read what was overwritten by"),
    REAL_TIME("ended before the begin of");

    final String words;

    Order(String words) {
      this.words = words;
    }
  }

  private record Edge(int to, Order order) {}

  private final List<Observed> history;
  private final List<List<Edge>> edges = new ArrayList<>();
  private final Map<Integer, Integer> writerOf = new HashMap<>();
  private final Map<Integer, Integer> nextVersion = new HashMap<>();
  private final Map<Integer, Integer> nextWriter = new HashMap<>();

  private HistoryChecker(List<Observed> history) {
    this.history = history;
  }

  /** The first anomaly found, named and explained; empty if the history is sound. */
  public static Optional<String> anomaly(List<Observed> history) {
    return new HistoryChecker(history).check();
  }

  private Optional<String> check() {
    for (int i = 0; i < history.size(); i++) {
      edges.add(new ArrayList<>());
      if (history.get(i).committed()) {
        for (int version : history.get(i).writes().values()) {
          writerOf.put(version, i);
        }
      }
    }
    Optional<String> direct = versionOrder();
    if (direct.isPresent()) {
      return direct;
    }
    direct = readsOfWhatWasNeverThere();
    if (direct.isPresent()) {
      return direct;
    }
    addDependencies();
    addRealTime();
    return cycle();
  }

  /** Two transactions that replaced the same version: one of them was lost. */
  private Optional<String> versionOrder() {
    for (int i = 0; i < history.size(); i++) {
      Observed observed = history.get(i);
      if (!observed.committed()) {
        continue;
      }
      for (Map.Entry<Integer, Integer> write : observed.writes().entrySet()) {
        int key = key(write.getKey(), observed.reads().getOrDefault(write.getKey(), 0));
        Integer other = nextWriter.put(key, i);
        if (other != null) {
          return Optional.of(
              "lost update: both "
                  + history.get(other)
                  + " and "
                  + observed
                  + " replaced the same version of object "
                  + write.getKey());
        }
        nextVersion.put(key, write.getValue());
      }
    }
    return Optional.empty();
  }

  /** Version 0 exists for every object; all others are unique. */
  private static int key(int object, int version) {
    return version == 0 ? -1 - object : version;
  }

  private Optional<String> readsOfWhatWasNeverThere() {
    Map<Integer, Observed> aborted = new HashMap<>();
    for (Observed observed : history) {
      if (!observed.committed()) {
        observed.writes().values().forEach(version -> aborted.put(version, observed));
      }
    }
    for (Observed observed : history) {
      for (int version : observed.reads().values()) {
        if (version != 0 && !writerOf.containsKey(version)) {
          Observed writer = aborted.get(version);
          return Optional.of(
              writer == null
                  ? "intermediate read (G1b): " + observed + " read a version that nobody left"
                  : "aborted read (G1a): "
                      + observed
                      + " read what the failed "
                      + writer
                      + " wrote");
        }
      }
    }
    return Optional.empty();
  }

  private void addDependencies() {
    for (int i = 0; i < history.size(); i++) {
      for (Map.Entry<Integer, Integer> read : history.get(i).reads().entrySet()) {
        Integer writer = writerOf.get(read.getValue());
        if (writer != null && writer != i) {
          boolean replaces =
              history.get(i).committed() && history.get(i).writes().containsKey(read.getKey());
          add(writer, i, replaces ? Order.WRITE_WRITE : Order.WRITE_READ);
        }
        Integer next = nextWriter.get(key(read.getKey(), read.getValue()));
        if (next != null && next != i) {
          add(i, next, Order.READ_WRITE);
        }
      }
    }
  }

  private void add(int from, int to, Order order) {
    edges.get(from).add(new Edge(to, order));
  }

  /**
   * Who ended before another began: by way of a chain of moments, so that there are not as many
   * edges as pairs.
   */
  private void addRealTime() {
    List<Integer> byEnd = new ArrayList<>();
    List<Integer> byBegin = new ArrayList<>();
    for (int i = 0; i < history.size(); i++) {
      byEnd.add(i);
      byBegin.add(i);
    }
    byEnd.sort(Comparator.comparingLong(i -> history.get(i).end()));
    byBegin.sort(Comparator.comparingLong(i -> history.get(i).begin()));
    int ended = 0;
    int moment = -1;
    for (int i : byBegin) {
      while (ended < byEnd.size() && history.get(byEnd.get(ended)).end() < history.get(i).begin()) {
        edges.add(new ArrayList<>());
        int next = edges.size() - 1;
        if (moment >= 0) {
          add(moment, next, Order.REAL_TIME);
        }
        add(byEnd.get(ended), next, Order.REAL_TIME);
        moment = next;
        ended++;
      }
      if (moment >= 0) {
        add(moment, i, Order.REAL_TIME);
      }
    }
  }

  // ---- cycles

  /** The shortest cycle through some transaction of the first knot that is found. */
  private Optional<String> cycle() {
    int[] component = components();
    int[] size = new int[edges.size()];
    for (int c : component) {
      size[c]++;
    }
    List<Integer> shortest = List.of();
    for (int i = 0; i < history.size(); i++) {
      if (size[component[i]] > 1) {
        List<Integer> found = shortestCycle(i, component);
        if (shortest.isEmpty() || found.size() < shortest.size()) {
          shortest = found;
        }
        if (shortest.size() <= 3) {
          break;
        }
      }
    }
    return shortest.isEmpty() ? Optional.empty() : Optional.of(describe(shortest));
  }

  /** Strongly connected components (Tarjan), without recursion. */
  private int[] components() {
    int n = edges.size();
    int[] index = new int[n];
    int[] low = new int[n];
    int[] component = new int[n];
    int[] position = new int[n];
    boolean[] onStack = new boolean[n];
    Arrays.fill(index, -1);
    ArrayDeque<Integer> stack = new ArrayDeque<>();
    ArrayDeque<Integer> work = new ArrayDeque<>();
    int counter = 0;
    int components = 0;
    for (int root = 0; root < n; root++) {
      if (index[root] >= 0) {
        continue;
      }
      work.push(root);
      while (!work.isEmpty()) {
        int v = work.peek();
        if (position[v] == 0 && index[v] < 0) {
          index[v] = counter;
          low[v] = counter++;
          stack.push(v);
          onStack[v] = true;
        }
        boolean descended = false;
        while (position[v] < edges.get(v).size()) {
          int w = edges.get(v).get(position[v]).to();
          if (index[w] < 0) {
            work.push(w);
            descended = true;
            break;
          }
          if (onStack[w]) {
            low[v] = Math.min(low[v], low[w]);
          }
          position[v]++;
        }
        if (descended) {
          continue;
        }
        work.pop();
        if (low[v] == index[v]) {
          int w;
          do {
            w = stack.pop();
            onStack[w] = false;
            component[w] = components;
          } while (w != v);
          components++;
        }
      }
    }
    return component;
  }

  private List<Integer> shortestCycle(int start, int[] component) {
    Map<Integer, Integer> cameFrom = new HashMap<>();
    ArrayDeque<Integer> queue = new ArrayDeque<>(List.of(start));
    while (!queue.isEmpty()) {
      int v = queue.removeFirst();
      for (Edge edge : edges.get(v)) {
        if (component[edge.to()] != component[start]) {
          continue;
        }
        if (edge.to() == start) {
          List<Integer> path = new ArrayList<>(List.of(start));
          for (int at = v; at != start; at = cameFrom.get(at)) {
            path.add(1, at);
          }
          path.add(start);
          return path;
        }
        if (cameFrom.putIfAbsent(edge.to(), v) == null) {
          queue.add(edge.to());
        }
      }
    }
    throw new IllegalStateException("no cycle in a strongly connected component");
  }

  private String describe(List<Integer> cycle) {
    TreeSet<Order> orders = new TreeSet<>();
    int antiDependencies = 0;
    boolean failedReader = false;
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < cycle.size() - 1; i++) {
      int from = cycle.get(i);
      Order order = order(from, cycle.get(i + 1));
      orders.add(order);
      antiDependencies += order == Order.READ_WRITE ? 1 : 0;
      if (from < history.size()) {
        failedReader |= !history.get(from).committed();
        text.append("\n  ").append(history.get(from)).append("\n    ").append(order.words);
      }
    }
    return name(orders, antiDependencies, failedReader) + ":" + text + " the first";
  }

  private Order order(int from, int to) {
    return edges.get(from).stream()
        .filter(edge -> edge.to() == to)
        .map(Edge::order)
        .min(Comparator.naturalOrder())
        .orElseThrow();
  }

  private static String name(TreeSet<Order> orders, int antiDependencies, boolean failedReader) {
    String time = orders.contains(Order.REAL_TIME) ? "real-time " : "";
    if (failedReader) {
      return time + "opacity violation";
    }
    if (antiDependencies > 1) {
      return time + "write skew (G2)";
    }
    if (antiDependencies == 1) {
      return time.isEmpty() ? "read skew (G-single)" : "stale read (real-time G-single)";
    }
    if (orders.contains(Order.WRITE_READ)) {
      return time + "circular information flow (G1c)";
    }
    return time + "dirty write (G0)";
  }
}
