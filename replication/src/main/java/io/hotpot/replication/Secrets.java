package io.hotpot.replication;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Proofs that one knows the cluster's secret: HMAC-SHA-256 over the role, the whole {@code Hello},
 * in which both identities and the dialler's nonce stand, and the acceptor's nonce. The role keeps
 * a proof from being sent back to who made it, the nonces from being used again.
 */
final class Secrets {

  /** Whose proof it is. */
  enum Role {
    ACCEPTOR,
    DIALLER
  }

  private final SecretKeySpec key;

  Secrets(String secret) {
    key = new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256");
  }

  byte[] proof(Role role, byte[] hello, byte[] acceptorNonce) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      mac.update((byte) role.ordinal());
      mac.update(acceptorNonce);
      return mac.doFinal(hello);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JVM has no HMAC-SHA-256", e);
    }
  }

  /** Compares in a time that does not tell where a wrong proof is wrong. */
  boolean isProof(byte[] proof, Role role, byte[] hello, byte[] acceptorNonce) {
    return MessageDigest.isEqual(proof, proof(role, hello, acceptorNonce));
  }
}
