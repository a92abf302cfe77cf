package io.hotpot.tools;

import io.hotpot.store.Hotpot;
import io.hotpot.store.HotpotOptions.HeapKind;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** Says which build of Hotpot and which JVM are running, and which heaps there can be. */
final class Version implements IVersionProvider {
  private static final String RESOURCE = "version.properties";
  private static final List<HeapKind> KINDS = List.of(HeapKind.LLPL, HeapKind.MAPPED);

  @Override
  public String[] getVersion() throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add("hotpot " + hotpotVersion());
    lines.add("java " + java());
    for (HeapKind kind : KINDS) {
      lines.add("heap " + kind.text() + ": " + obstacle(kind, "available"));
    }
    return lines.toArray(String[]::new);
  }

  static Map<String, Object> toMap() throws IOException {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("hotpot", hotpotVersion());
    map.put("java", java());
    Map<String, Object> heaps = new LinkedHashMap<>();
    KINDS.forEach(kind -> heaps.put(kind.text(), obstacle(kind, "available")));
    map.put("heaps", heaps);
    return map;
  }

  private static String obstacle(HeapKind kind, String otherwise) {
    return Hotpot.obstacle(kind).map(why -> "not here: " + why).orElse(otherwise);
  }

  private static String java() {
    return Runtime.version()
        + " ("
        + System.getProperty("java.vendor")
        + "), "
        + System.getProperty("os.name")
        + " "
        + System.getProperty("os.arch");
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
