package io.hotpot.store;

import java.util.Objects;

/**
 * How a dataset is created.
 *
 * @param mode how its writers get along
 */
public record DatasetOptions(TransactionMode mode) {

  public DatasetOptions {
    Objects.requireNonNull(mode, "mode");
  }

  public static DatasetOptions defaults() {
    return new DatasetOptions(TransactionMode.MRMW);
  }

  public DatasetOptions withMode(TransactionMode mode) {
    return new DatasetOptions(mode);
  }
}
