package io.hotpot.store;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds, creates, renames and drops datasets: those of the store's own catalog, or, once the store
 * has joined a cluster, those whose names the whole cluster agrees on.
 *
 * <p>Thread-safety: all methods from any thread.
 */
interface Datasets {

  /** The dataset of this name, created with these options if there is none. */
  Dataset findOrCreate(String name, DatasetOptions options);

  Optional<Dataset> find(String name);

  /** Sorted by name. */
  List<Dataset> all();

  /**
   * The dataset that an object belongs to.
   *
   * @throws ObjectNotFound if it belongs to none
   */
  Dataset of(long objectId);

  /**
   * Renames several datasets, all or none, at one moment.
   *
   * @param newNames by present name
   */
  void rename(Map<String, String> newNames);

  /** Deletes a dataset with all its objects. */
  void drop(String name);

  /**
   * @throws MisuseException if a dataset that exists has not the mode that is asked for
   */
  static void checkMode(String name, TransactionMode mode, DatasetOptions options) {
    if (options.mode() != TransactionMode.MRMW && mode != options.mode()) {
      throw new MisuseException(
          "dataset '" + name + "' exists with mode " + mode + ", asked for was " + options.mode());
    }
  }

  /** What is said where there is no dataset of a name. */
  static MisuseException noSuch(String name, Collection<String> present) {
    return new MisuseException("there is no dataset '" + name + "'; there are: " + present);
  }
}
