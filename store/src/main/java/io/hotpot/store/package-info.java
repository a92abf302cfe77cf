/**
 * One node's transactional persistent object store.
 *
 * <p>Reading path: {@code Hotpot} → {@code Dataset} → {@code Transaction} → {@code Partition} →
 * {@code PartitionLog} → {@code Heap}. The byte formats are in {@code docs/FORMAT.md}.
 */
@NullMarked
package io.hotpot.store;

import org.jspecify.annotations.NullMarked;
