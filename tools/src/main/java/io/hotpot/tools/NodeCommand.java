package io.hotpot.tools;

import io.hotpot.dispatcher.ClusterVisit;
import io.hotpot.store.ClusterFabric;
import io.hotpot.store.ClusterMember;
import io.hotpot.store.ClusterOptions;
import io.hotpot.store.Durability;
import io.hotpot.store.Hotpot;
import io.hotpot.store.HotpotException;
import io.hotpot.store.HotpotOptions;
import io.hotpot.store.MisuseException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code hotpot node}: runs a node that keeps objects for others. */
@Command(
    name = "node",
    description = {
      "Run a node of a cluster, until it is ended by Ctrl-C or SIGTERM.",
      "It keeps copies of the other nodes' objects and may become their owner. Applications are"
          + " nodes themselves (Hotpot.join); this one is for more copies than there are of them."
    },
    footer = {
      "",
      "Examples:",
      "  hotpot node --dispatcher hotpot://127.0.0.1 --heap node1",
      "  hotpot node --dispatcher hotpot://10.0.0.1,10.0.0.2,10.0.0.3 --heap node1 --size 64g \\",
      "      --listen 10.0.0.7:18510 --secret-file secret"
    })
final class NodeCommand implements Callable<Integer> {

  @Option(
      names = "--dispatcher",
      required = true,
      paramLabel = "<uri>",
      description = "hotpot://host:port, several members with commas between them")
  String dispatcher;

  @Option(
      names = "--heap",
      required = true,
      paramLabel = "<dir>",
      description = "the node's store; made if it does not exist")
  Path heap;

  @Option(
      names = "--device",
      paramLabel = "<device>",
      description =
          "device-DAX device that holds the objects of a new store, such as /dev/dax0.0; <dir> then"
              + " says which")
  @Nullable Path device;

  @Option(
      names = "--size",
      paramLabel = "<size>",
      description = "what the heap may grow to, such as 512m or 64g; by default as a store does")
  String size = "";

  @Option(
      names = "--listen",
      paramLabel = "[<host>:]<port>",
      description =
          "where other nodes connect; without a host only those of this machine can. Port 0: the"
              + " system chooses one (default: ${DEFAULT-VALUE})")
  String listen = "127.0.0.1:0";

  @Option(
      names = "--durability",
      paramLabel = "<level>",
      description = "POWER, or PROCESS: what survives the process (default: ${DEFAULT-VALUE})")
  Durability durability = Durability.POWER;

  @Option(
      names = "--drain",
      description = {
        "when it is told to end, first give all that it owns to others, so that nobody waits for its"
            + " lease; what cannot go is said"
      })
  boolean drain;

  @Option(
      names = "--migrate-to-users",
      description =
          "give partitions to the node that commits most in them; 'hotpot migration' says how")
  boolean migratesToUsers;

  @Option(
      names = "--wait",
      paramLabel = "<seconds>",
      description = "how long to wait for a dispatcher that is not there yet (default: 0)")
  long wait;

  @Option(
      names = "--fabric",
      paramLabel = "<kind>",
      description =
          "auto: RDMA with nodes that have it too, else TCP; rdma: nothing else; tcp (default:"
              + " ${DEFAULT-VALUE}); 'hotpot cluster' shows what it came to")
  ClusterFabric fabric = ClusterFabric.AUTO;

  @Mixin SecurityOptions security;

  @Spec CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  NodeCommand() {}

  @Override
  public Integer call() throws Exception {
    HotpotOptions store = HotpotOptions.defaults().withDurability(durability);
    if (!size.isEmpty()) {
      store = store.withMaxBytes(Sizes.parse("--size", size));
    }
    if (device != null) {
      store = store.withDevice(device);
    }
    Listening at = Listening.parse(listen, 0);
    ClusterOptions options =
        ClusterOptions.withHeap(heap)
            .withStore(store)
            .at(at.host(), at.port())
            .withMigrationToUsers(migratesToUsers)
            .withDispatcherWait(Duration.ofSeconds(wait))
            .withFabric(fabric)
            .withSecurity(security.security());
    Foreground foreground = new Foreground(spec.commandLine().getErr());
    foreground.showCluster();
    Hotpot node = join(options);
    AutoCloseable running = drain ? () -> drainAndClose(node, at.host(), foreground) : node;
    foreground.run(spec.commandLine().getOut(), "hotpot: " + ready(node), running);
    return ExitCode.OK;
  }

  /** Whatever is in the way, the node ends. */
  private void drainAndClose(Hotpot node, String host, Foreground foreground)
      throws InterruptedException {
    try (node) {
      int self = node.member().map(ClusterMember::nodeId).orElse(0);
      try (ClusterVisit visit = ClusterVisit.open(dispatcher, host, security.security())) {
        Drain.Result result = new Drain(visit, self, done -> foreground.log(done.toString())).run();
        result.stays().values().forEach(reason -> foreground.log("stays: " + reason));
        foreground.log("node " + self + " owns " + result.stays().size() + " partitions");
      } catch (HotpotException | Failure e) {
        foreground.log("it ends without having given away all that it owns: " + e.getMessage());
      }
    }
  }

  private Hotpot join(ClusterOptions options) {
    try {
      return Hotpot.join(dispatcher, options);
    } catch (MisuseException e) {
      throw new Failure(ExitCode.UNUSABLE, String.valueOf(e.getMessage()), e);
    }
  }

  private String ready(Hotpot node) {
    return node.member()
        .map(self -> "node " + self.nodeId() + " is ready at " + self.address() + ", heap " + heap)
        .orElse("the node has joined, and lost its lease at once; it joins again");
  }
}
