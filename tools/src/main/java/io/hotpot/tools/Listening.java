package io.hotpot.tools;

/** Where a command listens, as its user writes it: {@code port}, {@code host:port} or a host. */
record Listening(String host, int port) {

  private static final String LOOPBACK = "127.0.0.1";
  private static final int MAX_PORT = 0xFFFF;

  /**
   * @param defaultPort where the text names none
   * @throws Failure if it is not of that form
   */
  static Listening parse(String text, int defaultPort) {
    int colon = text.lastIndexOf(':');
    boolean isPort = !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
    boolean hasPort = colon >= 0 && text.indexOf(']') < colon;
    String host = isPort ? LOOPBACK : hasPort ? text.substring(0, colon) : text;
    host = host.replace("[", "").replace("]", "");
    try {
      int port =
          isPort
              ? Integer.parseInt(text)
              : hasPort ? Integer.parseInt(text.substring(colon + 1)) : defaultPort;
      if (!host.isEmpty() && port >= 0 && port <= MAX_PORT) {
        return new Listening(host, port);
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new Failure(
        ExitCode.USAGE,
        "'" + text + "' is no place to listen: expected [host:]port, the port 0 to " + MAX_PORT);
  }
}
