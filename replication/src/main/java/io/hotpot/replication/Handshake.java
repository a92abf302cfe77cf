package io.hotpot.replication;

import io.hotpot.replication.HandshakeMessage.Challenge;
import io.hotpot.replication.HandshakeMessage.Hello;
import io.hotpot.replication.HandshakeMessage.Proof;
import io.hotpot.replication.HandshakeMessage.Refused;
import io.hotpot.replication.HandshakeMessage.Welcome;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One end of what goes before a session: the dialler says {@link Hello} and waits for {@link
 * Welcome}; with a secret, the acceptor first proves that it knows it, and then the dialler does.
 * No end proves anything to an end that has not proved itself, but for the acceptor's proof over
 * what it was sent.
 *
 * <p>Thread-safety: confined to the loop.
 */
final class Handshake {

  private enum State {
    /** The acceptor has heard nothing yet. */
    AWAITING_HELLO,
    /** The acceptor has proved itself and waits for the dialler to do so. */
    AWAITING_PROOF,
    /** The dialler, which shares a secret, has said Hello. */
    AWAITING_CHALLENGE,
    /** The dialler has said all that it had to. */
    AWAITING_WELCOME,
    /** The session has begun, or never will. */
    OVER
  }

  /** What the end of a connection does for its handshake. */
  interface Host {
    void say(HandshakeMessage message);

    /** 32 bytes that nobody could foresee. */
    byte[] nonce();

    /**
     * The acceptor decides about a peer that has proved itself.
     *
     * @return the number of the session
     * @throws RefusedException if there is to be none
     */
    long admit(Hello hello) throws RefusedException;

    /** The session begins. */
    void begin(Peer peer, long session);
  }

  /** The other end is not wanted; it is told why. */
  static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    RefusedException(String reason) {
      super(reason);
    }
  }

  private final Host host;
  private final int security;
  private final @Nullable Secrets secrets;
  private State state;
  private @Nullable Hello hello;
  private byte[] acceptorNonce = {};

  /** The end that was connected to. */
  Handshake(Host host, int security, @Nullable Secrets secrets) {
    this.host = host;
    this.security = security;
    this.secrets = secrets;
    state = State.AWAITING_HELLO;
  }

  /** The end that connects, and says this first. */
  Handshake(Host host, Hello hello, @Nullable Secrets secrets) {
    this(host, hello.security(), secrets);
    this.hello = hello;
    state = secrets == null ? State.AWAITING_WELCOME : State.AWAITING_CHALLENGE;
  }

  /**
   * The other end said something.
   *
   * @throws MalformedMessage if it is no message, or not the next one
   * @throws RefusedException if one end does not want the other
   */
  void received(ByteBuffer bytes) throws RefusedException {
    HandshakeMessage message = HandshakeMessage.decode(bytes);
    Hello begun = hello;
    switch (message) {
      case Hello heard when state == State.AWAITING_HELLO -> heard(heard);
      case Proof proof when state == State.AWAITING_PROOF && begun != null -> heard(proof, begun);
      case Challenge challenge when state == State.AWAITING_CHALLENGE && begun != null ->
          heard(challenge, begun);
      case Welcome welcome when state == State.AWAITING_WELCOME && begun != null ->
          heard(welcome, begun);
      case Refused refused
          when state == State.AWAITING_CHALLENGE || state == State.AWAITING_WELCOME -> {
        state = State.OVER;
        throw new RefusedException("refused: " + refused.reason());
      }
      default ->
          throw new MalformedMessage(
              message.getClass().getSimpleName() + " was said in the state " + state);
    }
  }

  private void heard(Hello heard) throws RefusedException {
    if (heard.lowestVersion() > HandshakeMessage.VERSION
        || heard.highestVersion() < HandshakeMessage.VERSION) {
      throw new RefusedException(
          "the protocol's version is "
              + HandshakeMessage.VERSION
              + " here and "
              + heard.lowestVersion()
              + " to "
              + heard.highestVersion()
              + " there: update the older of the two");
    }
    if (heard.security() != security) {
      throw new RefusedException("the two ends are set to different kinds of security");
    }
    hello = heard;
    if (secrets == null) {
      welcome(heard);
    } else {
      acceptorNonce = host.nonce();
      state = State.AWAITING_PROOF;
      byte[] proof = secrets.proof(Secrets.Role.ACCEPTOR, heard.encode(), acceptorNonce);
      host.say(new Challenge(acceptorNonce, proof));
    }
  }

  private void heard(Challenge challenge, Hello said) throws RefusedException {
    byte[] bytes = said.encode();
    if (secrets == null
        || !secrets.isProof(challenge.proof(), Secrets.Role.ACCEPTOR, bytes, challenge.nonce())) {
      throw new RefusedException("the acceptor does not know the cluster's secret");
    }
    state = State.AWAITING_WELCOME;
    host.say(new Proof(secrets.proof(Secrets.Role.DIALLER, bytes, challenge.nonce())));
  }

  private void heard(Proof proof, Hello heard) throws RefusedException {
    if (secrets == null
        || !secrets.isProof(proof.proof(), Secrets.Role.DIALLER, heard.encode(), acceptorNonce)) {
      throw new RefusedException("the dialler does not know the cluster's secret");
    }
    welcome(heard);
  }

  private void heard(Welcome welcome, Hello said) {
    if (welcome.version() != said.highestVersion() || welcome.session() <= said.lastSession()) {
      throw new MalformedMessage("Welcome names a version or session that cannot be: " + welcome);
    }
    state = State.OVER;
    host.begin(said.to(), welcome.session());
  }

  private void welcome(Hello heard) throws RefusedException {
    long session = host.admit(heard);
    state = State.OVER;
    host.say(new Welcome(HandshakeMessage.VERSION, session));
    host.begin(heard.from(), session);
  }
}
