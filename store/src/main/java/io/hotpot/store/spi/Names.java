package io.hotpot.store.spi;

import io.hotpot.store.TransactionMode;
import java.util.List;
import java.util.Optional;

/**
 * Names that the whole cluster agrees on: datasets and types.
 *
 * <p>Thread-safety: all methods from any thread of the application; they may block for the
 * dispatcher's answer.
 */
public interface Names {

  /**
   * A dataset.
   *
   * @param home the partition that holds its named roots
   */
  record NamedDataset(int id, String name, TransactionMode mode, int home) {}

  Optional<NamedDataset> dataset(String name);

  List<NamedDataset> datasets();

  /** The dataset that a partition belongs to. */
  Optional<NamedDataset> datasetOf(int partition);

  /** Creates a dataset; if another node has just done so, that one is returned. */
  NamedDataset create(String name, TransactionMode mode, int degree, int minimum);

  void rename(int dataset, String newName);

  void drop(int dataset);

  /** The number of a type, given the same one everywhere and for ever. */
  int registerSchema(byte[] schema);

  /**
   * The description that was registered under a number.
   *
   * @throws io.hotpot.store.HotpotException if there is none
   */
  byte[] schema(int number);
}
