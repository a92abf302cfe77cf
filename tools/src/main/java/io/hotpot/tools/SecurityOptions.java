package io.hotpot.tools;

import io.hotpot.store.ClusterSecurity;
import io.hotpot.store.MisuseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How this end proves to the others of the cluster who it is: the same for all of a cluster. */
final class SecurityOptions {

  @Option(
      names = "--secret-file",
      paramLabel = "<file>",
      description = "a file with the cluster's secret: 16 bytes or more that nobody can guess")
  @Nullable Path secretFile;

  @Option(
      names = "--certificate",
      paramLabel = "<pem>",
      description = "mutual TLS: the certificate, which names the host that is listened on")
  @Nullable Path certificate;

  @Option(
      names = "--key",
      paramLabel = "<pem>",
      description = "mutual TLS: the private key of the certificate, in PKCS#8")
  @Nullable Path key;

  @Option(
      names = "--trust",
      paramLabel = "<pem>",
      description = "mutual TLS: the certificates of who issues the cluster's certificates")
  @Nullable Path trust;

  @Option(
      names = "--allow-plain",
      description = "no proof at all, although other machines can connect: anyone is believed")
  boolean allowPlain;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  SecurityOptions() {}

  /**
   * What the options say together.
   *
   * @throws Failure if they contradict one another
   */
  ClusterSecurity security() {
    boolean tls = certificate != null || key != null || trust != null;
    if ((tls ? 1 : 0) + (secretFile != null ? 1 : 0) + (allowPlain ? 1 : 0) > 1) {
      throw wrong("give one of --secret-file, --certificate with --key and --trust, --allow-plain");
    }
    if (secretFile != null) {
      return new ClusterSecurity.Secret(secret(secretFile));
    }
    if (!tls) {
      return new ClusterSecurity.Plain(allowPlain);
    }
    if (certificate == null || key == null || trust == null) {
      throw wrong("mutual TLS needs all of --certificate, --key and --trust");
    }
    return new ClusterSecurity.Tls(certificate, key, trust);
  }

  private static String secret(Path file) {
    try {
      String secret = Files.readString(file).strip();
      new ClusterSecurity.Secret(secret);
      return secret;
    } catch (IOException e) {
      throw new Failure(
          ExitCode.UNUSABLE, "the cluster's secret cannot be read: " + Errors.reason(e), e);
    } catch (MisuseException e) {
      throw new Failure(ExitCode.USAGE, e.getMessage() + " (in " + file + ")", e);
    }
  }

  private static Failure wrong(String message) {
    return new Failure(ExitCode.USAGE, message);
  }
}
