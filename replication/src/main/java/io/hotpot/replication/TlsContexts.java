package io.hotpot.replication;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SSLException;

/**
 * The two ends of mutual TLS, from a node's PEM files.
 *
 * @param dialler checks the acceptor's certificate against the host that it dialled
 * @param acceptor demands a certificate; whose it is, is checked with the handshake
 */
record TlsContexts(SslContext dialler, SslContext acceptor) {

  static TlsContexts of(FabricOptions.Tls tls) {
    try {
      return new TlsContexts(
          SslContextBuilder.forClient()
              .sslProvider(SslProvider.JDK)
              .protocols("TLSv1.3")
              .keyManager(tls.certificate().toFile(), tls.key().toFile())
              .trustManager(tls.trusted().toFile())
              .endpointIdentificationAlgorithm("HTTPS")
              .build(),
          SslContextBuilder.forServer(tls.certificate().toFile(), tls.key().toFile())
              .sslProvider(SslProvider.JDK)
              .protocols("TLSv1.3")
              .trustManager(tls.trusted().toFile())
              .clientAuth(ClientAuth.REQUIRE)
              .build());
    } catch (SSLException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "certificates or key cannot be used - certificate="
              + tls.certificate()
              + ", key="
              + tls.key()
              + ", trusted="
              + tls.trusted()
              + ": "
              + e.getMessage(),
          e);
    }
  }

  /** Whether a peer's certificate names a host: exactly, without wildcards. */
  static boolean names(Certificate[] chain, String host) {
    if (chain.length == 0 || !(chain[0] instanceof X509Certificate certificate)) {
      return false;
    }
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      return names != null && names.stream().anyMatch(name -> isName(name, host));
    } catch (CertificateParsingException e) {
      return false;
    }
  }

  private static boolean isName(List<?> name, String host) {
    boolean isDns = name.get(0).equals(2);
    boolean isAddress = name.get(0).equals(7);
    String text = String.valueOf(name.get(1));
    if (isDns) {
      return text.equalsIgnoreCase(host);
    }
    return isAddress && isNumeric(host) && address(text).equals(address(host));
  }

  private static boolean isNumeric(String host) {
    return host.matches("[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
  }

  /** One spelling of a numeric address; no name is looked up for it. */
  private static String address(String numeric) {
    try {
      return InetAddress.getByName(numeric).getHostAddress();
    } catch (UnknownHostException e) {
      return numeric;
    }
  }
}
