package io.hotpot.store;

import io.hotpot.store.HotpotOptions.HeapKind;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * What runs in a virtual machine that {@link PowerCampaign} kills: a {@link KillWorker} on each
 * heap at once, at level POWER.
 *
 * <p>What it tells goes through files of the host, on a file system without a cache: a write
 * returns when the host has the bytes, so the next commit begins after the last one is known
 * outside.
 *
 * <p>The host's file {@value #ORDER} says what to do: {@code work SEED STORE} without end, or
 * {@code look STORE...}, telling of each.
 */
final class PowerWorker {

  static final String ORDER = "order";

  /** Each has a store of its own, and an own number in the file of {@link Activities}. */
  static final List<HeapKind> HEAPS = List.of(HeapKind.LLPL, HeapKind.MAPPED);

  private static final long MAX_BYTES = 64L << 20;

  private PowerWorker() {}

  /**
   * @param args the host's folder, a folder of persistent memory, and memory shared with the host
   */
  public static void main(String[] args) throws Exception {
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, failure) -> {
          failure.printStackTrace();
          Runtime.getRuntime().halt(1);
        });
    Path host = Path.of(args[0]);
    Path medium = Path.of(args[1]);
    Path shared = Path.of(args[2]);
    List<String> order = List.of(Files.readString(host.resolve(ORDER)).strip().split(" "));
    List<HeapKind> heaps = new ArrayList<>(HEAPS);
    if (order.getFirst().equals("look")) {
      for (HeapKind heap : heaps) {
        look(heap, order.subList(1, order.size()), host, medium, shared);
      }
      return;
    }
    long seed = Long.parseLong(order.get(1));
    Collections.shuffle(heaps, new Random(seed));
    for (HeapKind heap : heaps) {
      Thread.ofPlatform().start(() -> work(heap, seed, order.get(2), host, medium, shared));
    }
  }

  /** The file of the host in which the worker on a heap tells. */
  static String told(HeapKind heap) {
    return "told-" + heap;
  }

  private static void work(
      HeapKind heap, long seed, String store, Path host, Path medium, Path shared) {
    try (PrintStream out = open(host.resolve(told(heap)))) {
      out.println("store " + store);
      KillWorker.work(
          medium.resolve(heap + "-" + store), options(heap), seed, activities(heap, shared), out);
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(heap + " does not go on", e);
    }
  }

  private static void look(HeapKind heap, List<String> stores, Path host, Path medium, Path shared)
      throws IOException {
    try (PrintStream out = open(host.resolve(told(heap)));
        Activities activities = activities(heap, shared)) {
      for (String store : stores) {
        out.println("store " + store);
        KillWorker.look(medium.resolve(heap + "-" + store), options(heap), activities, out);
      }
    }
  }

  private static PrintStream open(Path file) throws IOException {
    return new PrintStream(
        new BufferedOutputStream(Files.newOutputStream(file)), true, StandardCharsets.UTF_8);
  }

  private static Activities activities(HeapKind heap, Path shared) throws IOException {
    return new Activities(shared, HEAPS.indexOf(heap));
  }

  private static HotpotOptions options(HeapKind heap) {
    return KillWorker.options(heap, Durability.POWER).withMaxBytes(MAX_BYTES);
  }
}
