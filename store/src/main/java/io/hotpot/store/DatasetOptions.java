package io.hotpot.store;

/**
 * How a dataset is created.
 *
 * @param mode how its writers get along
 */
public record DatasetOptions(TransactionMode mode) {

  public static DatasetOptions defaults() {
    return new DatasetOptions(TransactionMode.MRMW);
  }

  public DatasetOptions withMode(TransactionMode newMode) {
    return new DatasetOptions(newMode);
  }
}
