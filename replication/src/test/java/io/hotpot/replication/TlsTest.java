package io.hotpot.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hotpot.replication.FabricOptions.Tls;
import io.hotpot.replication.RecordingListener.Began;
import io.hotpot.replication.RecordingListener.Received;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sessions over mutual TLS, with certificates that the JDK's keytool makes. */
final class TlsTest {

  @TempDir static Path dir;
  private final List<AutoCloseable> open = new ArrayList<>();

  @BeforeAll
  static void makeCertificates() throws Exception {
    String all =
        certificate("good", "ip:127.0.0.1") + certificate("elsewhere", "dns:elsewhere.example");
    Files.writeString(dir.resolve("trusted.pem"), all);
    certificate("untrusted", "ip:127.0.0.1");
  }

  private static String certificate(String name, String alternativeName) throws Exception {
    Path store = dir.resolve(name + ".p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "it",
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + name,
                "-ext",
                "san=" + alternativeName,
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                "password")
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(keytool.waitFor()).as(said).isZero();
    KeyStore keys = KeyStore.getInstance(store.toFile(), "password".toCharArray());
    String certificate = pem("CERTIFICATE", keys.getCertificate("it").getEncoded());
    Files.writeString(dir.resolve(name + ".pem"), certificate);
    byte[] key = keys.getKey("it", "password".toCharArray()).getEncoded();
    Files.writeString(dir.resolve(name + ".key"), pem("PRIVATE KEY", key));
    return certificate;
  }

  private static String pem(String what, byte[] bytes) {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    return "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n";
  }

  private TcpFabric node(String name, Peer self) {
    NettyLoop loop = new NettyLoop(name);
    Tls tls =
        new Tls(dir.resolve(name + ".pem"), dir.resolve(name + ".key"), dir.resolve("trusted.pem"));
    TcpFabric fabric =
        TcpFabric.bind(loop, FabricOptions.on(new Fabric.Address("127.0.0.1", 0), tls));
    fabric.identity(self);
    open.addFirst(loop);
    open.addFirst(fabric);
    return fabric;
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable part : open) {
      part.close();
    }
  }

  private static final Peer ONE = new Peer(1, 1);
  private static final Peer TWO = new Peer(2, 1);

  private static void introduce(TcpFabric one, TcpFabric two) {
    one.members(List.of(new Fabric.Member(TWO, two.address())));
    two.members(List.of(new Fabric.Member(ONE, one.address())));
  }

  @Test
  void nodesWithTheirCertificatesMeet() throws Exception {
    TcpFabric one = node("good", ONE);
    TcpFabric two = node("good", TWO);
    RecordingListener atOne = new RecordingListener();
    RecordingListener atTwo = new RecordingListener();
    introduce(one, two);
    one.start(atOne);
    two.start(atTwo);
    atOne.next(Began.class);
    atTwo.next(Began.class);

    byte[] bytes = new byte[3 << 20];
    new Random(1).nextBytes(bytes);
    Message batch = new LogMessage.Append(1, 1, 1, 1, true, bytes);
    assertThat(two.send(1, batch)).isTrue();
    assertThat(one.send(2, new MembershipMessage.Renewed(1))).isTrue();

    LogMessage.Append received = (LogMessage.Append) atOne.next(Received.class).message();
    assertThat(received.bytes()).isEqualTo(bytes);
    assertThat(atTwo.next(Received.class).message()).isEqualTo(new MembershipMessage.Renewed(1));
  }

  @Test
  void aCertificateThatNamesAnotherHostIsRefusedByTheAcceptor() throws Exception {
    assertThat(whyNone("good", "elsewhere")).contains("does not name 127.0.0.1");
  }

  @Test
  void aCertificateThatNamesAnotherHostIsRefusedByTheDialler() throws Exception {
    assertThat(whyNone("elsewhere", "good")).contains("TLS failed").contains("127.0.0.1");
  }

  @Test
  void aCertificateThatNobodyTrustsIsRefusedByTheDialler() throws Exception {
    assertThat(whyNone("untrusted", "good")).contains("TLS failed").contains("certification path");
  }

  @Test
  void aCertificateThatNobodyTrustsIsRefusedByTheAcceptor() throws Exception {
    assertThat(whyNone("good", "untrusted")).isNotEmpty();
  }

  /** What the dialler knows about why there is no session. */
  private String whyNone(String acceptor, String dialler) throws Exception {
    TcpFabric one = node(acceptor, ONE);
    TcpFabric two = node(dialler, TWO);
    RecordingListener neverTold =
        new RecordingListener() {
          @Override
          public void sessionBegan(Peer peer, long session) {
            throw new AssertionError("a session began");
          }
        };
    introduce(one, two);
    one.start(neverTold);
    two.start(neverTold);
    while (two.failure(1).isEmpty()) {
      assertThat(two.send(1, new MembershipMessage.Renewed(1))).isFalse();
      Thread.onSpinWait();
    }
    return two.failure(1);
  }

  @Test
  void plainTextIsNoTls() throws Exception {
    TcpFabric one = node("good", ONE);
    one.start(new RecordingListener());
    try (RawPeer raw = new RawPeer(one.address())) {
      raw.say(new HandshakeMessage.Hello(1, 1, 0, TWO, ONE, 0, 2, new byte[32]));
      assertThat(raw.hearToTheEnd()).doesNotContain("node");
    }
  }

  @Test
  void filesThatAreNoneAreNamed() {
    Tls tls = new Tls(dir.resolve("absent.pem"), dir.resolve("good.key"), dir.resolve("good.pem"));
    assertThatThrownBy(() -> TlsContexts.of(tls))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("absent.pem");
  }
}
