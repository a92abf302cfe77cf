package io.hotpot.tools.demo;

import io.hotpot.store.Dataset;
import io.hotpot.store.Hotpot;
import io.hotpot.store.Ref;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The child process of the demo: stores the classes, then links them, one package a transaction.
 * Everything it needs to go on after it was killed it finds in the store.
 *
 * <p>On standard output it says what it has done, one line for each commit that has returned.
 */
final class Loader {

  static final String DATASET = "jdk";

  private final Dataset jdk;
  private final List<String> modules;
  private final PrintStream out;

  private Loader(Dataset jdk, List<String> modules, PrintStream out) {
    this.jdk = jdk;
    this.modules = modules;
    this.out = out;
  }

  public static void main(String[] args) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    long begin = System.nanoTime();
    try (Hotpot store = Hotpot.open(Path.of(args[0]))) {
      long openedUs = (System.nanoTime() - begin) / 1000;
      load(store, store.dataset(DATASET), openedUs, List.of(args).subList(1, args.length), out);
    }
    out.println("closed");
  }

  /** Goes on from what is there, until all is stored and linked. */
  static void load(
      Hotpot store, Dataset jdk, long openedUs, List<String> modules, PrintStream out) {
    Loader loader = new Loader(jdk, ClassFiles.modules(modules), out);
    int[] found = loader.count();
    out.printf(
        "opened %d %d %b %d %d %d %d %d%n",
        openedUs,
        store.recovery().scannedBytes(),
        store.recovery().clean(),
        found[0],
        found[1],
        store.recovery().damages().size(),
        found[2],
        found[3]);
    loader.load();
    loader.link();
  }

  /** The packages there are, how many of them are linked, and the classes in both. */
  private int[] count() {
    return jdk.read(
        tx -> {
          int[] found = new int[4];
          for (Ref<?> root : tx.allRoots(jdk).values()) {
            JdkModule module = (JdkModule) tx.get(root);
            for (Ref<JdkPackage> ref : module.packages().values()) {
              JdkPackage stored = tx.get(ref);
              found[0]++;
              found[2] += stored.classes().size();
              if (stored.linked()) {
                found[1]++;
                found[3] += stored.classes().size();
              }
            }
          }
          return found;
        });
  }

  private void load() {
    for (String name : modules) {
      Ref<JdkModule> module = jdk.root(name, () -> new JdkModule(name, Map.of()));
      Map<String, Ref<JdkPackage>> present = jdk.read(tx -> tx.get(module)).packages();
      ClassFiles.packages(name)
          .forEach(
              (packageName, files) -> {
                if (!present.containsKey(packageName)) {
                  loadPackage(module, packageName, files);
                  out.println("stored " + files.size());
                }
              });
    }
  }

  private void loadPackage(Ref<JdkModule> module, String name, List<Path> files) {
    List<ClassFiles.Parsed> parsed = files.stream().map(ClassFiles::parse).toList();
    jdk.run(
        tx -> {
          Map<String, Ref<JdkClass>> classes = new TreeMap<>();
          for (ClassFiles.Parsed each : parsed) {
            classes.put(
                each.name(),
                tx.allocate(
                    new JdkClass(
                        each.name(),
                        each.isInterface(),
                        each.members(),
                        null,
                        List.of(),
                        List.of())));
          }
          Ref<JdkPackage> stored = tx.allocate(new JdkPackage(name, classes, false));
          tx.update(
              module,
              old -> {
                Map<String, Ref<JdkPackage>> packages = new TreeMap<>(old.packages());
                packages.put(name, stored);
                return new JdkModule(old.name(), packages);
              });
        });
  }

  private void link() {
    Map<String, Ref<JdkClass>> byName = byName(jdk);
    for (String moduleName : modules) {
      Ref<JdkModule> root =
          jdk.read(tx -> tx.<JdkModule>root(moduleName)).orElseThrow(IllegalStateException::new);
      Map<String, Ref<JdkPackage>> packages = jdk.read(tx -> tx.get(root)).packages();
      Map<String, List<Path>> files = ClassFiles.packages(moduleName);
      packages.forEach(
          (name, ref) -> {
            if (!jdk.read(tx -> tx.get(ref)).linked()) {
              linkPackage(ref, Objects.requireNonNull(files.get(name)), byName);
            }
          });
    }
  }

  private void linkPackage(
      Ref<JdkPackage> ref, List<Path> files, Map<String, Ref<JdkClass>> byName) {
    List<ClassFiles.Parsed> parsed = files.stream().map(ClassFiles::parse).toList();
    jdk.run(
        tx -> {
          for (ClassFiles.Parsed each : parsed) {
            tx.update(
                Objects.requireNonNull(byName.get(each.name())), old -> link(old, each, byName));
          }
          tx.update(ref, old -> new JdkPackage(old.name(), old.classes(), true));
        });
    out.println("linked " + files.size());
  }

  private static JdkClass link(
      JdkClass old, ClassFiles.Parsed parsed, Map<String, Ref<JdkClass>> byName) {
    @Nullable Ref<JdkClass> superclass = byName.get(parsed.superclass());
    return new JdkClass(
        old.name(),
        old.isInterface(),
        old.members(),
        superclass,
        known(parsed.interfaces(), byName),
        known(parsed.refersTo(), byName));
  }

  private static List<Ref<JdkClass>> known(
      Iterable<String> names, Map<String, Ref<JdkClass>> byName) {
    List<Ref<JdkClass>> refs = new ArrayList<>();
    for (String name : names) {
      Ref<JdkClass> ref = byName.get(name);
      if (ref != null) {
        refs.add(ref);
      }
    }
    return refs;
  }

  /** Every class that is stored. */
  static Map<String, Ref<JdkClass>> byName(Dataset jdk) {
    return jdk.read(
        tx -> {
          Map<String, Ref<JdkClass>> byName = new HashMap<>();
          for (Ref<?> root : tx.allRoots(jdk).values()) {
            JdkModule module = (JdkModule) tx.get(root);
            module.packages().values().forEach(ref -> byName.putAll(tx.get(ref).classes()));
          }
          return byName;
        });
  }
}
