package io.hotpot.tools.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.AccessFlags;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.constant.ClassDesc;
import java.lang.reflect.AccessFlag;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The class files of the running JDK, read from its {@code jrt:/} file system. */
final class ClassFiles {

  /** What a class file says. */
  record Parsed(
      String name,
      boolean isInterface,
      List<JdkClass.Member> members,
      String superclass,
      List<String> interfaces,
      Set<String> refersTo) {}

  private ClassFiles() {}

  private static Path modulesRoot() {
    return FileSystems.getFileSystem(URI.create("jrt:/")).getPath("/modules");
  }

  /** Names of the modules to work on, sorted. */
  static List<String> modules(List<String> wanted) {
    try (Stream<Path> all = Files.list(modulesRoot())) {
      return all.map(path -> path.getFileName().toString())
          .filter(name -> wanted.isEmpty() || wanted.contains(name))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The class files of a module by package, sorted. */
  static Map<String, List<Path>> packages(String module) {
    Path root = modulesRoot().resolve(module);
    TreeMap<String, List<Path>> packages = new TreeMap<>();
    try (Stream<Path> files = Files.walk(root)) {
      files
          .filter(file -> file.toString().endsWith(".class"))
          .filter(file -> root.relativize(file).getNameCount() > 1)
          .sorted()
          .forEach(
              file -> {
                String name = root.relativize(file.getParent()).toString().replace('/', '.');
                packages.computeIfAbsent(name, n -> new ArrayList<>()).add(file);
              });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return packages;
  }

  static Parsed parse(Path file) {
    try {
      return parse(ClassFile.of().parse(Files.readAllBytes(file)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Parsed parse(ClassModel model) {
    List<JdkClass.Member> members = new ArrayList<>();
    model
        .fields()
        .forEach(
            field ->
                members.add(
                    new JdkClass.Member(
                        field.fieldName().stringValue(),
                        field.fieldType().stringValue(),
                        field.flags().flagsMask())));
    model
        .methods()
        .forEach(
            method ->
                members.add(
                    new JdkClass.Member(
                        method.methodName().stringValue(),
                        method.methodType().stringValue(),
                        method.flags().flagsMask())));
    String name = name(model.thisClass());
    Set<String> refersTo = new TreeSet<>();
    for (PoolEntry entry : model.constantPool()) {
      if (entry instanceof ClassEntry mentioned) {
        ClassDesc described = mentioned.asSymbol();
        while (described.isArray()) {
          described = described.componentType();
        }
        if (described.isClassOrInterface()) {
          refersTo.add(name(described));
        }
      }
    }
    refersTo.remove(name);
    AccessFlags flags = model.flags();
    return new Parsed(
        name,
        flags.has(AccessFlag.INTERFACE),
        members,
        model.superclass().map(ClassFiles::name).orElse(""),
        model.interfaces().stream().map(ClassFiles::name).toList(),
        refersTo);
  }

  private static String name(ClassEntry entry) {
    return entry.asInternalName().replace('/', '.');
  }

  private static String name(ClassDesc desc) {
    String descriptor = desc.descriptorString();
    return descriptor.substring(1, descriptor.length() - 1).replace('/', '.');
  }
}
