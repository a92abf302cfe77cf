package io.hotpot.store;

/** The work of one transaction. It may be run several times: it must have no other effects. */
@FunctionalInterface
public interface TransactionAction {
  void run(Transaction tx);
}
