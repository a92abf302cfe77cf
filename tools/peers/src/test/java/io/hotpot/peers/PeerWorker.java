package io.hotpot.peers;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.hotpot.tools.bench.OrderedPeer;
import io.hotpot.tools.bench.Peer;
import io.hotpot.tools.bench.PeerKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A process that writes to all peers and dies without closing any, or reads what such a process has
 * left. Prints for each peer {@code ok}, {@code skip} or {@code failed} with its name.
 */
final class PeerWorker {

  static final int KEYS = 3000;
  static final int WRITERS = 4;
  static final int ROUNDS = 25;

  private PeerWorker() {}

  /** Arguments: directory, {@code write} or {@code check}. */
  public static void main(String[] args) {
    for (PeerKind kind : PeerKind.all()) {
      Optional<String> obstacle = kind.obstacle();
      if (obstacle.isPresent()) {
        System.out.println("skip " + kind.name() + " " + obstacle.get());
        continue;
      }
      try {
        Path directory = Files.createDirectories(Path.of(args[0], kind.name()));
        if (args[1].equals("write")) {
          write(kind, directory);
        } else {
          check(kind, directory);
        }
        System.out.println("ok " + kind.name());
      } catch (Exception | LinkageError | AssertionError e) {
        e.printStackTrace();
        System.out.println("failed " + kind.name() + " " + e);
      }
    }
    System.out.flush();
    Runtime.getRuntime().halt(0);
  }

  @SuppressWarnings("MustBeClosedChecker") // dying with everything open is the point
  private static void write(PeerKind kind, Path directory) throws Exception {
    Peer peer = kind.open(directory, false);
    for (int from = 0; from < KEYS; from += 1000) {
      put(peer, from, from + 1000, 0);
    }
    expect(read(peer, 17).equals(text(17, 0)), "a value is not read back");
    put(peer, 100, 110, 1);
    put(peer, 105, 106, 2);
    expect(read(peer, 105).equals(text(105, 2)), "an overwritten value is not read back");
    writeTogether(peer);
    try {
      read(peer, KEYS + 5);
      throw new AssertionError("a value was read that nobody wrote");
    } catch (Peer.Missing e) {
      expect(String.valueOf(e.getMessage()).contains(String.valueOf(KEYS + 5)), "" + e);
    }
    if (peer instanceof OrderedPeer ordered) {
      ordered.update(7, old -> text(7, 3).getBytes(UTF_8));
      expect(scanned(ordered, 5, 4).equals(texts(ordered, 5, 9)), "a scan is wrong");
      expect(scanned(ordered, KEYS - 2, 10).size() == 2, "a scan does not end at the end");
    }
    expect(kind.isOrdered() == (peer instanceof OrderedPeer), "isOrdered is wrong");
  }

  /** Writers each put their round under the same two keys: whoever is last, they are equal. */
  private static void writeTogether(Peer peer) throws InterruptedException {
    List<Throwable> failures = new CopyOnWriteArrayList<>();
    List<Thread> writers = new ArrayList<>();
    for (int w = 0; w < WRITERS; w++) {
      int number = w;
      writers.add(
          Thread.ofPlatform()
              .uncaughtExceptionHandler((thread, e) -> failures.add(e))
              .start(
                  () -> {
                    for (int round = 0; round < ROUNDS; round++) {
                      byte[] value = (number + " in round " + round).getBytes(UTF_8);
                      long[] keys = number % 2 == 0 ? new long[] {200, 300} : new long[] {300, 200};
                      peer.put(keys, new byte[][] {value, value});
                    }
                  }));
    }
    for (Thread writer : writers) {
      writer.join();
    }
    expect(failures.isEmpty(), "writers failed: " + failures);
    expect(read(peer, 200).equals(read(peer, 300)), "two values of one commit differ");
  }

  private static void check(PeerKind kind, Path directory) throws IOException {
    try (Peer peer = kind.open(directory, true)) {
      for (int key = 0; key < KEYS; key++) {
        int round = key == 7 && kind.isOrdered() ? 3 : key == 105 ? 2 : key / 10 == 10 ? 1 : 0;
        if (key != 200 && key != 300) {
          expect(read(peer, key).equals(text(key, round)), key + " is " + read(peer, key));
        }
      }
      expect(read(peer, 200).endsWith("in round " + (ROUNDS - 1)), "the last round is lost");
      expect(read(peer, 200).equals(read(peer, 300)), "half a commit is there");
      put(peer, 0, 2, 9);
      expect(read(peer, 1).equals(text(1, 9)), "a synced value is not read back");
    }
  }

  private static void put(Peer peer, int from, int to, int round) {
    long[] keys = new long[to - from];
    byte[][] values = new byte[to - from][];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = (long) from + i;
      values[i] = text(from + i, round).getBytes(UTF_8);
    }
    peer.put(keys, values);
  }

  /** Grows with the round, beyond the room that the first value had. */
  private static String text(int key, int round) {
    return "value of " + key + ", again".repeat(20 * round);
  }

  private static String read(Peer peer, long key) {
    return peer.read(key, PeerWorker::string);
  }

  private static String string(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    return new String(copy, UTF_8);
  }

  private static List<String> scanned(OrderedPeer peer, long from, int count) {
    List<String> found = new ArrayList<>();
    peer.scan(from, count, bytes -> found.add(string(bytes)));
    return found;
  }

  private static List<String> texts(Peer peer, int from, int to) {
    List<String> texts = new ArrayList<>();
    for (int key = from; key < to; key++) {
      texts.add(read(peer, key));
    }
    return texts;
  }

  private static void expect(boolean condition, String message) {
    if (!condition) {
      throw new AssertionError(message);
    }
  }
}
