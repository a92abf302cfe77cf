package io.hotpot.store;

/**
 * The work of one transaction that gives a result. It may be run several times: it must have no
 * other effects.
 */
@FunctionalInterface
public interface TransactionWork<T> {
  T run(Transaction tx);
}
