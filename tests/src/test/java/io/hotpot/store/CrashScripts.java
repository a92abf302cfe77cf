package io.hotpot.store;

import io.hotpot.store.CrashHarness.Model;
import io.hotpot.store.CrashHarness.Run;
import io.hotpot.store.CrashHarness.Script;
import io.hotpot.store.CrashHarness.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Short scripts of every kind of operation, for {@link CrashHarness}. */
final class CrashScripts {

  private CrashScripts() {}

  private static Step step(Consumer<Model> expect, Consumer<Run> run) {
    return new Step() {
      @Override
      public void expect(Model model) {
        expect.accept(model);
      }

      @Override
      public void run(Run r) {
        run.accept(r);
      }
    };
  }

  static Step create(String dataset) {
    return step(m -> m.create(dataset), r -> r.store.dataset(dataset));
  }

  static Step insert(String dataset, String name, String value) {
    return step(
        m -> m.in(dataset).values.put(name, value),
        r -> r.refs.put(name, r.store.dataset(dataset).transact(tx -> tx.allocate(value))));
  }

  static Step update(String dataset, String name, String value) {
    return step(
        m -> m.in(dataset).values.put(name, value),
        r -> r.store.dataset(dataset).run(tx -> tx.put(r.refs.get(name), value)));
  }

  static Step delete(String dataset, String name) {
    return step(
        m -> m.in(dataset).values.remove(name),
        r -> r.store.dataset(dataset).run(tx -> tx.delete(r.refs.get(name))));
  }

  /** One transaction over two datasets: changes an object in each and creates one. */
  static Step both(String first, String one, String second, String two, String created, String to) {
    return step(
        m -> {
          m.in(first).values.put(one, to + "1");
          m.in(second).values.put(two, to + "2");
          m.in(second).values.put(created, to + "3");
        },
        r ->
            r.refs.put(
                created,
                r.store.transact(
                    tx -> {
                      tx.put(r.refs.get(one), to + "1");
                      tx.put(r.refs.get(two), to + "2");
                      return tx.allocate(r.store.dataset(second), to + "3");
                    })));
  }

  static Step root(String dataset, String root, String name) {
    return step(
        m -> m.in(dataset).roots.put(root, name),
        r -> r.store.dataset(dataset).run(tx -> tx.root(root, r.refs.get(name))));
  }

  static Step removeRoot(String dataset, String root) {
    return step(
        m -> m.in(dataset).roots.remove(root),
        r -> {
          Dataset home = r.store.dataset(dataset);
          home.run(tx -> tx.removeRoot(home, root));
        });
  }

  /** Several objects in one transaction, more than a batch holds: PART batches and a COMMIT. */
  static Step large(String dataset, String name, int objects, int bytes) {
    return step(
        m -> {
          for (int i = 0; i < objects; i++) {
            m.in(dataset).values.put(name + i, (name + i).repeat(bytes));
          }
        },
        r -> {
          Dataset home = r.store.dataset(dataset);
          List<Ref<String>> made =
              home.transact(
                  tx -> {
                    List<Ref<String>> refs = new ArrayList<>();
                    for (int i = 0; i < objects; i++) {
                      refs.add(tx.allocate((name + i).repeat(bytes)));
                    }
                    return refs;
                  });
          for (int i = 0; i < objects; i++) {
            r.refs.put(name + i, made.get(i));
          }
        });
  }

  /** Writes an object that was acquired first. */
  static Step acquired(String dataset, String name, String value) {
    return step(
        m -> m.in(dataset).values.put(name, value),
        r ->
            r.store
                .dataset(dataset)
                .run(
                    tx -> {
                      tx.acquire(r.refs.get(name));
                      tx.put(r.refs.get(name), value);
                    }));
  }

  static Step createExclusive(String dataset) {
    return step(
        m -> m.create(dataset),
        r -> r.store.dataset(dataset, DatasetOptions.defaults().withMode(TransactionMode.MRSW)));
  }

  /** An update and a delete while a snapshot is open that still sees what was there. */
  static Step besideSnapshot(String dataset, String updated, String value, String deleted) {
    return step(
        m -> {
          m.in(dataset).values.put(updated, value);
          m.in(dataset).values.remove(deleted);
        },
        r -> {
          try (Snapshot snapshot = r.store.snapshot()) {
            r.store
                .dataset(dataset)
                .run(
                    tx -> {
                      tx.put(r.refs.get(updated), value);
                      tx.delete(r.refs.get(deleted));
                    });
            if (snapshot.find(r.refs.get(deleted)).isEmpty()) {
              throw new CrashHarness.Mismatch("the snapshot does not see " + deleted);
            }
          }
        });
  }

  /** The first value of a class: its description goes into the catalog. */
  static Step registerType() {
    return step(
        m -> {},
        r -> {
          try (Transaction tx = r.store.begin()) {
            tx.allocate(r.store.dataset("a"), new Registered(1, "never committed"));
          }
        });
  }

  /** A class that no store knows before. */
  record Registered(int number, String text) {}

  static Step drop(String dataset) {
    return step(m -> m.datasets.remove(dataset), r -> r.store.drop(dataset));
  }

