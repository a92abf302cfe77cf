package io.hotpot.tools.bench;

import io.hotpot.tools.NodeNetwork;
import java.nio.file.Path;
import java.util.List;

/**
 * Where a node of a measured cluster is. All addresses are on the loopback interface, but for those
 * of Hotpot's own cluster where that is measured over another network.
 *
 * @param number of this node, from 0 up
 * @param ports the main port of each node, by number
 * @param spares a second port of each node, for kinds that need one (a failure detector, a
 *     dispatcher)
 * @param directory of this node alone, empty at first
 * @param network of Hotpot's own cluster
 */
public record ClusterPlace(
    int number, List<Integer> ports, List<Integer> spares, Path directory, NodeNetwork network) {

  /** The address on which all nodes listen. */
  public static final String HOST = "127.0.0.1";

  /** How many nodes there are. */
  public int nodes() {
    return ports.size();
  }

  /** The main port of this node. */
  public int port() {
    return ports.get(number);
  }

  /** The second port of this node. */
  public int spare() {
    return spares.get(number);
  }

  /** The main address of each node, as "host:port". */
  public List<String> addresses() {
    return ports.stream().map(port -> HOST + ":" + port).toList();
  }
}
