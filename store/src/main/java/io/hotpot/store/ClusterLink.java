package io.hotpot.store;

import io.hotpot.store.spi.Elsewhere;
import io.hotpot.store.spi.Names;
import org.jspecify.annotations.Nullable;

/**
 * What a store knows of the cluster that it is part of; nothing, where it stands alone.
 *
 * <p>Thread-safety: all methods from any thread; joined once, before the first transaction.
 */
final class ClusterLink {

  private volatile @Nullable Elsewhere elsewhere;
  private volatile @Nullable Names names;

  void join(Elsewhere elsewhere, Names names) {
    this.names = names;
    this.elsewhere = elsewhere;
  }

  /** Null: the store stands alone. */
  @Nullable Elsewhere elsewhere() {
    return elsewhere;
  }

  /** Null: the store stands alone. */
  @Nullable Names names() {
    return names;
  }
}
