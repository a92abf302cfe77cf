/**
 * One node's transactional persistent object store.
 *
 * <p>Reading path, from a call to the bytes: {@code Hotpot} → {@code Dataset} → {@code
 * TransactionRunner} → {@code Transaction} → {@code Committer} → {@code Partition} → {@code
 * PartitionLog} → {@code Heap}. From a directory to an open store: {@code StoreOpening} → {@code
 * Recovery} → {@code StoreComponents}. The byte formats are in {@code docs/FORMAT.md}.
 *
 * <table>
 * <caption>What each class owns</caption>
 * <tr><th colspan="2">The store as a whole</th></tr>
 * <tr><td>Hotpot</td><td>the public entry: its words, no work</td></tr>
 * <tr><td>StoreComponents</td><td>the parts of an open store and their wiring</td></tr>
 * <tr><td>StoreOpening, StoreClosing</td><td>the order of steps from heap to open store, and back</td></tr>
 * <tr><td>StoreState</td><td>whether the store is open, and may be written</td></tr>
 * <tr><td>StoreInspection, StoreCounters</td><td>what is told of an open store; the file of counters</td></tr>
 * <tr><td>StoreMaintenance</td><td>check, compaction, backup, acceptance of damage, as an operator asks for them</td></tr>
 * <tr><td>SystemSeams, SystemTime, SystemThreads</td><td>the real world behind {@link io.hotpot.store.spi}: clocks,
 *     random numbers, threads and how they wait</td></tr>
 * <tr><th colspan="2">Datasets</th></tr>
 * <tr><td>Datasets: LocalDatasets, ClusterDatasets</td><td>creating, renaming and dropping them</td></tr>
 * <tr><td>Catalog</td><td>datasets and schemas in memory; the change lock</td></tr>
 * <tr><td>CatalogReader, CatalogWriter</td><td>the catalog's objects in partition 0</td></tr>
 * <tr><td>PartitionDirectory</td><td>the way from a dataset or an object to its partition</td></tr>
 * <tr><td>PartitionTable, PartitionLifecycle</td><td>the partitions by number; how one begins and ends</td></tr>
 * <tr><th colspan="2">Transactions</th></tr>
 * <tr><td>TransactionRunner</td><td>attempts, back-off, the snapshot that a read falls back on</td></tr>
 * <tr><td>Transaction</td><td>one unit of work: its reads (ReadSet), its writes (WriteSet), the slots it reserved</td></tr>
 * <tr><td>TransactionContext</td><td>what a transaction needs of its store</td></tr>
 * <tr><td>SnapshotTaker, Snapshots, SnapshotReader</td><td>the cut; the snapshots that are open; the version that one sees</td></tr>
 * <tr><td>ExclusiveLocks</td><td>who has acquired which object</td></tr>
 * <tr><td>Committer, RoomMakingCommitter</td><td>validate, stamp, append, publish; cleaning first where the heap is full</td></tr>
 * <tr><td>GroupCommit, InFlightCommit</td><td>who drains for all; a commit between append and publication</td></tr>
 * <tr><th colspan="2">A partition</th></tr>
 * <tr><td>Partition</td><td>one order of commits: the commit lock, the stamps, the parts below</td></tr>
 * <tr><td>Publication, WriteApplier</td><td>commits from the log into sight: those in flight, their order; what one changes in memory</td></tr>
 * <tr><td>Slots, BurnedSlots</td><td>which slot and generation an object gets; those given back that a crash would forget</td></tr>
 * <tr><td>RecordReader</td><td>records copied, checked, decoded</td></tr>
 * <tr><td>CheckpointPins, Doubt, Usage</td><td>chunks that checkpoints need; what damage leaves open; what lives</td></tr>
 * <tr><td>HandleTable, HandleWord</td><td>where each object's newest version lies; who has locked it</td></tr>
 * <tr><td>PartitionLog, LogChunk, ChunkTable</td><td>the log's end; its chunks by sequence number</td></tr>
 * <tr><td>BatchWriter, LogScanner, *Format</td><td>the layout of what is written; each format has one class</td></tr>
 * <tr><td>ObjectCache</td><td>decoded versions; {@link HotVersions}: those used last</td></tr>
 * <tr><td>Cleaner, Cleanable, ChunkMover, RetiredChunks, Checkpointer, Housekeeper</td><td>log compaction; tables in the log; the thread that sees to both</td></tr>
 * <tr><th colspan="2">Opening</th></tr>
 * <tr><td>Recovery, FoundLog</td><td>tables from logs: the order of the steps below; what was found of one log</td></tr>
 * <tr><td>ChunkSorter, CheckpointFinder, LogEnd, SiblingTruncation</td><td>which chunk is whose; where to begin; where a
 *     log ends, by itself and for the sake of the others</td></tr>
 * <tr><td>Rebuild, PreparedRebuild</td><td>a table, while a log is read from front to back; the transactions of a
 *     cluster meanwhile</td></tr>
 * <tr><td>Settlement, Incarnation</td><td>logs made fit to be appended to; the count of openings</td></tr>
 * <tr><th colspan="2">Values</th></tr>
 * <tr><td>StoreCodec</td><td>the one way between values and bytes</td></tr>
 * <tr><td>TypeRegistry, Schema, TypeBinding</td><td>the types known; how one is stored; how a class is taken apart</td></tr>
 * <tr><td>ObjectCodec, TreeCodec</td><td>values as objects of classes, or as trees without them</td></tr>
 * <tr><th colspan="2">The medium</th></tr>
 * <tr><td>Heap: MappedHeap, LlplHeap, SimHeap</td><td>chunks of memory, and how they become durable</td></tr>
 * <tr><td>ChunkPool</td><td>the chunks that no log has</td></tr>
 * <tr><td>Heaps, StoreHolder</td><td>the files of a store; the lock against other processes</td></tr>
 * </table>
 *
 * <table>
 * <caption>Every thread, and what it may block on</caption>
 * <tr><th>thread</th><th>does</th><th>may block on</th></tr>
 * <tr><td>the application's</td><td>all that is called: reads, commits, snapshots, maintenance. Whoever waits first
 *     for a commit drains and publishes for all</td><td>commit locks; the medium, or whoever drains it; an acquired
 *     object, for a bounded number of rounds; where the heap is full, the cleaner; the change lock, to create a
 *     dataset or to write the first value of a type</td></tr>
 * <tr><td>{@code hotpot-housekeeper}, one for each store open for writing, a daemon; none where {@code background} is
 *     off</td><td>prepares chunks ahead, cleans, writes the file of counters</td><td>the medium; commit locks; the
 *     cleaner's lock. A commit waits for it only where it needs the chunk that is just being prepared</td></tr>
 * <tr><td>{@code hotpot-grow}, as long as a heap grows by a chunk, a daemon</td><td>writes to the heap's file, safe
 *     from interrupts of the thread that waits for it</td><td>the medium</td></tr>
 * <tr><td>{@code hotpot-llpl}, as long as one call of LLPL takes, only for a virtual thread</td><td>transactions of
 *     LLPL</td><td>the medium</td></tr>
 * <tr><td>the JVM's common pool ({@code SystemThreads.forAll}), while a store is opened</td><td>reads the logs' chunks</td><td>the
 *     medium</td></tr>
 * </table>
 *
 * <p>Locks are taken in this order: the registration of types, the catalog's change lock, the
 * cleaner's lock, commit locks by the number of the partition, and then one of: a partition's
 * allocation lock, the chunk pool's, the registry's of snapshots; last the heap's. Nobody waits for
 * a commit to become durable with a commit lock held.
 */
@NullMarked
package io.hotpot.store;

import org.jspecify.annotations.NullMarked;
