package io.hotpot.tools;

import java.util.LinkedHashMap;
import java.util.Map;

/** What the exit codes of all commands mean. */
public final class ExitCode {

  public static final int OK = 0;

  /** Damage was found, an answer was wrong, or what was asked for is not there. */
  public static final int PROBLEM = 1;

  /** A wrong command line, or a value that cannot be stored. */
  public static final int USAGE = 2;

  /** The store cannot be used as it is, or something is missing for it. */
  public static final int UNUSABLE = 3;

  /** A defect of Hotpot itself. */
  public static final int DEFECT = 70;

  /** What a process killed by SIGPIPE has: nobody reads the output any more. */
  public static final int READER_GONE = 141;

  private ExitCode() {}

  /** For the help of every command. */
  static Map<String, String> descriptions() {
    Map<String, String> codes = new LinkedHashMap<>();
    codes.put(" " + OK, "all well");
    codes.put(" " + PROBLEM, "damage was found, or what was named is not there");
    codes.put(" " + USAGE, "a wrong command line or a value that does not fit");
    codes.put(" " + UNUSABLE, "the store is in use, not a store, too damaged; or the disk is full");
    codes.put(" " + DEFECT, "a defect of Hotpot itself");
    return codes;
  }
}
