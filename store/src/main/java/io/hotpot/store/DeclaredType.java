package io.hotpot.store;

import java.lang.reflect.GenericArrayType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The type that a component was declared with, as a schema keeps it: what the values stored in it
 * may be. A type variable stands as what its bound erases to, a wildcard as its upper bound.
 *
 * <pre>
 *  type := class name [ "&lt;" type { "," type } "&gt;" ] { "[]" }
 * </pre>
 *
 * @param name of the class, or {@code []}
 * @param arguments its type arguments; none if it is raw; of an array the type of its elements
 */
record DeclaredType(String name, List<DeclaredType> arguments) {

  private static final String ARRAY = "[]";
  private static final String ANYTHING = "java.lang.Object";

  static DeclaredType of(Type type) {
    return switch (type) {
      case Class<?> c when c.isArray() -> array(of(c.getComponentType()));
      case GenericArrayType a -> array(of(a.getGenericComponentType()));
      case ParameterizedType p -> {
        List<DeclaredType> arguments = new ArrayList<>();
        for (Type argument : p.getActualTypeArguments()) {
          arguments.add(of(argument));
        }
        yield new DeclaredType(erase(p).getName(), List.copyOf(arguments));
      }
      case WildcardType w -> of(w.getUpperBounds()[0]);
      default -> new DeclaredType(erase(type).getName(), List.of());
    };
  }

  private static DeclaredType array(DeclaredType element) {
    return new DeclaredType(ARRAY, List.of(element));
  }

  /** The class that a type erases to. */
  static Class<?> erase(Type type) {
    return switch (type) {
      case Class<?> c -> c;
      case ParameterizedType p -> erase(p.getRawType());
      case GenericArrayType a -> erase(a.getGenericComponentType()).arrayType();
      case TypeVariable<?> v -> erase(v.getBounds()[0]);
      case WildcardType w -> erase(w.getUpperBounds()[0]);
      default -> throw new IllegalStateException("a type of an unknown kind: " + type);
    };
  }

  /** What {@link #toString} gave. A text that follows no rule is a class of that name. */
  static DeclaredType parse(String text) {
    if (text.endsWith(ARRAY)) {
      return array(parse(text.substring(0, text.length() - ARRAY.length())));
    }
    int open = text.indexOf('<');
    if (open < 0 || !text.endsWith(">")) {
      return new DeclaredType(text, List.of());
    }
    List<DeclaredType> arguments = new ArrayList<>();
    int depth = 0;
    int start = open + 1;
    for (int i = start; i < text.length(); i++) {
      char c = text.charAt(i);
      if (depth == 0 && (c == ',' || i == text.length() - 1)) {
        arguments.add(parse(text.substring(start, i)));
        start = i + 1;
      }
      depth += c == '<' ? 1 : c == '>' ? -1 : 0;
    }
    return new DeclaredType(text.substring(0, open), List.copyOf(arguments));
  }

  @Override
  public String toString() {
    if (isArray()) {
      return arguments.getFirst() + ARRAY;
    }
    return arguments.isEmpty()
        ? name
        : name
            + "<"
            + String.join(",", arguments.stream().map(DeclaredType::toString).toList())
            + ">";
  }

  private boolean isArray() {
    return name.equals(ARRAY);
  }

  /**
   * Whether a component of this type can hold every value that one of the other type held. Type
   * arguments may become wider too: what is stored is read, never added to.
   *
   * @param loader finds the classes of both
   */
  boolean admits(DeclaredType stored, @Nullable ClassLoader loader) {
    if (equals(stored) || name.equals(ANYTHING)) {
      return true;
    }
    if (isArray() || stored.isArray()) {
      return isArray()
          && stored.isArray()
          && arguments.getFirst().admits(stored.arguments.getFirst(), loader);
    }
    Class<?> target = classOf(name, loader);
    if (target == null) {
      return false;
    }
    if (name.equals(stored.name) || isRenamed(target, stored.name)) {
      return admitsArguments(stored.arguments, loader);
    }
    Class<?> source = classOf(stored.name, loader);
    return source != null
        && target.isAssignableFrom(source)
        && admitsArguments(argumentsIn(source, stored.arguments, target), loader);
  }

  private static boolean isRenamed(Class<?> type, String name) {
    PreviousName previous = type.getAnnotation(PreviousName.class);
    return previous != null && List.of(previous.value()).contains(name);
  }

  private boolean admitsArguments(List<DeclaredType> stored, @Nullable ClassLoader loader) {
    if (arguments.isEmpty()) {
      return true;
    }
    if (arguments.size() != stored.size()) {
      return arguments.stream().allMatch(argument -> argument.name.equals(ANYTHING));
    }
    for (int i = 0; i < arguments.size(); i++) {
      if (!arguments.get(i).admits(stored.get(i), loader)) {
        return false;
      }
    }
    return true;
  }

  private static @Nullable Class<?> classOf(String name, @Nullable ClassLoader loader) {
    try {
      return Class.forName(name, false, loader);
    } catch (ClassNotFoundException | LinkageError e) {
      return null;
    }
  }

  /** The type arguments of one of a class's supertypes, given those of the class. */
  private static List<DeclaredType> argumentsIn(
      Class<?> type, List<DeclaredType> arguments, Class<?> supertype) {
    if (type == supertype) {
      return arguments;
    }
    List<Type> parents = new ArrayList<>(List.of(type.getGenericInterfaces()));
    if (type.getGenericSuperclass() != null) {
      parents.add(type.getGenericSuperclass());
    }
    for (Type parent : parents) {
      if (supertype.isAssignableFrom(erase(parent))) {
        boolean raw = arguments.size() != type.getTypeParameters().length;
        List<DeclaredType> passed =
            raw ? List.of() : substitute(parent, type, arguments).arguments();
        return argumentsIn(erase(parent), passed, supertype);
      }
    }
    return List.of();
  }

  /** A type that a class mentions, with the class's type variables replaced. */
  private static DeclaredType substitute(
      Type mentioned, Class<?> type, List<DeclaredType> arguments) {
    return switch (mentioned) {
      case TypeVariable<?> variable -> {
        int index = List.of(type.getTypeParameters()).indexOf(variable);
        yield index < 0 ? of(variable) : arguments.get(index);
      }
      case ParameterizedType p -> {
        List<DeclaredType> replaced = new ArrayList<>();
        for (Type argument : p.getActualTypeArguments()) {
          replaced.add(substitute(argument, type, arguments));
        }
        yield new DeclaredType(erase(p).getName(), List.copyOf(replaced));
      }
      default -> of(mentioned);
    };
  }
}
