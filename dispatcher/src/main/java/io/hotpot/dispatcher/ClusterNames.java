package io.hotpot.dispatcher;

import io.hotpot.replication.Configuration;
import io.hotpot.replication.Configuration.DatasetInfo;
import io.hotpot.replication.Configuration.PartitionInfo;
import io.hotpot.replication.MembershipMessage;
import io.hotpot.replication.MembershipMessage.AskSchema;
import io.hotpot.replication.MembershipMessage.CreateDataset;
import io.hotpot.replication.MembershipMessage.Done;
import io.hotpot.replication.MembershipMessage.DropDataset;
import io.hotpot.replication.MembershipMessage.Refused;
import io.hotpot.replication.MembershipMessage.RegisterSchema;
import io.hotpot.replication.MembershipMessage.RenameDataset;
import io.hotpot.replication.MembershipMessage.SchemaIs;
import io.hotpot.replication.NodeContext;
import io.hotpot.store.HotpotException;
import io.hotpot.store.MisuseException;
import io.hotpot.store.NotAMember;
import io.hotpot.store.TransactionMode;
import io.hotpot.store.spi.Names;
import io.hotpot.store.spi.Threads;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;

/**
 * Names as the dispatcher has decided them: read from the configuration, changed by asking. A
 * change returns when this node's configuration shows it.
 *
 * <p>Thread-safety: all methods from any thread but the loop's.
 */
public final class ClusterNames implements Names {

  /** How long after a refusal the name may still come that was the reason. */
  private static final long LATE_NS = 1_000_000_000L;

  /** A thread that waits for the configuration. */
  private record Waiting(BooleanSupplier condition, Runnable task) {}

  private final NodeContext context;
  private final Calls calls;
  private final Map<Integer, byte[]> schemas = new ConcurrentHashMap<>();
  private final Map<ByteBuffer, Integer> numbers = new ConcurrentHashMap<>();

  /** On the loop only. */
  private List<Waiting> waiting = new ArrayList<>();

  public ClusterNames(NodeContext context, Threads threads) {
    this.context = context;
    this.calls = new Calls(threads, context.loop());
    context.whenChanged(this::lookAgain);
  }

  @Override
  public Optional<NamedDataset> dataset(String name) {
    return datasets().stream().filter(each -> each.name().equals(name)).findFirst();
  }

  @Override
  public List<NamedDataset> datasets() {
    return context.configuration().datasets().values().stream()
        .filter(each -> !each.dropped())
        .sorted(Comparator.comparingInt(DatasetInfo::id))
        .map(ClusterNames::named)
        .toList();
  }

  @Override
  public Optional<NamedDataset> datasetOf(int partition) {
    Configuration now = context.configuration();
    PartitionInfo info = now.partitions().get(partition);
    return info == null
        ? Optional.empty()
        : Optional.ofNullable(now.datasets().get(info.dataset())).map(ClusterNames::named);
  }

  private static NamedDataset named(DatasetInfo info) {
    return new NamedDataset(info.id(), info.name(), info.mode(), info.home());
  }

  @Override
  public NamedDataset create(String name, TransactionMode mode, int degree, int minimum) {
    return calls.<NamedDataset>call(
        call ->
            context.ask(
                request -> new CreateDataset(request, name, mode, degree, minimum),
                answer -> {
                  BooleanSupplier isThere = () -> dataset(name).isPresent();
                  Runnable found = () -> dataset(name).ifPresent(call::complete);
                  if (answer instanceof Done) {
                    when(isThere, found);
                  } else {
                    // Another node may have been faster, and its configuration be under way.
                    when(isThere, found);
                    context.loop().after(LATE_NS, () -> call.fail(refusal(answer)));
                  }
                }),
        ClusterElsewhere.PATIENCE_NS,
        ClusterNames::giveUp);
  }

  @Override
  public void rename(int dataset, String newName) {
    change(request -> new RenameDataset(request, dataset, newName));
  }

  @Override
  public void drop(int dataset) {
    change(request -> new DropDataset(request, dataset));
  }

  /** Asks, and waits for the configuration that shows it. */
  private void change(LongFunction<MembershipMessage> message) {
    calls.<Boolean>call(
        call ->
            context.ask(
                message,
                answer -> {
                  if (answer instanceof Done done) {
                    when(
                        () -> context.configuration().version() >= done.version(),
                        () -> call.complete(true));
                  } else {
                    call.fail(refusal(answer));
                  }
                }),
        ClusterElsewhere.PATIENCE_NS,
        ClusterNames::giveUp);
  }

  @Override
  public int registerSchema(byte[] schema) {
    Integer known = numbers.get(ByteBuffer.wrap(schema));
    if (known != null) {
      return known;
    }
    byte[] own = schema.clone();
    int number =
        calls.<Integer>call(
            call ->
                context.ask(
                    request -> new RegisterSchema(request, own),
                    answer -> {
                      if (answer instanceof Done done) {
                        call.complete(done.id());
                      } else {
                        call.fail(refusal(answer));
                      }
                    }),
            ClusterElsewhere.PATIENCE_NS,
            ClusterNames::giveUp);
    remember(number, own);
    return number;
  }

  @Override
  public byte[] schema(int number) {
    byte[] known = schemas.get(number);
    if (known != null) {
      return known.clone();
    }
    byte[] found =
        calls.<byte[]>call(
            call ->
                context.ask(
                    request -> new AskSchema(request, number),
                    answer -> {
                      if (answer instanceof SchemaIs is) {
                        call.complete(is.schema());
                      } else {
                        call.fail(refusal(answer));
                      }
                    }),
            ClusterElsewhere.PATIENCE_NS,
            ClusterNames::giveUp);
    remember(number, found);
    return found.clone();
  }

  /** Given the same number for ever, so never forgotten. */
  private void remember(int number, byte[] schema) {
    schemas.put(number, schema);
    numbers.put(ByteBuffer.wrap(schema), number);
  }

  private static HotpotException refusal(MembershipMessage answer) {
    return new MisuseException(
        answer instanceof Refused refused
            ? "the dispatcher refused: " + refused.reason()
            : "the dispatcher gave an answer that does not belong here: " + answer);
  }

  private static void giveUp(Calls.Call<?> call) {
    call.fail(
        new NotAMember("no dispatcher has answered; whether the change was made is not known"));
  }

  /** Runs a task now or when the configuration has changed so that a condition holds. */
  private void when(BooleanSupplier condition, Runnable task) {
    if (condition.getAsBoolean()) {
      task.run();
    } else {
      waiting.add(new Waiting(condition, task));
    }
  }

  private void lookAgain() {
    List<Waiting> before = waiting;
    waiting = new ArrayList<>();
    before.forEach(each -> when(each.condition(), each.task()));
  }

  /** Ends all waiting. */
  public void close() {
    calls.close();
  }
}
