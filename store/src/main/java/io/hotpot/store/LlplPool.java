package io.hotpot.store;

import com.intel.pmem.llpl.AnyHeap;
import com.intel.pmem.llpl.HeapException;
import com.intel.pmem.llpl.MemoryBlock;
import com.intel.pmem.llpl.Transaction;
import com.intel.pmem.llpl.TransactionException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/**
 * A pool while LLPL has it open. The only class that calls LLPL, apart from {@link LlplLibrary}.
 *
 * <p>LLPL keeps neither the address of its mapping nor the closing of a heap public: both are
 * reached by method handles here, and nowhere else. The mapping is given out as a segment whose
 * arena the caller closes before {@link #close}, so that nothing can reach the memory afterwards.
 *
 * <p>Thread-safety: none; the heap serialises calls. LLPL's transactions belong to an operating
 * system thread, so a virtual thread has them done by another one.
 */
final class LlplPool implements AutoCloseable {

  static final long OLDEST_HEAP_VERSION = 900;
  static final long NEWEST_HEAP_VERSION = 1200;

  private static final MethodHandle POOL_HANDLE = find("poolHandle", long.class);
  private static final MethodHandle CLOSE = find("close", void.class);

  private final com.intel.pmem.llpl.Heap heap;
  private final MemoryBlock directory;

  private static MethodHandle find(String method, Class<?> result) {
    try {
      return MethodHandles.privateLookupIn(AnyHeap.class, MethodHandles.lookup())
          .findVirtual(AnyHeap.class, method, MethodType.methodType(result));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("this is not the version of LLPL that Hotpot knows", e);
    }
  }

  /** Creates the smallest pool with a directory in it; returns the directory's handle. */
  static long create(Path file) throws IOException {
    return create(
        file,
        () -> com.intel.pmem.llpl.Heap.createHeap(file.toString(), PmemPoolFormat.MIN_POOL_BYTES));
  }

  /** Creates a pool that has a whole device; returns the handle of the directory in it. */
  static long create(DaxDevice device) throws IOException {
    return create(
        device.path(), () -> com.intel.pmem.llpl.Heap.createHeap(device.path().toString()));
  }

  private static long create(Path place, Supplier<com.intel.pmem.llpl.Heap> creation)
      throws IOException {
    try {
      return onPlatformThread(() -> withDirectory(creation.get()));
    } catch (HeapException | TransactionException e) {
      throw new IOException("LLPL cannot create " + place + ": " + e.getMessage(), e);
    }
  }

  private static long withDirectory(com.intel.pmem.llpl.Heap heap) {
    try {
      MemoryBlock block =
          heap.allocateMemoryBlock(LlplHeapFormat.DIRECTORY_BYTES + LlplHeapFormat.ALIGNMENT, true);
      heap.setRoot(block.handle());
      return block.handle();
    } finally {
      close(heap);
    }
  }

  /**
   * Opens a pool whose metadata has been verified.
   *
   * @throws StoreLocked if another program has it
   * @throws CorruptException if libpmemobj refuses it
   */
  static LlplPool open(Path file) {
    try {
      return new LlplPool(
          onPlatformThread(() -> com.intel.pmem.llpl.Heap.openHeap(file.toString())));
    } catch (HeapException e) {
      String message = String.valueOf(e.getMessage());
      if (message.contains("temporarily unavailable")) {
        throw new StoreLocked(file + " is in use by another program: " + message, e);
      }
      throw new CorruptException("libpmemobj refuses " + file + ": " + message, e);
    }
  }

  private LlplPool(com.intel.pmem.llpl.Heap heap) {
    this.heap = heap;
    this.directory = heap.memoryBlockFromHandle(heap.getRoot());
  }

  /** The pool's bytes, from the start of its file on; accessible until the arena is closed. */
  @SuppressWarnings("restricted")
  MemorySegment memory(long bytes, Arena arena) {
    return MemorySegment.ofAddress(address()).reinterpret(bytes, arena, null);
  }

  private long address() {
    try {
      return (long) POOL_HANDLE.invokeExact((AnyHeap) heap);
    } catch (Throwable e) {
      throw new LinkageError("LLPL does not tell where the pool is", e);
    }
  }

  /**
   * Allocates a zeroed block for an extent and enters it in the directory, in one transaction.
   *
   * @return the extent
   * @throws HeapFull if the pool has no room
   */
  LlplHeapFormat.Extent allocate(int index, int chunks, long storeId) {
    long bytes = (long) chunks * Heap.CHUNK_BYTES + LlplHeapFormat.ALIGNMENT;
    try {
      return onPlatformThread(
          () ->
              Transaction.create(
                  heap,
                  () -> {
                    long handle = heap.allocateMemoryBlock(bytes, true).handle();
                    LlplHeapFormat.Extent extent =
                        new LlplHeapFormat.Extent(LlplHeapFormat.aligned(handle), chunks);
                    enter(index, extent, storeId);
                    return extent;
                  }));
    } catch (HeapException | TransactionException e) {
      throw new HeapFull("LLPL has no room for " + bytes + " bytes: " + e.getMessage(), e);
    }
  }

  private void enter(int index, LlplHeapFormat.Extent extent, long storeId) {
    long at =
        LlplHeapFormat.aligned(directory.handle())
            - directory.handle()
            - LlplHeapFormat.BLOCK_HEADER_BYTES
            + LlplHeapFormat.EXTENTS_OFFSET
            + (long) index * LlplHeapFormat.EXTENT_BYTES;
    directory.addToTransaction(at, LlplHeapFormat.EXTENT_BYTES);
    directory.setLong(at, extent.offset());
    directory.setLong(at + Long.BYTES, LlplHeapFormat.extentWord(storeId, index, extent));
  }

  @Override
  public void close() {
    onPlatformThread(
        () -> {
          close(heap);
          return heap;
        });
  }

  private static void close(com.intel.pmem.llpl.Heap heap) {
    try {
      CLOSE.invokeExact((AnyHeap) heap);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new LinkageError("LLPL does not close the pool", e);
    }
  }

  private static <T> T onPlatformThread(Supplier<T> work) {
    if (!Thread.currentThread().isVirtual()) {
      return work.get();
    }
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread.ofPlatform().name("hotpot-llpl").start(() -> result.completeAsync(work, Runnable::run));
    try {
      return result.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }
}
