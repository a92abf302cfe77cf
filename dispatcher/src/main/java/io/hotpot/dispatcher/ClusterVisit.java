package io.hotpot.dispatcher;

import io.hotpot.replication.Configuration;
import io.hotpot.replication.Fabric;
import io.hotpot.replication.MembershipMessage.AskConfiguration;
import io.hotpot.replication.MembershipMessage.Excluded;
import io.hotpot.replication.MembershipMessage.NewConfiguration;
import io.hotpot.replication.Message;
import io.hotpot.replication.NettyLoop;
import io.hotpot.replication.OperatorAnswer;
import io.hotpot.replication.OperatorAnswer.NotDone;
import io.hotpot.replication.OperatorQuestion;
import io.hotpot.replication.Peer;
import io.hotpot.replication.TcpFabric;
import io.hotpot.store.ClusterSecurity;
import io.hotpot.store.MisuseException;
import io.hotpot.store.NotAMember;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Asks a dispatcher, and through it the nodes, how the cluster is, and tells them what to do;
 * without becoming a member. It speaks with the dispatcher only while a question is open: a
 * dispatcher has time for one visitor.
 *
 * <p>Thread-safety: one thread at a time; it blocks for answers.
 */
public final class ClusterVisit implements AutoCloseable {

  /** For an answer, once somebody listens. */
  private static final long PATIENCE_NS = 10_000_000_000L;

  private static final long LOOK_MS = 10;

  /** A question that has no answer yet. */
  private record Open(Message question, CompletableFuture<Message> answer) {}

  private final String address;
  private final List<Fabric.Member> dispatchers;
  private final NettyLoop loop;
  private final TcpFabric fabric;
  private long lastRequest;

  // Of the loop.
  private @Nullable Open open;

  private ClusterVisit(
      String address, List<Fabric.Member> dispatchers, NettyLoop loop, TcpFabric fabric) {
    this.address = address;
    this.dispatchers = dispatchers;
    this.loop = loop;
    this.fabric = fabric;
  }

  /**
   * Prepares a visit; nothing is said before the first question.
   *
   * @param address hotpot://host:port of a dispatcher, or of several with commas between them
   * @param host this side's address in the network that the dispatchers are in
   * @throws MisuseException if the address or the security cannot be used
   */
  public static ClusterVisit open(String address, String host, ClusterSecurity security) {
    List<Fabric.Member> dispatchers = DispatcherAddress.parse(address);
    NettyLoop loop = new NettyLoop("hotpot-visit");
    boolean isOpen = false;
    try {
      TcpFabric fabric = TcpFabric.bind(loop, TcpClusterProvider.fabric(host, 0, security));
      ClusterVisit visit = new ClusterVisit(address, dispatchers, loop, fabric);
      loop.execute(() -> fabric.start(visit.new Heard()));
      isOpen = true;
      return visit;
    } catch (IllegalStateException | IllegalArgumentException e) {
      throw new MisuseException(String.valueOf(e.getMessage()), e);
    } finally {
      if (!isOpen) {
        loop.close();
      }
    }
  }

  /**
   * The cluster as its dispatcher has decided it.
   *
   * @throws NotAMember if none answers; the message says what was in the way
   */
  public Configuration configuration() {
    if (ask(new AskConfiguration(0)) instanceof NewConfiguration(Configuration now)) {
      return now;
    }
    throw new IllegalStateException("a configuration was asked for, and something else came");
  }

  /**
   * Asks a node, or the dispatcher.
   *
   * @param question makes it for a number
   * @return {@link NotDone} if the node is away, does not answer or refuses
   * @throws NotAMember if no dispatcher answers
   */
  public OperatorAnswer ask(LongFunction<OperatorQuestion> question) {
    if (ask(question.apply(++lastRequest)) instanceof OperatorAnswer answer) {
      return answer;
    }
    throw new IllegalStateException("an operator's question has got another answer");
  }

  private Message ask(Message question) {
    CompletableFuture<Message> answer = new CompletableFuture<>();
    loop.execute(
        () -> {
          open = new Open(question, answer);
          fabric.members(dispatchers);
        });
    try {
      return await(answer);
    } finally {
      loop.execute(
          () -> {
            open = null;
            fabric.members(List.of());
          });
    }
  }

  private Message await(CompletableFuture<Message> answer) {
    long beganNs = loop.bootNs();
    while (true) {
      try {
        return answer.get(LOOK_MS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        long waitedNs = loop.bootNs() - beganNs;
        if (waitedNs >= PATIENCE_NS
            || DispatcherSearch.isHopeless(fabric, dispatchers, waitedNs, 0)) {
          throw DispatcherSearch.unreachable(address, fabric, dispatchers);
        }
      } catch (ExecutionException e) {
        throw new NotAMember("the dispatcher at " + address + " does not say: " + e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new NotAMember("interrupted while asking the dispatcher at " + address);
      }
    }
  }

  @Override
  public void close() {
    fabric.close();
    loop.close();
  }

  private final class Heard implements Fabric.Listener {

    @Override
    public void sessionBegan(Peer peer, long session) {
      Open now = open;
      if (now != null) {
        fabric.send(peer.nodeId(), now.question());
      }
    }

    @Override
    public void received(Peer peer, long session, Message message) {
      Open now = open;
      if (now == null) {
        return;
      }
      switch (message) {
        case NewConfiguration news when now.question() instanceof AskConfiguration ->
            now.answer().complete(news);
        case OperatorAnswer said
            when now.question() instanceof OperatorQuestion asked
                && asked.request() == said.request() ->
            now.answer().complete(said);
        case Excluded(String reason) -> now.answer().completeExceptionally(new NotAMember(reason));
        // Another member leads, and is asked too.
        default -> {}
      }
    }

    @Override
    public void sessionEnded(Peer peer, long session, String reason) {}
  }
}
