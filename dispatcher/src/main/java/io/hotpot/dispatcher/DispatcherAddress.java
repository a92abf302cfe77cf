package io.hotpot.dispatcher;

import io.hotpot.replication.Fabric;
import io.hotpot.replication.Peer;
import io.hotpot.store.MisuseException;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a cluster's dispatcher listens, as users write it: {@code hotpot://host:port}, with commas
 * between the members where it has several. The first one is dispatcher 1, and so on.
 */
public final class DispatcherAddress {

  private static final String SCHEME = "hotpot://";
  private static final int MAX_PORT = 0xFFFF;

  private DispatcherAddress() {}

  /**
   * The members of the dispatcher, with the ids that they have on the fabric.
   *
   * @throws MisuseException if it cannot be read
   */
  public static List<Fabric.Member> parse(String text) {
    String list = text.startsWith(SCHEME) ? text.substring(SCHEME.length()) : text;
    if (list.contains("/")) {
      throw wrong(text, "it has a '/' in it");
    }
    List<Fabric.Member> members = new ArrayList<>();
    for (String part : list.split(",", -1)) {
      members.add(new Fabric.Member(peer(members.size() + 1), address(text, part.strip())));
    }
    return members;
  }

  /** The identity of a dispatcher on the fabric. */
  public static Peer peer(int number) {
    return new Peer(-number, 0);
  }

  private static Fabric.Address address(String text, String part) {
    int colon = part.lastIndexOf(':');
    boolean hasPort = colon >= 0 && part.indexOf(']') < colon;
    String host = hasPort ? part.substring(0, colon) : part;
    if (host.isEmpty()) {
      throw wrong(text, "a host is missing");
    }
    int port = CentralDispatcher.DEFAULT_PORT;
    if (hasPort) {
      try {
        port = Integer.parseInt(part.substring(colon + 1));
      } catch (NumberFormatException e) {
        throw wrong(text, "'" + part.substring(colon + 1) + "' is no port");
      }
    }
    if (port < 1 || port > MAX_PORT) {
      throw wrong(text, port + " is no port");
    }
    return new Fabric.Address(host.replace("[", "").replace("]", ""), port);
  }

  private static MisuseException wrong(String text, String why) {
    return new MisuseException(
        "the dispatcher's address '"
            + text
            + "' cannot be read: "
            + why
            + "; expected hotpot://host:port, several with commas between them");
  }
}
