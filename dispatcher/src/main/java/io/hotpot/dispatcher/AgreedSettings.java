package io.hotpot.dispatcher;

import java.util.Set;

/** The names of settings that every node brings when it joins; all members have equal values. */
public final class AgreedSettings {

  /** Of the bytes on the medium. */
  public static final String FORMAT_VERSION = "format version";

  public static final String CHUNK_BYTES = "chunk bytes";

  /** The dispatcher's own is compared too. Nanoseconds. */
  public static final String LEASE_NS = "lease ns";

  static final Set<String> REQUIRED = Set.of(FORMAT_VERSION, CHUNK_BYTES, LEASE_NS);

  private AgreedSettings() {}
}
