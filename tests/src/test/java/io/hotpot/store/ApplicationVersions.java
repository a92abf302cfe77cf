package io.hotpot.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.ToolProvider;

/** Versions of an application's classes, compiled from source and loaded one after the other. */
final class ApplicationVersions implements AutoCloseable {

  private final Path directory;
  private final List<URLClassLoader> loaders = new ArrayList<>();
  private final ClassLoader before = Thread.currentThread().getContextClassLoader();

  ApplicationVersions(Path directory) {
    this.directory = directory;
  }

  /** Compiles classes of package {@code app} and makes them the application's. */
  ClassLoader version(String... sources) {
    try {
      Path folder = Files.createDirectories(directory.resolve("version" + loaders.size()));
      List<String> arguments =
          new ArrayList<>(
              List.of("-d", folder.toString(), "-cp", System.getProperty("java.class.path")));
      for (String source : sources) {
        String name = source.replaceAll("(?s).*?(?:record|class|enum|interface) (\\w+).*", "$1");
        Path file = folder.resolve(name + ".java");
        Files.writeString(file, "package app;\nimport io.hotpot.store.*;\n" + source);
        arguments.add(file.toString());
      }
      int exit =
          ToolProvider.getSystemJavaCompiler()
              .run(null, null, null, arguments.toArray(new String[0]));
      assertThat(exit).isZero();
      URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()}, before);
      loaders.add(loader);
      loader.setPackageAssertionStatus("app", true);
      Thread.currentThread().setContextClassLoader(loader);
      return loader;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Takes the application's classes out of sight. */
  void hide() {
    Thread.currentThread().setContextClassLoader(before);
  }

  @Override
  public void close() throws IOException {
    hide();
    for (URLClassLoader loader : loaders) {
      loader.close();
    }
  }

  static Object make(ClassLoader loader, String name, Object... values) {
    try {
      Constructor<?> constructor = type(loader, name).getDeclaredConstructors()[0];
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("a constructor that does not take " + List.of(values), e);
    }
  }

  static Class<?> type(ClassLoader loader, String name) {
    try {
      return loader.loadClass("app." + name);
    } catch (ClassNotFoundException e) {
      throw new LinkageError("a class that was not compiled", e);
    }
  }
}
