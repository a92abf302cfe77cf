package io.hotpot.tools.demo;

import io.hotpot.store.Dataset;
import io.hotpot.store.Progress;
import io.hotpot.store.Ref;
import io.hotpot.store.Transaction;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The graph as it lies in the store: every step follows a reference. */
final class StoredGraph extends Questions<JdkClass> {

  private final Dataset jdk;
  private final Transaction tx;
  private final Progress progress;
  private long reads;

  /**
   * @param progress counts references, of which nobody knows how many there will be
   */
  StoredGraph(Dataset jdk, Transaction tx, Progress progress) {
    this.jdk = jdk;
    this.tx = tx;
    this.progress = progress;
  }

  /** References followed so far. */
  long reads() {
    return reads;
  }

  private JdkClass follow(Ref<JdkClass> ref) {
    if ((++reads & 1023) == 0) {
      progress.report(reads, 0);
    }
    return tx.get(ref);
  }

  @Override
  Map<String, JdkClass> classes() {
    Map<String, JdkClass> classes = new TreeMap<>();
    Loader.byName(jdk).forEach((name, ref) -> classes.put(name, follow(ref)));
    return classes;
  }

  @Override
  String name(JdkClass node) {
    return node.name();
  }

  @Override
  @Nullable JdkClass superclass(JdkClass node) {
    Ref<JdkClass> superclass = node.superclass();
    return superclass == null ? null : follow(superclass);
  }

  @Override
  List<JdkClass> interfaces(JdkClass node) {
    return node.interfaces().stream().map(this::follow).toList();
  }

  @Override
  List<JdkClass> refersTo(JdkClass node) {
    return node.refersTo().stream().map(this::follow).toList();
  }

  @Override
  int members(JdkClass node) {
    return node.members().size();
  }
}
