package io.hotpot.tools;

import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Prints trees of maps, iterables, texts, numbers and booleans as JSON. */
public final class Json {

  private Json() {}

  /** The value as JSON text on one line. */
  public static String of(@Nullable Object value) {
    StringBuilder out = new StringBuilder();
    write(out, value);
    return out.toString();
  }

  private static void write(StringBuilder out, @Nullable Object value) {
    switch (value) {
      case null -> out.append("null");
      case Map<?, ?> map -> {
        out.append('{');
        Iterator<? extends Map.Entry<?, ?>> i = map.entrySet().iterator();
        while (i.hasNext()) {
          Map.Entry<?, ?> entry = i.next();
          text(out, String.valueOf(entry.getKey()));
          out.append(':');
          write(out, entry.getValue());
          if (i.hasNext()) {
            out.append(',');
          }
        }
        out.append('}');
      }
      case Iterable<?> list -> {
        out.append('[');
        Iterator<?> i = list.iterator();
        while (i.hasNext()) {
          write(out, i.next());
          if (i.hasNext()) {
            out.append(',');
          }
        }
        out.append(']');
      }
      case Number number -> out.append(number);
      case Boolean bool -> out.append(bool);
      default -> text(out, value.toString());
    }
  }

  private static void text(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (mustBeEscaped(text, i)) {
            out.append(String.format("\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  /** Control characters, of which some command a terminal, and halves of a surrogate pair. */
  private static boolean mustBeEscaped(String text, int index) {
    char c = text.charAt(index);
    if (Character.isHighSurrogate(c)) {
      return index + 1 == text.length() || !Character.isLowSurrogate(text.charAt(index + 1));
    } else if (Character.isLowSurrogate(c)) {
      return index == 0 || !Character.isHighSurrogate(text.charAt(index - 1));
    }
    return Character.isISOControl(c);
  }
}
