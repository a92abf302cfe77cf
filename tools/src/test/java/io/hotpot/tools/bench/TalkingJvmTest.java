package io.hotpot.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Children answer, say why they end, and never outlive the process that started them. */
class TalkingJvmTest {

  private static final long SECONDS = 300;

  @TempDir private Path directory;

  /** Answers its process id; then echoes words, until it is told to fail. */
  static final class Child {
    public static void main(String[] args) throws InterruptedException {
      Commands commands = Commands.listen();
      commands.answer(ProcessHandle.current().pid());
      while (true) {
        String[] words = commands.next();
        if (words[0].equals("fail")) {
          System.out.println("this is why");
          Runtime.getRuntime().halt(7);
        }
        commands.answer((Object[]) words);
      }
    }
  }

  /** Starts a child, answers the child's process id, and dies without closing anything. */
  static final class Parent {
    @SuppressWarnings("MustBeClosedChecker")
    public static void main(String[] args) throws IOException, InterruptedException {
      TalkingJvm child = child(Path.of(args[0]), Child.class);
      System.out.println(ChildJvm.RESULT + child.answer(SECONDS));
      System.out.flush();
      Runtime.getRuntime().halt(0);
    }
  }

  private static TalkingJvm child(Path temporary, Class<?> main, String... arguments)
      throws IOException {
    return new TalkingJvm(
        "the child", temporary, "64m", List.of(), main.getName(), List.of(arguments));
  }

  @Test
  void answersComeInTheOrderOfTheCommands() throws Exception {
    try (TalkingJvm child = child(directory, Child.class)) {
      child.answer(SECONDS);
      child.say("one", 1);
      child.say("two");
      assertThat(child.answer(SECONDS)).isEqualTo("one 1");
      assertThat(child.answer(SECONDS)).isEqualTo("two");
    }
  }

  @Test
  void aChildThatFailsIsQuoted() throws Exception {
    try (TalkingJvm child = child(directory, Child.class)) {
      child.answer(SECONDS);
      child.say("fail");
      assertThatThrownBy(() -> child.answer(SECONDS))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("the child ended with exit code 7: ")
          .hasMessageEndingWith("this is why");
    }
  }

  @Test
  void closingKillsTheChild() throws Exception {
    long pid;
    try (TalkingJvm child = child(directory, Child.class)) {
      pid = Long.parseLong(child.answer(SECONDS));
      assertThat(ProcessHandle.of(pid)).isPresent();
    }
    assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isEmpty();
  }

  @Test
  void aChildEndsWhenTheProcessThatStartedItDies() throws Exception {
    long pid;
    try (TalkingJvm parent = child(directory, Parent.class, directory.toString())) {
      pid = Long.parseLong(parent.answer(SECONDS));
    }
    Optional<ProcessHandle> orphan = ProcessHandle.of(pid);
    // Waits for its end, and would for ever if it did not come.
    orphan.ifPresent(process -> process.onExit().join());
  }

  @Test
  void aRoundTripTakesTime() throws Exception {
    assertThat(RoundTrip.measure(directory, 100)).isPositive();
  }
}
