package io.hotpot.tools.demo;

import io.hotpot.tools.ProgressLine;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;

/** Tells a person what happens, as it happens, in lines of 79 characters; or says nothing. */
final class Narrator {

  private static final int WIDTH = 79;

  private final PrintWriter out;
  private final PrintWriter err;
  private final boolean silent;

  /**
   * @param silent whether somebody else is told, in another form
   */
  Narrator(PrintWriter out, PrintWriter err, boolean silent) {
    this.out = out;
    this.err = err;
    this.silent = silent;
  }

  void say(String format, Object... arguments) {
    if (!silent) {
      out.printf(Locale.ROOT, format + "%n", arguments);
      out.flush();
    }
  }

  /** Says something that may be long: it goes on below where it began. */
  void wrapped(String head, String text) {
    StringBuilder line = new StringBuilder(head);
    for (String word : text.split(" ", -1)) {
      if (line.length() + word.length() > WIDTH && line.length() > head.length()) {
        say("%s", line);
        line.setLength(0);
        line.append(" ".repeat(head.length()));
      }
      line.append(word).append(' ');
    }
    say("%s", line.toString().stripTrailing());
  }

  ProgressLine progress(String title, String unit) {
    return ProgressLine.on(err, title, unit);
  }

  void introduction(int classes, int packages, int kills, Path store) {
    say("Java objects that survive kill -9: the JDK's own classes, in a Hotpot store.");
    say("");
    say("Every class in jrt:/ becomes a Java record in the store, and the classes that");
    say("it extends, implements and mentions become references to other records.");
    say("%,d classes in %,d packages; the store is %s", classes, packages, store);
    say("");
    say("A child process stores them, one package a transaction, then links them, again");
    say("one package a transaction. It is killed (SIGKILL) %d times in the middle, and", kills);
    say("each time another one goes on from what it finds in the store.");
    say("");
    say(
        "  %3s  %9s  %8s  %-15s  %7s %7s  %s",
        "run", "opened in", "log read", "transactions", "stored", "linked", "ended");
  }

  void whereToLook(Path store) {
    say("");
    say("The store stays in %s. Look into it:", store);
    say("  hotpot inspect %s", store);
    say("  hotpot ls %s %s --limit 5", store, Loader.DATASET);
    say("  hotpot roots %s", store);
    say("  hotpot check %s", store);
  }
}
