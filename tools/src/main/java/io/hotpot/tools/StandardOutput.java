package io.hotpot.tools;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;

/**
 * Writers whose failures are exceptions. A PrintWriter swallows them: a command would go on writing
 * to a reader that is gone, and would call an export to a full disk a success.
 */
final class StandardOutput {

  private StandardOutput() {}

  /** Standard output, in UTF-8 and buffered: whoever wants it seen at once flushes it. */
  static PrintWriter open() {
    return writer(new FileOutputStream(FileDescriptor.out));
  }

  /** A writer in UTF-8 that throws {@link UncheckedIOException} where writing fails. */
  static PrintWriter writer(OutputStream out) {
    return new PrintWriter(new Throwing(new OutputStreamWriter(out, StandardCharsets.UTF_8)));
  }

  private static final class Throwing extends Writer {

    private final Writer out;

    Throwing(Writer out) {
      this.out = out;
    }

    @Override
    public void write(char[] text, int offset, int length) {
      try {
        out.write(text, offset, length);
      } catch (IOException e) {
        throw failed(e);
      }
    }

    @Override
    public void flush() {
      try {
        out.flush();
      } catch (IOException e) {
        throw failed(e);
      }
    }

    @Override
    public void close() {
      try {
        out.close();
      } catch (IOException e) {
        throw failed(e);
      }
    }

    private static UncheckedIOException failed(IOException e) {
      return new UncheckedIOException("cannot write the output", e);
    }
  }
}
