package io.hotpot.tools;

/**
 * Ends a command with a sentence for its user and an exit code; never shown as a stack trace. For
 * what is wrong with the command line itself, use picocli's ParameterException.
 */
public final class Failure extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final int exitCode;

  public Failure(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  public Failure(int exitCode, String message, Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  /** One of {@link ExitCode}. */
  public int exitCode() {
    return exitCode;
  }
}
