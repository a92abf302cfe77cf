package io.hotpot.store;

import java.util.Objects;

/**
 * Options of a dataset, fixed when it is created.
 *
 * @param degree copies of each object that a cluster keeps, 1 to 8; a store of its own keeps one
 * @param minimum copies in step without which a cluster takes no writes, at most the degree
 */
public record DatasetOptions(TransactionMode mode, int degree, int minimum) {

  static final int MAX_DEGREE = 8;
  private static final int DEFAULT_DEGREE = 3;

  public DatasetOptions {
    Objects.requireNonNull(mode, "mode");
    if (degree < 1 || degree > MAX_DEGREE) {
      throw new MisuseException(
          "a dataset has between 1 and " + MAX_DEGREE + " copies, not " + degree);
    }
    if (minimum < 1 || minimum > degree) {
      throw new MisuseException(
          "the minimum of copies is between 1 and the degree, " + degree + ", not " + minimum);
    }
  }

  public static DatasetOptions defaults() {
    return new DatasetOptions(TransactionMode.MRMW, DEFAULT_DEGREE, 2);
  }

  public DatasetOptions withMode(TransactionMode mode) {
    return new DatasetOptions(mode, degree, minimum);
  }

  /** With so many copies; the minimum is two of them then, or one of one. */
  public DatasetOptions withDegree(int degree) {
    return new DatasetOptions(mode, degree, Math.min(degree, 2));
  }

  public DatasetOptions withMinimum(int minimum) {
    return new DatasetOptions(mode, degree, minimum);
  }
}
