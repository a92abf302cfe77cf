package io.hotpot.tools;

import picocli.CommandLine.IVersionProvider;

/** Says which build of Hotpot and which JVM are running. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {"hotpot " + hotpotVersion(), "on Java " + Runtime.version()};
  }

  private static String hotpotVersion() {
    return "0.1.0-SNAPSHOT";
  }
}
