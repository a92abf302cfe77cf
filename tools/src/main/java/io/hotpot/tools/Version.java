package io.hotpot.tools;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** Says which build of Hotpot and which JVM are running. */
final class Version implements IVersionProvider {
  private static final String RESOURCE = "version.properties";

  @Override
  public String[] getVersion() throws IOException {
    return new String[] {
      "hotpot " + hotpotVersion(),
      "Java " + Runtime.version() + ", " + System.getProperty("os.name")
    };
  }

  private static String hotpotVersion() throws IOException {
    try (InputStream in = Version.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IOException("the build left out the resource " + RESOURCE + "; build again");
      }
      Properties properties = new Properties();
      properties.load(in);
      return properties.getProperty("version", "of an unknown version");
    }
  }
}
