package io.hotpot.peers;

import io.hotpot.tools.NodeNetwork;
import io.hotpot.tools.bench.ClusterKind;
import io.hotpot.tools.bench.ClusterPlace;
import io.hotpot.tools.bench.ClusterWorkload;
import io.hotpot.tools.bench.Commands;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.LogManager;

/** The process of one node of a measured cluster, and of the drivers in it. */
public final class ClusterChild {

  private static final int FAILED = 1;

  private ClusterChild() {}

  /** Argument: the kind of cluster. Commands: see {@code ClusterNodes}. */
  public static void main(String[] args) {
    int exit = 0;
    try {
      serve(ClusterKind.of(args[0]), Commands.listen());
    } catch (Exception | LinkageError e) {
      System.out.println(causes(e));
      exit = FAILED;
    }
    System.out.flush();
    // Not exit: threads and hooks that a peer leaves behind do not matter.
    Runtime.getRuntime().halt(exit);
  }

  private static void serve(ClusterKind kind, Commands commands) throws Exception {
    // What the peers say is no figure.
    LogManager.getLogManager().reset();
    String[] words = commands.next();
    ClusterPlace place = place(words);
    Files.createDirectories(place.directory());
    if (words[0].equals("dispatch")) {
      dispatch(kind, place, commands);
      return;
    }
    ClusterDrivers drivers = new ClusterDrivers(place, kind.join(place));
    commands.answer("joined");
    boolean goesOn = true;
    while (goesOn) {
      goesOn = obey(drivers, commands, commands.next());
    }
  }

  /** Until the process that started this one ends it. */
  private static void dispatch(ClusterKind kind, ClusterPlace place, Commands commands)
      throws Exception {
    try (AutoCloseable dispatcher = kind.dispatch(place)) {
      commands.answer("listens");
      String[] unexpected = commands.next();
      throw new IllegalArgumentException(dispatcher + " was told to " + unexpected[0]);
    }
  }

  /** An error in a line: what it says, why, and where the first cause was thrown. */
  private static String causes(Throwable error) {
    StringBuilder text = new StringBuilder(error.toString());
    Throwable first = error;
    while (first.getCause() != null) {
      first = first.getCause();
      text.append(", because of ").append(first);
    }
    StackTraceElement[] frames = first.getStackTrace();
    return text.append(frames.length > 0 ? ", at " + frames[0] : "").toString().replace('\n', ' ');
  }

  private static ClusterPlace place(String[] words) {
    List<Integer> ports = new ArrayList<>();
    int from = 3 + NodeNetwork.WORDS;
    for (int i = from; i < words.length; i++) {
      ports.add(Integer.valueOf(words[i]));
    }
    int nodes = ports.size() / 2;
    return new ClusterPlace(
        Integer.parseInt(words[1]),
        List.copyOf(ports.subList(0, nodes)),
        List.copyOf(ports.subList(nodes, 2 * nodes)),
        Path.of(words[2]),
        NodeNetwork.ofWords(List.of(words).subList(3, from)));
  }

  /** Does as a command says, and answers it; false if it was the last. */
  private static boolean obey(ClusterDrivers drivers, Commands commands, String[] words)
      throws Exception {
    String answer = "done";
    switch (words[0]) {
      case "await" -> drivers.awaitMembers();
      case "load" -> drivers.load(words[1], Integer.parseInt(words[2]));
      case "loaded" -> drivers.loaded(words[1]);
      case "check" -> drivers.check(words[1]);
      case "run" ->
          answer =
              drivers.run(
                  ClusterWorkload.valueOf(words[1]),
                  Integer.parseInt(words[2]),
                  Integer.parseInt(words[3]));
      case "commit" ->
          drivers.commit(
              words[1],
              Integer.parseInt(words[2]),
              Integer.parseInt(words[3]),
              Integer.parseInt(words[4]));
      case "count" -> answer = Long.toString(drivers.steady().count());
      case "resumed" ->
          answer = Long.toString(drivers.steady().resumedAfter(Long.parseLong(words[1])));
      case "stop" -> drivers.steady().stop();
      case "held" -> answer = Long.toString(drivers.heldBytes());
      case "leave" -> drivers.close();
      default -> throw new IllegalArgumentException("unknown command " + words[0]);
    }
    commands.answer(answer);
    return !words[0].equals("leave");
  }
}
