package io.hotpot.dispatcher;

import io.hotpot.replication.Configuration;
import io.hotpot.replication.Configuration.DatasetInfo;
import io.hotpot.replication.Configuration.Node;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.Configuration.PartitionStatus;
import io.hotpot.replication.MembershipMessage.CreatePartition;
import io.hotpot.replication.MembershipMessage.Done;
import io.hotpot.replication.MembershipMessage.Refused;
import io.hotpot.replication.NodeContext;
import io.hotpot.store.HotpotException;
import io.hotpot.store.MisuseException;
import io.hotpot.store.NotEnoughReplicas;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Where this node creates the objects of a dataset: in its own partition there, made at the first
 * creation; without a heap, or where the dispatcher has no room for one more, in the partition
 * whose owner has the largest heap.
 *
 * <p>Thread-safety: {@link #known} from any thread, {@link #find} on the node's loop.
 */
final class Allocation {

  private record Waiting(int dataset, IntConsumer found, Consumer<HotpotException> failed) {}

  /** The dispatcher's answer to a request for a partition. */
  private sealed interface Answer {
    record UnderWay() implements Answer {}

    record Granted(int partition) implements Answer {}

    record Denied(String reason) implements Answer {}
  }

  private record Choice(long version, int partition) {}

  private final NodeContext context;

  /** By dataset; good for one version of the configuration. */
  private final Map<Integer, Choice> choices = new ConcurrentHashMap<>();

  /** What the dispatcher has said to the question for a partition, by dataset. */
  private final Map<Integer, Answer> asked = new TreeMap<>();

  private List<Waiting> waiting = new ArrayList<>();

  Allocation(NodeContext context) {
    this.context = context;
    context.whenChanged(this::lookAgain);
  }

  /** The partition, if that needs no question; else null. */
  @Nullable Integer known(int dataset) {
    Configuration now = context.configuration();
    Choice choice = choices.get(dataset);
    if (choice != null && choice.version() == now.version()) {
      return choice.partition();
    }
    Integer own = own(now, dataset);
    if (own != null) {
      choices.put(dataset, new Choice(now.version(), own));
    }
    return own;
  }

  void find(int dataset, IntConsumer found, Consumer<HotpotException> failed) {
    look(new Waiting(dataset, found, failed));
  }

  private void lookAgain() {
    List<Waiting> before = waiting;
    waiting = new ArrayList<>();
    before.forEach(this::look);
  }

  private void look(Waiting who) {
    Configuration now = context.configuration();
    int dataset = who.dataset();
    Integer own = known(dataset);
    DatasetInfo info = now.datasets().get(dataset);
    if (own != null) {
      asked.remove(dataset);
      who.found().accept(own);
    } else if (info != null && info.dropped()) {
      who.failed().accept(new MisuseException("the dataset " + info.name() + " was dropped"));
    } else if (!hasHeap(now) || isElsewhere(now, dataset)) {
      elsewhere(now, who);
    } else {
      waiting.add(who);
      ask(dataset);
    }
  }

  private void elsewhere(Configuration now, Waiting who) {
    Integer other = withMostRoom(now, who.dataset());
    if (other != null) {
      choices.put(who.dataset(), new Choice(now.version(), other));
      who.found().accept(other);
    } else if (asked.get(who.dataset()) instanceof Answer.Denied(String reason)) {
      asked.remove(who.dataset());
      who.failed().accept(new NotEnoughReplicas(reason));
    } else {
      waiting.add(who);
      ask(who.dataset());
    }
  }

  private void ask(int dataset) {
    if (asked.putIfAbsent(dataset, new Answer.UnderWay()) != null) {
      return;
    }
    context.ask(
        request -> new CreatePartition(request, dataset),
        answer -> {
          asked.put(
              dataset,
              switch (answer) {
                case Done done -> new Answer.Granted(done.id());
                case Refused refused -> new Answer.Denied(refused.reason());
                default ->
                    new Answer.Denied("the dispatcher gives dataset " + dataset + " no room");
              });
          lookAgain();
        });
  }

  /** Whether this node will not get a partition of its own now. */
  private boolean isElsewhere(Configuration now, int dataset) {
    return switch (asked.get(dataset)) {
      case null -> false;
      case Answer.UnderWay underWay -> false;
      case Answer.Denied _ -> true;
      case Answer.Granted granted -> {
        PartitionInfo made = now.partitions().get(granted.partition());
        yield made != null && made.owner() != context.self().nodeId();
      }
    };
  }

  private boolean hasHeap(Configuration now) {
    Node self = now.nodes().get(context.self().nodeId());
    return self != null && self.capacityBytes() > 0;
  }

  /** A partition of the dataset that this node owns and serves. */
  private @Nullable Integer own(Configuration now, int dataset) {
    return now.partitions().values().stream()
        .filter(p -> p.dataset() == dataset && p.owner() == context.self().nodeId())
        .map(PartitionInfo::id)
        .filter(id -> context.owned(id) != null)
        .min(Comparator.naturalOrder())
        .orElse(null);
  }

  private static @Nullable Integer withMostRoom(Configuration now, int dataset) {
    return now.partitions().values().stream()
        .filter(p -> p.dataset() == dataset && p.status() == PartitionStatus.SERVING)
        .max(
            Comparator.<PartitionInfo>comparingLong(p -> capacity(now, p.owner()))
                .thenComparing(PartitionInfo::id, Comparator.reverseOrder()))
        .map(PartitionInfo::id)
        .orElse(null);
  }

  private static long capacity(Configuration now, int node) {
    Node found = now.nodes().get(node);
    return found == null ? 0 : found.capacityBytes();
  }
}