  static Step rename(String from, String to) {
    return step(m -> m.datasets.put(to, m.datasets.remove(from)), r -> r.store.rename(from, to));
  }

  static Step compact() {
    return step(
        m -> {},
        r -> {
          r.store.partitions().forEach(CrashScripts::roll);
          r.store.compact();
        });
  }

  /** Closes the chunk in use, so that the cleaner takes it. */
  private static void roll(Partition partition) {
    partition.commitLock.lock();
    try {
      partition.log.closeCurrent();
    } finally {
      partition.commitLock.unlock();
    }
  }

  static Step checkpoint() {
    return step(m -> {}, r -> r.store.partitions().forEach(p -> r.store.checkpointer().write(p)));
  }

  /** A clean close: checkpoints, and the word that says so; and the opening that believes it. */
  static Step closeAndOpen() {
    return step(m -> {}, Run::closeAndOpen);
  }

  /** An object for which the log needs another chunk, and the heap with it. */
  static Step grow(String dataset, String name, String value) {
    Step insert = insert(dataset, name, value);
    return step(
        insert::expect,
        r -> {
          int before = r.store.heapUse().chunksInUse();
          r.store.partitions().forEach(CrashScripts::roll);
          insert.run(r);
          if (r.store.heapUse().chunksInUse() <= before) {
            throw new IllegalStateException("the heap did not grow");
          }
        });
  }

  static Script named(String name) {
    return withClosing().stream().filter(s -> s.name().equals(name)).findFirst().orElseThrow();
  }

  static List<Script> all() {
    List<Step> base =
        List.of(
            create("a"),
            create("b"),
            insert("a", "x", "x0"),
            insert("a", "y", "y0"),
            insert("b", "z", "z0"),
            root("a", "r", "y"));
    List<Step> worn = new ArrayList<>(base);
    worn.add(update("a", "x", "x1"));
    worn.add(insert("a", "gone", "g0"));
    worn.add(delete("a", "gone"));
    worn.add(update("b", "z", "z1"));
    List<Step> siblings = new ArrayList<>(worn);
    siblings.add(both("a", "x", "b", "z", "w", "m"));
    List<Step> covered = new ArrayList<>(worn);
    covered.add(checkpoint());
    covered.add(checkpoint());
    return List.of(
        new Script("create", List.of(), List.of(create("a"), create("b"))),
        new Script("insert", base, List.of(insert("a", "n", "n0"), insert("b", "m", "m0"))),
        new Script("update", base, List.of(update("a", "x", "x1"), update("a", "x", "x2"))),
        new Script("delete", base, List.of(delete("a", "x"), insert("a", "n", "n0"))),
        new Script("root", base, List.of(insert("a", "n", "n0"), root("a", "r2", "n"))),
        new Script(
            "siblings",
            base,
            List.of(
                both("a", "x", "b", "z", "w", "p"),
                update("a", "x", "after"),
                both("b", "z", "a", "y", "v", "q"))),
        new Script("drop", worn, List.of(drop("b"), create("c"), insert("c", "n", "n0"))),
        new Script("large", base, List.of(large("a", "part", 3, 350_000))),
        new Script("remove root", base, List.of(removeRoot("a", "r"), delete("a", "y"))),
        new Script("register type", base, List.of(registerType(), insert("a", "n", "n0"))),
        new Script(
            "acquire",
            List.of(createExclusive("a"), insert("a", "x", "x0")),
            List.of(acquired("a", "x", "x1"), acquired("a", "x", "x2"))),
        new Script(
            "beside a snapshot",
            worn,
            List.of(besideSnapshot("a", "x", "seen", "y"), insert("a", "again", "n0"))),
        new Script("rename", base, List.of(rename("b", "c"), insert("c", "n", "n0"))),
        new Script("grow", base, List.of(grow("a", "n", "n0"), grow("b", "m", "m0"))),
        new Script("compact", worn, List.of(compact(), update("a", "x", "x2"))),
        new Script(
            "compact siblings", siblings, List.of(compact(), update("a", "x", "x2"), compact())),
        new Script("drop siblings", siblings, List.of(drop("b"), update("a", "x", "x2"))),
        new Script("checkpoint", worn, List.of(checkpoint(), update("a", "y", "y1"), checkpoint())),
        new Script(
            "compact covered deletes",
            covered,
            List.of(compact(), insert("a", "again", "n0"), checkpoint(), compact())));
  }

  /** Those too that close the store in between, which a medium that refuses does not allow. */
  static List<Script> withClosing() {
    List<Step> worn =
        List.of(
            create("a"),
            create("b"),
            insert("a", "x", "x0"),
            insert("b", "z", "z0"),
            insert("a", "gone", "g0"),
            delete("a", "gone"),
            root("a", "r", "x"));
    List<Script> scripts = new ArrayList<>(all());
    scripts.add(
        new Script(
            "close",
            worn,
            List.of(update("a", "x", "x1"), closeAndOpen(), update("b", "z", "z1"))));
    scripts.add(
        new Script(
            "close twice",
            worn,
            List.of(
                both("a", "x", "b", "z", "w", "p"),
                closeAndOpen(),
                delete("a", "x"),
                closeAndOpen(),
                insert("a", "again", "n0"))));
    return scripts;
  }
}
