package io.hotpot.tools;

import io.hotpot.store.HotpotException;
import io.hotpot.store.MisuseException;
import io.hotpot.store.ObjectNotFound;
import io.hotpot.store.ObjectTooLarge;
import io.hotpot.store.TypeMismatch;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Tells the user what went wrong: one sentence on standard error, or with {@code --json} one JSON
 * object, and the exit code. A stack trace is shown only to those who ask for it.
 */
final class Errors {

  /** A system property for whoever looks for a defect. */
  private static final String STACK_TRACES = "hotpot.stacktraces";

  private record Report(String kind, String message, int exitCode) {}

  private Errors() {}

  /** What a command threw. */
  static int executionFailed(Exception exception, CommandLine command, List<String> arguments) {
    PrintWriter err = command.getErr();
    if (Boolean.getBoolean(STACK_TRACES)) {
      exception.printStackTrace(err);
    }
    if (isReaderGone(exception)) {
      return ExitCode.READER_GONE;
    }
    Report report = judge(exception);
    print(err, report, arguments.contains("--json"));
    return report.exitCode;
  }

  private static Report judge(Exception exception) {
    String kind = exception.getClass().getSimpleName();
    String message = String.valueOf(exception.getMessage());
    return switch (exception) {
      case Failure failure -> new Report(kind, message, failure.exitCode());
      case ObjectNotFound e -> new Report(kind, message, ExitCode.PROBLEM);
      case TypeMismatch e -> new Report(kind, message, ExitCode.USAGE);
      case ObjectTooLarge e -> new Report(kind, message, ExitCode.USAGE);
      case MisuseException e -> new Report(kind, message, ExitCode.USAGE);
      case HotpotException e -> new Report(kind, message, ExitCode.UNUSABLE);
      case UncheckedIOException e ->
          new Report("IOException", withReason(message, cause(e)), ExitCode.UNUSABLE);
      case IOException e -> new Report("IOException", reason(e), ExitCode.UNUSABLE);
      default ->
          new Report(
              kind,
              "a defect of Hotpot: "
                  + exception
                  + where(exception)
                  + "; please report it; HOTPOT_JAVA_OPTS=-D"
                  + STACK_TRACES
                  + "=true shows more",
              ExitCode.DEFECT);
    };
  }

  private static IOException cause(UncheckedIOException e) {
    return Objects.requireNonNull(e.getCause());
  }

  private static String where(Exception exception) {
    StackTraceElement[] trace = exception.getStackTrace();
    return trace.length == 0 ? "" : " at " + trace[0];
  }

  private static String withReason(String message, IOException cause) {
    String reason = reason(cause);
    if (message.equals(cause.toString())) {
      return reason;
    }
    return message.contains(reason) ? message : message + ": " + reason;
  }

  /** Many messages of the file system are no more than the file's name. */
  static String reason(IOException e) {
    return switch (e) {
      case NoSuchFileException missing -> missing.getFile() + " does not exist";
      case AccessDeniedException denied -> "no permission for " + denied.getFile();
      case NotDirectoryException file -> file.getFile() + " is not a directory";
      case FileAlreadyExistsException file -> file.getFile() + " exists already";
      case FileSystemException other ->
          other.getReason() == null ? other.toString() : other.getFile() + ": " + other.getReason();
      default -> e.getMessage() == null ? e.toString() : e.getMessage();
    };
  }

  /** Whether the output is a pipe that nobody reads any more, as in {@code hotpot ls | head}. */
  private static boolean isReaderGone(Throwable exception) {
    for (Throwable t = exception; t != null; t = t.getCause()) {
      if (t instanceof IOException && String.valueOf(t.getMessage()).contains("Broken pipe")) {
        return true;
      }
    }
    return false;
  }

  /** What picocli or a command found wrong with the command line. */
  static int usageIsWrong(ParameterException exception, String[] arguments) {
    CommandLine command = exception.getCommandLine();
    PrintWriter err = command.getErr();
    boolean json = Arrays.asList(arguments).contains("--json");
    Report report = new Report("Usage", String.valueOf(exception.getMessage()), ExitCode.USAGE);
    print(err, report, json);
    if (!json) {
      UnmatchedArgumentException.printSuggestions(exception, err);
      err.println(
          "Try '" + command.getCommandSpec().qualifiedName() + " --help' for what it takes.");
      err.flush();
    }
    return ExitCode.USAGE;
  }

  private static void print(PrintWriter err, Report report, boolean json) {
    if (json) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("error", report.kind);
      map.put("message", report.message);
      map.put("exitCode", report.exitCode);
      err.println(Json.of(map));
    } else {
      err.println("hotpot: " + report.message);
    }
    err.flush();
  }
}
