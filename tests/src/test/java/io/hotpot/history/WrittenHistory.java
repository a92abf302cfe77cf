package io.hotpot.history;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Checks what {@link HistoryWriter} wrote, of any number of processes: lists that transactions read
 * and append to ({@code txn}), and a bank whose total never changes ({@code bank}).
 *
 * <p>No number is appended twice to a list, so a list tells which append replaced which, and its
 * last number is its version for {@link HistoryChecker}. An operation of which nobody knows the end
 * happened if anything that it appended is in a list, and then as a whole.
 */
public final class WrittenHistory {

  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private static final class Operation {
    final String f;
    final long begin;
    JsonNode value;
    long end = Long.MAX_VALUE;
    String type = "info";

    Operation(String f, long begin, JsonNode value) {
      this.f = f;
      this.begin = begin;
      this.value = value;
    }
  }

  private final List<Operation> operations = new ArrayList<>();

  /** By list: its longest state that anybody has read. */
  private final Map<Integer, List<Integer>> longest = new TreeMap<>();

  /** By list and number: a version that no two writes share. */
  private final Map<List<Integer>, Integer> versions = new HashMap<>();

  /** Reads some files, each the history of processes that are in no other. */
  public WrittenHistory(List<Path> files) throws IOException {
    for (Path file : files) {
      Map<Integer, Operation> open = new HashMap<>();
      for (String line : Files.readAllLines(file)) {
        read(line, open);
      }
    }
    operations.sort(Comparator.comparingLong(operation -> operation.begin));
  }

  private void read(String line, Map<Integer, Operation> open) {
    JsonNode json = MAPPER.readTree(line);
    String type = json.get("type").asString();
    int process = json.get("process").asInt();
    long time = json.get("time").asLong();
    if (type.equals("invoke")) {
      Operation operation = new Operation(json.get("f").asString(), time, json.get("value"));
      if (open.put(process, operation) != null) {
        throw new IllegalArgumentException("process " + process + " does two things at once");
      }
      operations.add(operation);
      return;
    }
    Operation operation = open.remove(process);
    if (operation == null) {
      throw new IllegalArgumentException("process " + process + " ends what it never began");
    }
    operation.type = type;
    if (type.equals("ok")) {
      operation.value = json.get("value");
    }
    if (!type.equals("info")) {
      operation.end = time;
    }
  }

  /** How many operations ended so: {@code ok}, {@code fail} or {@code info}. */
  public long count(String type) {
    return operations.stream().filter(operation -> operation.type.equals(type)).count();
  }

  /** How long the longest operation took whose end is known, in seconds. */
  public double longestSeconds() {
    return operations.stream()
            .filter(operation -> operation.end < Long.MAX_VALUE)
            .mapToLong(operation -> operation.end - operation.begin)
            .max()
            .orElse(0)
        / 1e9;
  }

  /**
   * What is wrong with it; empty: nothing.
   *
   * @param bankTotal what the accounts hold together
   */
  public Optional<String> anomaly(long bankTotal) {
    for (Operation operation : operations) {
      if (operation.type.equals("ok") && operation.f.equals("bank")) {
        long sum = 0;
        for (JsonNode balance : operation.value) {
          sum += balance.asLong();
        }
        if (sum != bankTotal) {
          return Optional.of("the bank held " + sum + ": " + operation.value);
        }
      }
    }
    Optional<String> wrong = readLists();
    return wrong.isPresent() ? wrong : HistoryChecker.anomaly(observed());
  }

  private Optional<String> readLists() {
    List<Map.Entry<Integer, List<Integer>>> all = new ArrayList<>();
    for (Operation operation : operations) {
      if (operation.type.equals("ok") && operation.f.equals("txn")) {
        for (JsonNode step : operation.value) {
          if (step.get(0).asString().equals("r")) {
            List<Integer> list = new ArrayList<>();
            step.get(2).forEach(number -> list.add(number.asInt()));
            all.add(Map.entry(step.get(1).asInt(), list));
          }
        }
      }
    }
    for (Map.Entry<Integer, List<Integer>> read : all) {
      longest.merge(read.getKey(), read.getValue(), (a, b) -> a.size() >= b.size() ? a : b);
    }
    for (Map.Entry<Integer, List<Integer>> read : all) {
      List<Integer> whole = longest.get(read.getKey());
      if (!whole.subList(0, read.getValue().size()).equals(read.getValue())) {
        return Optional.of(
            "list " + read.getKey() + " was " + read.getValue() + " and then " + whole);
      }
    }
    for (Map.Entry<Integer, List<Integer>> list : longest.entrySet()) {
      if (new HashSet<>(list.getValue()).size() < list.getValue().size()) {
        return Optional.of("appended twice to list " + list.getKey() + ": " + list.getValue());
      }
    }
    return Optional.empty();
  }

  private List<Observed> observed() {
    Set<Integer> seen = new HashSet<>();
    longest.forEach((key, list) -> list.forEach(number -> seen.add(version(key, number))));
    List<Observed> history = new ArrayList<>();
    for (Operation operation : operations) {
      if (!operation.f.equals("txn")) {
        continue;
      }
      Map<Integer, Integer> reads = new HashMap<>();
      Map<Integer, Integer> writes = new HashMap<>();
      for (JsonNode step : operation.value) {
        int key = step.get(1).asInt();
        if (step.get(0).asString().equals("append")) {
          writes.put(key, version(key, step.get(2).asInt()));
        } else if (operation.type.equals("ok")) {
          JsonNode list = step.get(2);
          reads.put(key, list.isEmpty() ? 0 : version(key, list.get(list.size() - 1).asInt()));
        }
      }
      boolean happened =
          operation.type.equals("ok")
              || (operation.type.equals("info")
                  && writes.values().stream().anyMatch(seen::contains));
      if (happened) {
        writes.forEach((key, number) -> reads.computeIfAbsent(key, k -> before(k, number)));
      }
      history.add(
          new Observed(history.size(), operation.begin, operation.end, happened, reads, writes));
    }
    return history;
  }

  /** Of the state of a list whose last number this is. */
  private int version(int key, int number) {
    return versions.computeIfAbsent(List.of(key, number), k -> versions.size() + 1);
  }

  /**
   * The version that an append replaced whose end nobody knows, or that did not read first: that of
   * the number before it in its list. If it is not in the list, though it happened, it counts as
   * having read what never was.
   */
  private int before(int key, int written) {
    List<Integer> list = longest.getOrDefault(key, List.of());
    int before = 0;
    for (int number : list) {
      if (version(key, number) == written) {
        return before;
      }
      before = version(key, number);
    }
    return -written;
  }
}
